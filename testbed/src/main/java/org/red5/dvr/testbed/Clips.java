package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Test clips, made once with ffmpeg and kept: FLV files whose frames carry their number as a {@link ClockPicture}. */
public final class Clips {
    private static final Duration ENCODING_LIMIT = Duration.ofMinutes(5);

    private final Ffmpeg ffmpeg;
    private final CacheFolder cache;

    public Clips(Ffmpeg ffmpeg, CacheFolder cache) {
        this.ffmpeg = ffmpeg;
        this.cache = cache;
    }

    /** 60 s of 320x180 at 25 frames per second with B-frames, a key frame every 2 s, and AAC stereo. */
    public Path standard() throws IOException {
        return get(new Spec(60, 320, 180, 25, 50, 2, 400, true, true));
    }

    /** As {@link #standard}, without sound. */
    public Path videoOnly() throws IOException {
        return get(new Spec(60, 320, 180, 25, 50, 2, 400, true, false));
    }

    /** As {@link #standard}, without pictures. */
    public Path audioOnly() throws IOException {
        return get(new Spec(60, 320, 180, 25, 50, 2, 400, false, true));
    }

    /** The clip of this kind. */
    public Path get(Spec spec) throws IOException {
        return cache.get(spec.fileName(), target -> encode(spec, target));
    }

    private void encode(Spec spec, Path target) throws IOException {
        try (RunningProcess encoder = ffmpeg.start(spec.arguments(target))) {
            try (OutputStream frames = encoder.input()) {
                ClockPicture picture = new ClockPicture(spec.widthPixels, spec.heightPixels);
                for (int frame = 0; spec.video && frame < spec.seconds * spec.framesPerSecond; frame++) {
                    frames.write(picture.number(frame).bgr());
                }
            }
            encoder.await(ENCODING_LIMIT).requireSuccess();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + target + " was made", e);
        }
    }

    /**
     * What a clip is like. The tone beeps once a second.
     *
     * @param gopFrames frames from key frame to key frame, exactly
     * @param bFrames B-frames in a row at most; 0 for none
     * @param kilobitsPerSecond of the video; noise is added to fill it
     */
    public record Spec(
            int seconds,
            int widthPixels,
            int heightPixels,
            int framesPerSecond,
            int gopFrames,
            int bFrames,
            int kilobitsPerSecond,
            boolean video,
            boolean audio) {

        private String fileName() {
            String picture = "%dx%dp%d-g%d-b%d-%dk"
                    .formatted(widthPixels, heightPixels, framesPerSecond, gopFrames, bFrames, kilobitsPerSecond);
            return seconds + "s" + (video ? "-" + picture : "") + (audio ? "-aac" : "") + ".flv";
        }

        private String[] arguments(Path target) {
            List<String> list = new ArrayList<>();
            if (video) {
                String size = widthPixels + "x" + heightPixels;
                list.addAll(List.of("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size));
                list.addAll(List.of("-framerate", "" + framesPerSecond, "-i", "-"));
            }
            if (audio) {
                list.addAll(List.of("-f", "lavfi", "-i", "sine=frequency=440:beep_factor=4:sample_rate=48000"));
                list.addAll(List.of("-ac", "2", "-c:a", "aac", "-b:a", "96k", "-t", "" + seconds));
            }
            if (video) {
                list.addAll(videoArguments());
            }
            list.addAll(List.of("-flvflags", "no_duration_filesize", "-f", "flv", target.toString()));
            return list.toArray(String[]::new);
        }

        /** Noise makes the encoder use the bits that the benchmark's clip is to have. */
        private List<String> videoArguments() {
            List<String> list =
                    new ArrayList<>(List.of("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"));
            list.addAll(List.of("-vf", "noise=alls=12:allf=t"));
            list.addAll(List.of("-b:v", kilobitsPerSecond + "k", "-maxrate", kilobitsPerSecond + "k"));
            list.addAll(List.of("-bufsize", kilobitsPerSecond + "k", "-bf", "" + bFrames, "-b_strategy", "0"));
            list.addAll(List.of("-g", "" + gopFrames, "-keyint_min", "" + gopFrames, "-sc_threshold", "0"));
            return list;
        }
    }
}
