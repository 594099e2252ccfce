package org.red5.dvr.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.red5.dvr.archive.InitSegments;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.cluster.ask.Budget;
import org.red5.dvr.cluster.known.PeerMemory;
import org.red5.dvr.cluster.members.StreamSource;
import org.red5.dvr.cluster.members.StreamSources;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.media.fmp4.InitSegmentReader;
import org.red5.dvr.peer.Route;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers viewers for the whole cluster: with what this server holds, and what its sources do. Any thread may call. */
public final class ClusterResolver implements Resolver {
    private static final Logger log = LoggerFactory.getLogger(ClusterResolver.class);
    /** An answer keeps to its budget; this is for when the timer itself is late. */
    private static final long LONGEST_MILLIS = 10_000;
    /** Media may take longer, as long as it comes. */
    private static final long LONGEST_MEDIA_MILLIS = 60_000;

    private final String node;
    private final SegmentSource own;
    private final ClusterTimelines timelines;
    private final ClusterStreams streams;
    private final SegmentFetcher fetcher;
    private final NewestSegments newest;
    private final StreamSources sources;
    private final PeerMemory memory;
    private final Executor answering;

    /** @param answering goes on with what other servers have answered, and may read disks */
    ClusterResolver(
            String node,
            SegmentSource own,
            ClusterTimelines timelines,
            ClusterStreams streams,
            SegmentFetcher fetcher,
            NewestSegments newest,
            StreamSources sources,
            PeerMemory memory,
            Executor answering) {
        this.node = node;
        this.own = own;
        this.timelines = timelines;
        this.streams = streams;
        this.fetcher = fetcher;
        this.newest = newest;
        this.sources = sources;
        this.memory = memory;
        this.answering = answering;
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams() {
        return answered(streams.all(Route.START, Budget.VIEWER));
    }

    @Override
    public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
        return answered(timelines
                .timeline(stream, window, Route.START, Budget.VIEWER)
                .whenComplete((timeline, failure) -> {
                    if (failure == null) {
                        timeline.filter(found -> found.live() && !found.isEmpty() && timelines.reachesLiveEnd(window))
                                .ifPresent(found -> newest.fetch(stream, found));
                    }
                }));
    }

    @Override
    public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
        return Futures.from(() -> {
            Optional<Take> here = here(stream, () -> own.take(stream, take));
            return here.isPresent() ? CompletableFuture.completedFuture(here) : takeElsewhere(stream, take);
        });
    }

    private CompletableFuture<Optional<Take>> takeElsewhere(StreamKey stream, TakeId take) {
        CompletableFuture<Optional<Take>> told = fetcher.init(stream, take, Route.START, Budget.VIEWER)
                .thenCompose(init -> Futures.of(() -> init.isEmpty()
                        ? Optional.empty()
                        : Optional.of(InitSegments.take(
                                take, ordinal(stream, take), parse(init.get().bytes())))));
        return answered(told).exceptionally(failure -> {
            Throwable cause = Futures.unwrapped(failure);
            if (cause instanceof UnreachableException || cause instanceof TimeoutException) {
                log.debug("{}: nothing can be told of take {}: {}", stream, take, cause.getMessage());
                return Optional.empty();
            }
            throw new CompletionException(cause);
        });
    }

    /**
     * What is there goes on at once; what other servers have is waited for by no thread, and goes on on one that may read disks: those
     * that peers' answers come on may not.
     */
    private <T> CompletableFuture<T> answered(CompletableFuture<T> answer) {
        return answer.isDone()
                ? answer
                : answer.orTimeout(LONGEST_MILLIS, TimeUnit.MILLISECONDS)
                        .whenCompleteAsync((value, failure) -> {}, answering);
    }

    private int ordinal(StreamKey stream, TakeId take) {
        for (StreamSource source : sources.of(stream)) {
            OptionalInt known = memory.ordinal(source.stream(), take);
            if (known.isPresent()) {
                return known.getAsInt();
            }
        }
        return 0;
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
        return fetch(
                stream,
                () -> own.initSegment(stream, take, part),
                LONGEST_MILLIS,
                () -> fetcher.init(stream, take, Route.START, Budget.VIEWER)
                        .thenApply(found -> found.flatMap(init -> part(init, part))));
    }

    private static Optional<Served> part(SegmentFetcher.Init init, Part part) {
        try {
            Optional<byte[]> bytes = part == Part.MUXED
                    ? Optional.of(init.bytes())
                    : InitSegments.only(parse(init.bytes()), part).map(InitSegment::toBytes);
            return bytes.map(all -> new Served(new MediaBytes.InMemory(all), init.node(), from(init.wasHere())));
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        return fetch(
                stream,
                () -> own.segment(stream, take, number, part),
                LONGEST_MEDIA_MILLIS,
                () -> fetcher.segment(stream, take, number, Route.START, Budget.VIEWER)
                        .thenApply(found -> found.flatMap(fetched -> part(fetched, part)
                                .map(bytes -> new Served(bytes, fetched.node(), from(fetched.wasHere()))))));
    }

    /** What is here, at once; else what other servers have, without a thread that waits. */
    private CompletableFuture<Optional<Served>> fetch(
            StreamKey stream,
            Reading<MediaBytes> reading,
            long longestMillis,
            Supplier<CompletableFuture<Optional<Served>>> elsewhere) {
        try {
            Optional<MediaBytes> here = here(stream, reading);
            if (here.isPresent()) {
                return CompletableFuture.completedFuture(
                        Optional.of(new Served(here.get(), node, Served.From.ARCHIVE)));
            }
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        // Of this answer alone: others may wait for the same bytes.
        return elsewhere.get().orTimeout(longestMillis, TimeUnit.MILLISECONDS);
    }

    /** Reads this server's disk. */
    private interface Reading<T> {
        Optional<T> read() throws IOException;
    }

    /** What this server's disk holds; nothing while it does not answer and others may have the same. */
    private <T> Optional<T> here(StreamKey stream, Reading<T> reading) throws IOException {
        try {
            return reading.read();
        } catch (UnreachableException e) {
            if (sources.of(stream).isEmpty()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private static Served.From from(boolean wasHere) {
        return wasHere ? Served.From.MEMORY : Served.From.PEER;
    }

    private static Optional<MediaBytes> part(SegmentFill.Fetched segment, Part part) {
        MediaBytes all = segment.bytes();
        int video = segment.videoBytes();
        MediaBytes bytes = switch (part) {
            case MUXED -> all;
            case VIDEO -> MediaBytes.slice(all, 0, video);
            case AUDIO -> MediaBytes.slice(all, video, all.lengthBytes() - video);
        };
        return bytes.lengthBytes() == 0 ? Optional.empty() : Optional.of(bytes);
    }

    private static InitSegment parse(byte[] bytes) throws IOException {
        try {
            return InitSegmentReader.parse(bytes);
        } catch (CorruptMediaException e) {
            throw new IOException("a peer's init segment: " + e.getMessage(), e);
        }
    }
}
