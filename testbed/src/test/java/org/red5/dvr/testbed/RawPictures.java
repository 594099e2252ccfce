package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;

/**
 * Tells whether pictures, as a player has decoded them, are those that an encoder made: exactly, or black ones. Files of pictures are in
 * planar YUV 4:2:0. For one thread.
 */
final class RawPictures {
    private final Set<Long> originals = new HashSet<>();
    private final Set<Integer> sizesBytes = new TreeSet<>();

    /**
     * What is in a file.
     *
     * @param originals how many pictures of it are as they were made
     * @param strange at which byte there is something else that is not black; empty where there is nothing
     */
    record Seen(int originals, Set<Integer> strange) {}

    /** Adds the pictures of a file, which are of one size: three bytes for two pixels. */
    void addOriginals(Path file, int width, int height) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int sizeBytes = width * height * 3 / 2;
        sizesBytes.add(sizeBytes);
        for (int at = 0; at + sizeBytes <= bytes.length; at += sizeBytes) {
            originals.add(key(bytes, at, sizeBytes));
        }
    }

    /** Looks at what a player has shown. */
    Seen look(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int count = 0;
        Set<Integer> strange = new TreeSet<>();
        int at = 0;
        while (at < bytes.length) {
            int sizeBytes = sizeOfOriginal(bytes, at);
            if (sizeBytes > 0) {
                count++;
            } else {
                // A black picture has the size of several small ones.
                sizeBytes = Math.min(smallestBytes(), bytes.length - at);
                if (!isBlack(bytes, at, sizeBytes)) {
                    strange.add(at);
                }
            }
            at += sizeBytes;
        }
        return new Seen(count, strange);
    }

    private int smallestBytes() {
        return sizesBytes.stream().min(Integer::compare).orElseThrow();
    }

    /** 0 where none begins. */
    private int sizeOfOriginal(byte[] bytes, int at) {
        return sizesBytes.stream()
                .filter(size -> at + size <= bytes.length && originals.contains(key(bytes, at, size)))
                .findFirst()
                .orElse(0);
    }

    private static boolean isBlack(byte[] bytes, int at, int length) {
        for (int i = at; i < at + length; i++) {
            if (bytes[i] != 16 && bytes[i] != (byte) 128) {
                return false;
            }
        }
        return true;
    }

    private static long key(byte[] bytes, int at, int length) {
        CRC32 sum = new CRC32();
        sum.update(bytes, at, length);
        return ((long) length << 32) | sum.getValue();
    }
}
