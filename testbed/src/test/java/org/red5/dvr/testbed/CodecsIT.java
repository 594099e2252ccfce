package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** H.265, AV1, MP3 and Opus published to a real server over RTMP, made by real encoders, are recorded and played back. */
@SideBySide
class CodecsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private record Case(String name, String arguments, boolean audio) {}

    private static final List<Case> CASES = List.of(
            new Case("h265", "-c:v libx265 -preset ultrafast -x265-params log-level=error -c:a aac -ac 2", true),
            new Case("av1", "-c:v libsvtav1 -preset 12 -an", false),
            new Case("opus", "-c:v libsvtav1 -preset 12 -c:a libopus -b:a 64k", true),
            new Case("mp3", "-c:v libx264 -preset ultrafast -c:a libmp3lame -ar 44100", true));

    @Test
    void recordsWhatTheServerDelivers() throws Exception {
        Ffmpeg ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
        Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), "codecs");
        for (Case codec : CASES) {
            encode(ffmpeg, folder.resolve(codec.name() + ".flv"), codec.arguments());
        }
        try (Red5Server server = Red5Server.in(folder.resolve("red5"))
                .conf("node origin;\nstream * { dvr archive 2d; }\n")
                .start()) {
            long beforeSeconds = System.currentTimeMillis() / 1_000;
            List<RunningProcess> publishers = new ArrayList<>();
            for (Case codec : CASES) {
                String clip = folder.resolve(codec.name() + ".flv").toString();
                publishers.add(ffmpeg.start(
                        "-re", "-i", clip, "-c", "copy", "-f", "flv", server.rtmp("live/" + codec.name())));
            }
            for (RunningProcess publisher : publishers) {
                try (publisher) {
                    publisher.await(LIMIT).requireSuccess();
                }
            }
            DvrClient dvr = new DvrClient(server);
            for (Case codec : CASES) {
                Path clip = folder.resolve(codec.name() + ".flv");
                Eventually.holds(
                        codec.name() + " recorded", LIMIT, () -> dvr.recordedSeconds("live/" + codec.name()) > 9.5);
                String path = dvr.recorded("live/" + codec.name(), beforeSeconds - 5);
                String address = dvr.uri(path).toString();
                Packets video = Packets.of(ffmpeg, address, "v");
                assertEquals("", video.complaints(), codec.name());
                assertEquals(Packets.of(ffmpeg, clip.toString(), "v").count(), video.count(), codec.name());
                if (codec.audio()) {
                    Packets audio = Packets.of(ffmpeg, address, "a");
                    assertEquals("", audio.complaints(), codec.name());
                    List<String> sent = Packets.of(ffmpeg, clip.toString(), "a").hashes();
                    // A take starts with the picture: sound that comes before it is left out.
                    int missing = sent.size() - audio.count();
                    assertTrue(missing >= 0 && missing <= 2, missing + " audio packets missing of " + codec.name());
                    assertTrue(sent.subList(missing, sent.size()).equals(audio.hashes()), codec.name());
                }
            }
            assertTrue(server.log().lines().noneMatch(line -> line.contains("not recorded")), "all is recorded");
        }
    }

    private static void encode(Ffmpeg ffmpeg, Path file, String arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=r=25:s=320x180:d=10"));
        command.addAll(List.of("-f", "lavfi", "-i", "sine=sample_rate=48000:duration=10"));
        command.addAll(List.of("-pix_fmt", "yuv420p", "-g", "25"));
        command.addAll(Arrays.asList(arguments.split(" ")));
        command.add(file.toString());
        ffmpeg.run(LIMIT, command.toArray(String[]::new)).requireSuccess();
    }
}
