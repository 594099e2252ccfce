package org.red5.dvr.webapp;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.bytes.MediaBytes.Arriving;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a reply's body is made of, written piece by piece. One thread at a time. */
interface Body extends Closeable {
    long lengthBytes();

    /** What it keeps in memory; the arrays themselves, as several bodies may share them. */
    List<byte[]> arrays();

    /**
     * How many bytes there are by now from a position on, at least one where all have come.
     *
     * @throws IOException when the rest will not come
     */
    default long readableBytes(long position) throws IOException {
        return lengthBytes() - position;
    }

    /** From now on it is run, on any thread, whenever there are more, or no more will come. */
    default void listen(Runnable more) {}

    /** Writes a piece that begins at a position; the stream takes all of it at once. */
    void write(OutputStream out, long position, int bytes) throws IOException;

    @Override
    void close();

    /** Bytes in memory. */
    @SuppressWarnings("ArrayRecordComponent")
    record OfMemory(byte[] bytes) implements Body {
        /** No bytes. */
        static final Body NOTHING = new OfMemory(new byte[0]);

        @Override
        public long lengthBytes() {
            return bytes.length;
        }

        @Override
        public List<byte[]> arrays() {
            return List.of(bytes);
        }

        @Override
        public void write(OutputStream out, long position, int count) throws IOException {
            out.write(bytes, (int) position, count);
        }

        @Override
        public void close() {}
    }

    /**
     * Bytes that are still arriving.
     *
     * @param listeners of this body
     */
    record OfArriving(Arriving bytes, Queue<Runnable> listeners) implements Body {
        OfArriving(Arriving bytes) {
            this(bytes, new ConcurrentLinkedQueue<>());
        }

        @Override
        public long lengthBytes() {
            return bytes.lengthBytes();
        }

        @Override
        public List<byte[]> arrays() {
            return List.of(bytes.bytes().array());
        }

        @Override
        public long readableBytes(long position) throws IOException {
            return bytes.readableBytes(position);
        }

        @Override
        public void listen(Runnable more) {
            listeners.add(more);
            bytes.bytes().listen(more);
        }

        @Override
        public void write(OutputStream out, long position, int count) throws IOException {
            out.write(bytes.bytes().array(), (int) (bytes.offsetBytes() + position), count);
        }

        @Override
        public void close() {
            listeners.forEach(bytes.bytes()::forget);
            bytes.leave().run();
        }
    }

    /** Several, one behind the other. */
    record Joined(List<Body> parts) implements Body {
        @Override
        public long lengthBytes() {
            return parts.stream().mapToLong(Body::lengthBytes).sum();
        }

        @Override
        public List<byte[]> arrays() {
            return parts.stream().flatMap(part -> part.arrays().stream()).toList();
        }

        @Override
        public long readableBytes(long position) throws IOException {
            long at = 0;
            for (Body part : parts) {
                long within = Math.max(position - at, 0);
                if (within < part.lengthBytes() && part.readableBytes(within) < part.lengthBytes() - within) {
                    return at + within + part.readableBytes(within) - position;
                }
                at += part.lengthBytes();
            }
            return at - position;
        }

        @Override
        public void listen(Runnable more) {
            parts.forEach(part -> part.listen(more));
        }

        @Override
        public void write(OutputStream out, long position, int count) throws IOException {
            ByteArrayOutputStream gathered = new ByteArrayOutputStream(count);
            long at = 0;
            for (Body part : parts) {
                long first = Math.max(position, at) - at;
                long end = Math.min(position + count, at + part.lengthBytes()) - at;
                if (end > first) {
                    part.write(gathered, first, (int) (end - first));
                }
                at += part.lengthBytes();
            }
            out.write(gathered.toByteArray());
        }

        @Override
        public void close() {
            parts.forEach(Body::close);
        }
    }

    /**
     * A part of a file.
     *
     * @param file open until this is closed
     * @param disks see to it that a disk that hangs holds up few threads
     */
    record OfFile(FileChannel file, FileRegion region, DiskReaders disks) implements Body {
        private static final Logger LOG = LoggerFactory.getLogger(OfFile.class);
        private static final BlockingQueue<byte[]> BUFFERS = new ArrayBlockingQueue<>(64);

        @Override
        public long lengthBytes() {
            return region.lengthBytes();
        }

        @Override
        public List<byte[]> arrays() {
            return List.of();
        }

        /**
         * @throws IOException when the file ends too early: part of the reply is sent by then, and the container breaks the connection
         */
        @Override
        public void write(OutputStream out, long position, int count) throws IOException {
            byte[] kept = BUFFERS.poll();
            byte[] buffer = kept == null ? new byte[BytesAnswer.PIECE_BYTES] : kept;
            ByteBuffer piece = ByteBuffer.wrap(buffer, 0, count);
            disks.read(region.file(), () -> {
                while (piece.hasRemaining()) {
                    long at = region.offsetBytes() + position + piece.position();
                    if (file.read(piece, at) < 0) {
                        throw new EOFException(region.file() + " ends before byte " + at);
                    }
                }
                return count;
            });
            out.write(buffer, 0, count);
            // The buffer of a failed piece is left to the garbage collector.
            BUFFERS.offer(buffer);
        }

        @Override
        public void close() {
            try {
                file.close();
            } catch (IOException e) {
                LOG.debug("{} cannot be closed: {}", region.file(), e.toString());
            }
        }
    }
}
