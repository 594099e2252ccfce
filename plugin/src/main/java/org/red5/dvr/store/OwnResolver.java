package org.red5.dvr.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.timeline.GivenOut;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Offer;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeChoice;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Futures;

/** Answers for what one server holds itself, and for nobody else. */
public final class OwnResolver implements Resolver {
    private final String node;
    private final SegmentSource source;
    private final SegmentGrid grid;

    /**
     * @param node this server's name
     * @param source what it holds
     * @param grid the cluster's grid
     */
    public OwnResolver(String node, SegmentSource source, SegmentGrid grid) {
        this.node = node;
        this.source = source;
        this.grid = grid;
    }

    @Override
    public CompletableFuture<List<StreamListing>> streams() {
        return Futures.of(source::listings);
    }

    @Override
    public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
        return Futures.of(() -> merged(stream, window));
    }

    private Optional<Timeline> merged(StreamKey stream, UtcRange window) throws IOException {
        Optional<Holdings> holdings = source.find(stream, window);
        if (holdings.isPresent() && !TakeChoice.isUnambiguous(holdings.get().segments())) {
            // Several takes have one number: then the choice begins where every server begins it.
            holdings = source.find(stream, Timeline.withEarlyStarts(Timeline.mergeRange(window, grid), grid));
        }
        return holdings.map(
                all -> Timeline.merge(List.of(new Offer(node, all)), window, grid, List.of(), GivenOut.NOTHING));
    }

    @Override
    public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
        return Futures.of(() -> source.take(stream, take));
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
        return Futures.of(() -> source.initSegment(stream, take, part).map(this::served));
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        return Futures.of(() -> source.segment(stream, take, number, part).map(this::served));
    }

    private Served served(MediaBytes bytes) {
        return new Served(bytes, node, Served.From.ARCHIVE);
    }
}
