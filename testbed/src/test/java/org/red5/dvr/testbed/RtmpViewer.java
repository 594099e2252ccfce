package org.red5.dvr.testbed;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** An RTMP player (ffmpeg) that tells what it sees of a clock. */
final class RtmpViewer implements AutoCloseable {
    private static final int WIDTH = 320;
    private static final int HEIGHT = 180;

    private final SeenPictures pictures = new SeenPictures();
    private final RunningProcess player;

    /** Begins to play. */
    RtmpViewer(Ffmpeg ffmpeg, String address) throws IOException {
        player = ffmpeg.startStreaming(
                this::watch,
                "-i",
                address,
                "-map",
                "0:v",
                "-vf",
                "scale=" + WIDTH + ":" + HEIGHT,
                "-fps_mode",
                "passthrough",
                "-pix_fmt",
                "gray",
                "-f",
                "rawvideo",
                "-");
    }

    private void watch(InputStream output) throws IOException {
        DataInputStream frames = new DataInputStream(output);
        byte[] gray = new byte[WIDTH * HEIGHT];
        try {
            while (true) {
                frames.readFully(gray);
                long now = System.currentTimeMillis();
                ClockPicture.read(gray, 0, WIDTH)
                        .ifPresent(utcMillis -> pictures.add(new SeenPictures.Seen(now, utcMillis, 0)));
            }
        } catch (EOFException e) {
            return; // The player has ended: isPlaying says so.
        }
    }

    SeenPictures pictures() {
        return pictures;
    }

    boolean isPlaying() {
        return player.isAlive();
    }

    String errors() {
        return player.errors();
    }

    @Override
    public void close() {
        player.close();
    }
}
