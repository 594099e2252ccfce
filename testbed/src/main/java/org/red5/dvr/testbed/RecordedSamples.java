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
    private static final int DATA_OFFSET = 0x1;
    private static final int FIRST_FLAGS = 0x4;
    private static final int DURATIONS = 0x100;
    private static final int SIZES = 0x200;
    private static final int FIELDS = 0xf00;
    /** Silence of one or two channels is no longer; what an encoder makes of a tone or a picture is. */
    private static final int MOST_SILENT_BYTES = 8;

    private RecordedSamples() {}

    /** How many samples, of video and audio together, are in all hour files below a folder, but for silence that was put in. */
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
                samples += inRun(body);
            }
            boxes.position(boxes.position() + bodyBytes);
        }
        return samples;
    }

    private static long inRun(ByteBuffer run) {
        int flags = run.getInt();
        int count = run.getInt();
        int at = run.position() + Integer.BYTES * Integer.bitCount(flags & (DATA_OFFSET | FIRST_FLAGS));
        int sampleBytes = Integer.BYTES * Integer.bitCount(flags & FIELDS);
        int sizeAt = (flags & DURATIONS) != 0 ? Integer.BYTES : 0;
        if ((flags & SIZES) == 0) {
            throw new IllegalArgumentException("a run without sizes");
        }
        long samples = 0;
        for (int i = 0; i < count; i++) {
            samples += run.getInt(at + i * sampleBytes + sizeAt) > MOST_SILENT_BYTES ? 1 : 0;
        }
        return samples;
    }
}
