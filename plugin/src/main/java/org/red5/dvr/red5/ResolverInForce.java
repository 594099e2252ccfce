package org.red5.dvr.red5;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Resolver;
import org.red5.dvr.timeline.Served;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/** Answers with the resolver that the configuration has at the moment. */
record ResolverInForce(Supplier<Resolver> now) implements Resolver {
    @Override
    public List<StreamListing> streams() throws IOException {
        return now.get().streams();
    }

    @Override
    public Optional<Timeline> timeline(StreamKey stream, UtcRange window) throws IOException {
        return now.get().timeline(stream, window);
    }

    @Override
    public Optional<Take> take(StreamKey stream, TakeId take) throws IOException {
        return now.get().take(stream, take);
    }

    @Override
    public Optional<Served> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
        return now.get().initSegment(stream, take, part);
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
        return now.get().fetchInitSegment(stream, take, part);
    }

    @Override
    public Optional<Served> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
        return now.get().segment(stream, take, number, part);
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        return now.get().fetchSegment(stream, take, number, part);
    }
}
