package org.red5.dvr.archive.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/** Real files on a disk as small and as broken as a test wants it. Its settings may be changed at any time by any thread. */
public final class FaultyDisk implements Disk {
    private final List<Path> files = new CopyOnWriteArrayList<>();
    private volatile long capacityBytes = Long.MAX_VALUE;
    private volatile String fullSentence = "No space left on device";
    private volatile boolean broken;
    private volatile long bytesPerSecond = Long.MAX_VALUE;

    /** How much all files together may hold. */
    public FaultyDisk capacity(long bytes) {
        capacityBytes = bytes;
        return this;
    }

    /** What the system says when the disk is full. */
    public FaultyDisk says(String sentence) {
        fullSentence = sentence;
        return this;
    }

    /** Whether nothing can be written, whatever room there is. */
    public FaultyDisk broken(boolean isBroken) {
        broken = isBroken;
        return this;
    }

    /** How fast it is: a write takes its time, and others wait for it. */
    public FaultyDisk speed(long writtenBytesPerSecond) {
        bytesPerSecond = writtenBytesPerSecond;
        return this;
    }

    private void takeTime(int writtenBytes) {
        if (bytesPerSecond == Long.MAX_VALUE) {
            return;
        }
        synchronized (files) {
            long readyNanos = System.nanoTime() + Math.round(writtenBytes * 1e9 / bytesPerSecond);
            for (long wait = readyNanos - System.nanoTime(); wait > 0; wait = readyNanos - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
        }
    }

    public long usedBytes() {
        return files.stream().mapToLong(FaultyDisk::size).sum();
    }

    @Override
    public FileChannel create(Path file) throws IOException {
        requireSound();
        FileChannel channel = Disk.LOCAL.create(file);
        files.add(file);
        return new Channel(channel);
    }

    @Override
    public FileChannel open(Path file) throws IOException {
        requireSound();
        return new Channel(Disk.LOCAL.open(file));
    }

    private void requireSound() throws IOException {
        if (broken) {
            throw new IOException("Input/output error");
        }
    }

    @Override
    public long usableBytes(Path file) {
        return Math.max(0, capacityBytes - usedBytes());
    }

    private static long size(Path file) {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes as far as there is room, as file systems do. */
    private final class Channel extends ForwardingChannel {
        Channel(FileChannel real) {
            super(real);
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            requireSound();
            long over = real.size() - position; // What is written over needs no room.
            long room = Math.max(0, Math.min(over, bytes.remaining())) + usableBytes(Path.of(""));
            if (room <= 0 && bytes.hasRemaining()) {
                throw new IOException(fullSentence);
            }
            ByteBuffer fits = bytes.slice(bytes.position(), (int) Math.min(room, bytes.remaining()));
            int written = real.write(fits, position);
            bytes.position(bytes.position() + written);
            takeTime(written);
            return written;
        }

        @Override
        public void force(boolean metaData) throws IOException {
            requireSound();
            real.force(metaData);
        }
    }
}
