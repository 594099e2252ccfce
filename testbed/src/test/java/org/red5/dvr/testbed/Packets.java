package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The packets of one track, as ffmpeg reads them: what they hold and when they are shown. */
record Packets(List<String> hashes, List<Double> ptsSeconds, String complaints) {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /**
     * @param track {@code v} or {@code a}
     */
    static Packets of(Ffmpeg ffmpeg, String input, String track) throws IOException, InterruptedException {
        RunningProcess.Result result = ffmpeg.run(
                        LIMIT,
                        "-loglevel",
                        "warning",
                        "-copyts",
                        "-i",
                        input,
                        "-map",
                        "0:" + track,
                        "-c",
                        "copy",
                        "-f",
                        "framehash",
                        "-hash",
                        "md5",
                        "-")
                .requireSuccess();
        List<String> hashes = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        double timeBase = 0;
        for (String line : result.outputText().lines().toList()) {
            if (line.startsWith("#tb 0:")) {
                String[] fraction = line.substring(6).trim().split("/");
                timeBase = Double.parseDouble(fraction[0]) / Double.parseDouble(fraction[1]);
            } else if (!line.startsWith("#")) {
                String[] fields = line.split(",");
                times.add(Long.parseLong(fields[2].trim()) * timeBase);
                hashes.add(fields[5].trim());
            }
        }
        return new Packets(hashes, times, result.errors());
    }

    /** The packets of several files, one file's behind the other's. */
    static Packets of(Ffmpeg ffmpeg, List<Path> inputs, String track) throws IOException, InterruptedException {
        Packets all = new Packets(new ArrayList<>(), new ArrayList<>(), "");
        for (Path input : inputs) {
            Packets some = of(ffmpeg, input.toString(), track);
            all.hashes().addAll(some.hashes());
            all.ptsSeconds().addAll(some.ptsSeconds());
            all = new Packets(all.hashes(), all.ptsSeconds(), all.complaints() + some.complaints());
        }
        return all;
    }

    /** A take's without its first picture, where that is the second shown from the take's beginning on, and so was not sent. */
    Packets onlyOf(List<String> sent) {
        return hashes.isEmpty() || sent.contains(hashes.get(0))
                ? this
                : new Packets(hashes.subList(1, count()), ptsSeconds.subList(1, count()), complaints);
    }

    int count() {
        return hashes.size();
    }
}
