package org.red5.dvr.bytes;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.red5.dvr.util.FileBytes;

/**
 * Bytes to send to a client: a part of a file, so that it can be sent without being read, a small array, a body that is still arriving,
 * several of these, or what is found piece by piece while it is sent.
 */
public sealed interface MediaBytes {
    long lengthBytes();

    /**
     * Some of the bytes, which are there.
     *
     * @throws EOFException when a file is shorter than was promised, or they have not come yet
     */
    byte[] read(long offsetBytes, int lengthBytes) throws IOException;

    /** Done when all of them are there, on any thread; fails when they do not come. */
    default CompletableFuture<Void> whole() {
        return CompletableFuture.completedFuture(null);
    }

    /** Whoever was given them reads no more of them: what is still arriving for nobody else need not come. Again it does nothing. */
    default void letGo() {}

    /**
     * A part of a file that does not change while it is named here.
     *
     * @param file the file
     * @param offsetBytes first byte
     * @param lengthBytes number of bytes
     */
    record FileRegion(Path file, long offsetBytes, long lengthBytes) implements MediaBytes {
        @Override
        public byte[] read(long from, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(length);
            try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ)) {
                if (!FileBytes.read(open, buffer, offsetBytes + from)) {
                    throw new EOFException(file + " ends before byte " + (offsetBytes + from + length));
                }
            }
            return buffer.array();
        }
    }

    /** Bytes in memory; the array is not changed by anybody. */
    @SuppressWarnings("ArrayRecordComponent")
    record InMemory(byte[] bytes) implements MediaBytes {
        @Override
        public long lengthBytes() {
            return bytes.length;
        }

        @Override
        public byte[] read(long from, int length) {
            return Arrays.copyOfRange(bytes, (int) from, (int) from + length);
        }
    }

    /**
     * A part of bytes that are still arriving.
     *
     * @param bytes all of them
     * @param heldBackBytes so many of the last ones can be read when all are there and right
     * @param leave run when this reader reads no more; again it does nothing
     */
    record Arriving(ArrivingBytes bytes, int heldBackBytes, long offsetBytes, long lengthBytes, Runnable leave)
            implements MediaBytes {
        /** All of them. */
        public Arriving(ArrivingBytes bytes, Runnable leave) {
            this(bytes, ArrivingBytes.HELD_BACK_BYTES, 0, bytes.lengthBytes(), leave);
        }

        /** The same for a server, which looks at the CRC itself: all but the last byte at once, as its source must not stand still. */
        public Arriving forPeer() {
            return new Arriving(bytes, 1, offsetBytes, lengthBytes, leave);
        }

        /**
         * How many there are from a position on that can be read.
         *
         * @throws IOException when no more come
         */
        public int readableBytes(long position) throws IOException {
            long end = Math.min(bytes.readableBytes(heldBackBytes), offsetBytes + lengthBytes);
            return (int) Math.max(0, end - offsetBytes - position);
        }

        @Override
        public byte[] read(long from, int length) throws IOException {
            if (readableBytes(from) < length) {
                throw new EOFException("byte " + (from + length) + " has not come yet");
            }
            int first = (int) (offsetBytes + from);
            return Arrays.copyOfRange(bytes.array(), first, first + length);
        }

        @Override
        public void letGo() {
            leave.run();
        }

        @Override
        public CompletableFuture<Void> whole() {
            CompletableFuture<Void> whole = new CompletableFuture<>();
            Runnable look = () -> {
                try {
                    if (readableBytes(0) == lengthBytes) {
                        whole.complete(null);
                    }
                } catch (IOException e) {
                    whole.completeExceptionally(e);
                }
            };
            bytes.listen(look);
            look.run();
            whole.whenComplete((done, failure) -> bytes.forget(look));
            return whole;
        }
    }

    /** One behind the other; none of them is joined itself. */
    record Joined(List<MediaBytes> parts) implements MediaBytes {
        public Joined {
            parts = List.copyOf(parts);
        }

        @Override
        public long lengthBytes() {
            return parts.stream().mapToLong(MediaBytes::lengthBytes).sum();
        }

        @Override
        public byte[] read(long from, int length) throws IOException {
            ByteBuffer all = ByteBuffer.allocate(length);
            for (MediaBytes part : slice(from, length).parts()) {
                all.put(part.read(0, (int) part.lengthBytes()));
            }
            return all.array();
        }

        @Override
        public CompletableFuture<Void> whole() {
            return CompletableFuture.allOf(parts.stream().map(MediaBytes::whole).toArray(CompletableFuture[]::new));
        }

        /** A part of it. */
        public Joined slice(long from, long length) {
            List<MediaBytes> slices = new ArrayList<>();
            long at = 0;
            for (MediaBytes part : parts) {
                long first = Math.max(from, at) - at;
                long end = Math.min(from + length, at + part.lengthBytes()) - at;
                if (end > first) {
                    slices.add(MediaBytes.slice(part, first, end - first));
                }
                at += part.lengthBytes();
            }
            return new Joined(slices);
        }
    }

    /**
     * What is so long that it is found only while it is sent.
     *
     * @param pieces gives it
     * @param offsetBytes where it begins in what they give
     * @param lengthBytes number of bytes
     */
    record OnDemand(Pieces pieces, long offsetBytes, long lengthBytes) implements MediaBytes {
        /** Bytes by their place. Any thread may call. */
        public interface Pieces {
            /**
             * The bytes from a place on: at least one, and as many as it likes; of a file or in memory, or these joined. What is here is there at
             * once; fails with an {@link IOException} when they cannot be had. No thread waits for other servers.
             */
            CompletableFuture<MediaBytes> from(long offsetBytes);
        }

        @Override
        public byte[] read(long from, int length) throws IOException {
            ByteBuffer all = ByteBuffer.allocate(length);
            while (all.hasRemaining()) {
                try {
                    MediaBytes piece = piece(from + all.position()).get();
                    int some = (int) Math.min(piece.lengthBytes(), all.remaining());
                    all.put(piece.read(0, some));
                } catch (ExecutionException e) {
                    throw new IOException("The next bytes cannot be had.", e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException();
                }
            }
            return all.array();
        }

        /** Its bytes from a place on, at least one and none behind its end; as {@link Pieces#from}. */
        public CompletableFuture<MediaBytes> piece(long from) {
            CompletableFuture<MediaBytes> found = pieces.from(offsetBytes + from);
            CompletableFuture<MediaBytes> piece = found.thenApply(some ->
                    some.lengthBytes() <= lengthBytes - from ? some : MediaBytes.slice(some, 0, lengthBytes - from));
            piece.whenComplete((some, failure) -> {
                if (piece.isCancelled()) {
                    found.cancel(false);
                }
            });
            return piece;
        }
    }

    /** A part of some bytes. */
    static MediaBytes slice(MediaBytes bytes, long from, long length) {
        if (bytes instanceof FileRegion region) {
            return new FileRegion(region.file(), region.offsetBytes() + from, length);
        }
        if (bytes instanceof Arriving arriving) {
            return new Arriving(
                    arriving.bytes(),
                    arriving.heldBackBytes(),
                    arriving.offsetBytes() + from,
                    length,
                    arriving.leave());
        }
        if (bytes instanceof Joined joined) {
            return joined.slice(from, length);
        }
        if (bytes instanceof OnDemand found) {
            return new OnDemand(found.pieces(), found.offsetBytes() + from, length);
        }
        return new InMemory(Arrays.copyOfRange(((InMemory) bytes).bytes(), (int) from, (int) (from + length)));
    }
}
