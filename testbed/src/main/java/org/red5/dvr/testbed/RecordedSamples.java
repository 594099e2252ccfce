package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Counts the samples in the hour files of an archive, by what their fragments say (ISO/IEC 14496-12, 8.8). */
public final class RecordedSamples {
    private static final int BOX_HEAD_BYTES = 8;
    private static final int MOOF = 0x6d6f6f66;
    private static final int TRAF = 0x74726166;
    private static final int TRUN = 0x7472756e;

    private RecordedSamples() {}

    /** How many samples, of video and audio together, are in all hour files below a folder. */
    public static long in(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(file -> file.toString().endsWith(".mp4")).toList();
        }
        long samples = 0;
        for (Path file : files) {
            samples += inFile(file);
        }
        return samples;
    }

    private static long inFile(Path path) throws IOException {
        long samples = 0;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            long length = file.length();
            for (long at = 0; at + BOX_HEAD_BYTES <= length; ) {
                file.seek(at);
                int size = file.readInt();
                if (size < BOX_HEAD_BYTES || at + size > length) {
                    throw new IOException(path + ": no whole box at " + at);
                }
                if (file.readInt() == MOOF) {
                    byte[] body = new byte[size - BOX_HEAD_BYTES];
                    file.readFully(body);
                    samples += inBoxes(ByteBuffer.wrap(body));
                }
                at += size;
            }
        }
        return samples;
    }

    private static long inBoxes(ByteBuffer boxes) {
        long samples = 0;
        while (boxes.remaining() >= BOX_HEAD_BYTES) {
            int bodyBytes = boxes.getInt() - BOX_HEAD_BYTES;
            int type = boxes.getInt();
            ByteBuffer body = boxes.slice(boxes.position(), bodyBytes);
            if (type == TRAF) {
                samples += inBoxes(body);
            } else if (type == TRUN) {
                samples += body.getInt(Integer.BYTES); // Behind version and flags.
            }
            boxes.position(boxes.position() + bodyBytes);
        }
        return samples;
    }
}
