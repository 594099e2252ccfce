package org.red5.dvr.timeline;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

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
    public List<StreamListing> streams() throws IOException {
        return source.listings();
    }

    @Override
    public Optional<Timeline> timeline(StreamKey stream, UtcRange window) throws IOException {
        Optional<Holdings> holdings = source.find(stream, window);
        if (holdings.isPresent() && !TakeChoice.isUnambiguous(holdings.get().segments())) {
            // Several takes have one number: then the choice begins where every server begins it.
            holdings = source.find(stream, Timeline.withEarlyStarts(Timeline.mergeRange(window, grid), grid));
        }
        return holdings.map(
                all -> Timeline.merge(List.of(new Offer(node, all)), window, grid, List.of(), GivenOut.NOTHING));
    }

    @Override
    public Optional<Take> take(StreamKey stream, TakeId take) throws IOException {
        return source.take(stream, take);
    }

    @Override
    public Optional<Served> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
        return source.initSegment(stream, take, part).map(this::served);
    }

    @Override
    public Optional<Served> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
        return source.segment(stream, take, number, part).map(this::served);
    }

    private Served served(MediaBytes bytes) {
        return new Served(bytes, node, Served.From.ARCHIVE);
    }
}
