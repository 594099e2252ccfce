package org.red5.dvr.playback.mp4;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.FragmentReader;
import org.red5.dvr.media.fmp4.FragmentSamples;
import org.red5.dvr.media.fmp4.TrackKind;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.LruMap;

/**
 * Reads the bytes of segments, and what their fragments say of the samples in them: of the newest read it keeps that, and of many more a
 * summary. Any thread may call; no thread waits for other servers.
 */
final class FragmentHeads {
    /** At once; longer ones are read in two steps. */
    private static final int USUAL_BYTES = 4_096;
    /** Some 60,000 samples; no segment has as many. */
    private static final int MOST_BYTES = 1 << 20;
    /** Some 5 MB. */
    private static final int MOST_HEADS = 1_000;
    /** Of two tracks of some 200 bytes together. */
    private static final long SUMMARY_BYTES = 200;

    private final Playback playback;

    @GuardedBy("heads")
    private final Map<Key, Heads> heads = new LruMap<>(MOST_HEADS);

    @GuardedBy("summaries")
    private final Map<Key, Summaries> summaries =
            new LruMap<>((int) Math.min(1 << 20, Runtime.getRuntime().maxMemory() / 64 / SUMMARY_BYTES));

    private record Key(StreamKey stream, TakeId take, long number) {}

    /** Of a segment's tracks. */
    record Heads(Optional<FragmentSamples> video, Optional<FragmentSamples> audio) {
        Optional<FragmentSamples> of(TrackKind kind) {
            return kind == TrackKind.VIDEO ? video : audio;
        }
    }

    /** Of a segment's tracks. */
    record Summaries(Optional<FragmentSummary> video, Optional<FragmentSummary> audio) {
        Optional<FragmentSummary> of(TrackKind kind) {
            return kind == TrackKind.VIDEO ? video : audio;
        }

        private static Summaries of(Heads heads) {
            return new Summaries(
                    heads.video().map(FragmentHeads::summary), heads.audio().map(FragmentHeads::summary));
        }
    }

    FragmentHeads(Playback playback) {
        this.playback = playback;
    }

    private static FragmentSummary summary(FragmentSamples samples) {
        return SampleRange.all(samples).summary();
    }

    /** The bytes of a segment, all of them. Fails when they cannot be had. */
    CompletableFuture<MediaBytes> bytes(StreamKey stream, Segment segment) {
        return playback.exported(stream, segment.take(), segment.number())
                .thenApply(found -> found.map(Served::bytes)
                        .filter(bytes -> bytes.lengthBytes() == segment.bytes())
                        .orElseThrow(() -> new CompletionException(new PlaybackException(
                                Kind.UNREACHABLE,
                                "Segment " + segment.number() + " of the take "
                                        + Sentences.quote(segment.take().value()) + " cannot be had now."))));
    }

    /** What a segment's fragments say of their samples; as {@link #bytes}. */
    CompletableFuture<Heads> heads(StreamKey stream, Segment segment) {
        Key key = new Key(stream, segment.take(), segment.number());
        Heads kept;
        synchronized (heads) {
            kept = heads.get(key);
        }
        return kept != null
                ? CompletableFuture.completedFuture(kept)
                : bytes(stream, segment)
                        .thenCompose(bytes -> bytes.whole().thenApply(whole -> read(segment, bytes)))
                        .thenApply(read -> {
                            synchronized (heads) {
                                heads.put(key, read);
                            }
                            return read;
                        });
    }

    /** A summary of {@link #heads}. */
    CompletableFuture<Summaries> summaries(StreamKey stream, Segment segment) {
        Key key = new Key(stream, segment.take(), segment.number());
        Summaries kept;
        synchronized (summaries) {
            kept = summaries.get(key);
        }
        return kept != null
                ? CompletableFuture.completedFuture(kept)
                : heads(stream, segment).thenApply(read -> {
                    Summaries made = Summaries.of(read);
                    synchronized (summaries) {
                        summaries.put(key, made);
                    }
                    return made;
                });
    }

    private Heads read(Segment segment, MediaBytes bytes) {
        try {
            return new Heads(
                    read(bytes, 0, segment.videoBytes(), TrackKind.VIDEO),
                    read(bytes, segment.videoBytes(), segment.audioBytes(), TrackKind.AUDIO));
        } catch (CorruptMediaException e) {
            throw new CompletionException(new IOException(
                    "segment " + segment.number() + " of " + segment.take() + ": " + e.getMessage(), e));
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private Optional<FragmentSamples> read(MediaBytes segment, long offset, int length, TrackKind kind)
            throws IOException, CorruptMediaException {
        if (length == 0) {
            return Optional.empty();
        }
        byte[] head = playback.read(segment, offset, Math.min(length, USUAL_BYTES));
        int moofBytes = head.length < Integer.BYTES ? 0 : ByteBuffer.wrap(head).getInt();
        if (moofBytes <= 0 || moofBytes > Math.min(MOST_BYTES, length - FragmentReader.BOX_HEAD_BYTES)) {
            throw new CorruptMediaException("a fragment of " + length + " bytes with a moof of " + moofBytes);
        }
        byte[] moof = moofBytes <= head.length ? head : playback.read(segment, offset, moofBytes);
        FragmentSamples samples = FragmentSamples.read(ByteBuffer.wrap(moof, 0, moofBytes));
        if (samples.head().track() != kind.id()
                || samples.dataOffsetBytes() + samples.head().payloadBytes() != length) {
            throw new CorruptMediaException("a fragment of " + length + " bytes does not hold its samples");
        }
        return Optional.of(samples);
    }
}
