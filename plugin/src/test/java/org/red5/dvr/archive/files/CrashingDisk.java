package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Real files of a server that can be killed between any two writes, and of a machine that can lose its power: then some of what was not
 * forced to the disk is gone. Nothing is really forced, which makes it fast. Used by one thread.
 */
public final class CrashingDisk implements Disk {
    /** A write that has not been forced: how the file was before. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Write(long position, byte[] before, long sizeBefore) {}

    /** By what the system knows a file by: its name may be another file's by now. */
    private final Map<Object, List<Write>> unforced = new HashMap<>();

    private final Map<Object, Path> names = new HashMap<>();
    private long left = Long.MAX_VALUE;

    /** Lets so many more writes through, and none after these. */
    public void crashAfter(long writes) {
        left = writes;
    }

    public boolean isCrashed() {
        return left <= 0;
    }

    /** Lets all writes through again, as for a new server on the same disk. */
    public void goOn() {
        left = Long.MAX_VALUE;
    }

    /** The power goes: of each file the last writes that nobody forced are lost, none of them or all or some. */
    public void losePower(Random random) throws IOException {
        List<Map.Entry<Object, Path>> files = new ArrayList<>(names.entrySet());
        files.sort(Map.Entry.comparingByValue()); // So that a seed always loses the same.
        for (Map.Entry<Object, Path> file : files) {
            List<Write> writes = unforced.getOrDefault(file.getKey(), List.of());
            int kept = random.nextInt(writes.size() + 1);
            if (Files.exists(file.getValue()) && FileKey.of(file.getValue()).equals(file.getKey())) {
                undo(file.getValue(), writes.subList(kept, writes.size()));
            }
        }
        names.clear();
        unforced.clear();
    }

    private static void undo(Path file, List<Write> writes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int i = writes.size() - 1; i >= 0; i--) {
                channel.write(
                        ByteBuffer.wrap(writes.get(i).before()), writes.get(i).position());
                channel.truncate(writes.get(i).sizeBefore());
            }
        }
    }

    private void step() throws IOException {
        if (left <= 0) {
            throw new IOException("the server is gone");
        }
        left--;
    }

    @Override
    public FileChannel create(Path file) throws IOException {
        step();
        FileChannel created = Disk.LOCAL.create(file);
        unforced.remove(FileKey.of(file)); // The system gives away again what it knew a deleted file by.
        return new Channel(file, created);
    }

    @Override
    public FileChannel open(Path file) throws IOException {
        return new Channel(file, Disk.LOCAL.open(file));
    }

    @Override
    public long usableBytes(Path file) {
        return Long.MAX_VALUE;
    }

    private final class Channel extends ForwardingChannel {
        private final Object key;

        Channel(Path file, FileChannel real) throws IOException {
            super(real);
            this.key = FileKey.of(file);
            names.put(key, file);
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            step();
            remember(position, bytes.remaining());
            return real.write(bytes, position);
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            step();
            remember(size, (int) Math.max(0, real.size() - size));
            real.truncate(size);
            return this;
        }

        @Override
        public void force(boolean metaData) throws IOException {
            step();
            unforced.remove(key);
        }

        private void remember(long position, int length) throws IOException {
            ByteBuffer before = ByteBuffer.allocate((int) Math.max(0, Math.min(length, real.size() - position)));
            while (before.hasRemaining() && real.read(before, position + before.position()) >= 0) {
                // Reads on until all is there that will be written over.
            }
            unforced.computeIfAbsent(key, unknown -> new ArrayList<>())
                    .add(new Write(position, before.array(), real.size()));
        }
    }
}
