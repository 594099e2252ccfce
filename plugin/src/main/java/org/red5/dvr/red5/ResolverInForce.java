package org.red5.dvr.red5;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;

/** Answers with the resolver that the configuration has at the moment. */
record ResolverInForce(Supplier<Resolver> now) implements Resolver {
    @Override
    public CompletableFuture<List<StreamListing>> streams() {
        return now.get().streams();
    }

    @Override
    public CompletableFuture<Optional<Timeline>> timeline(StreamKey stream, UtcRange window) {
        return now.get().timeline(stream, window);
    }

    @Override
    public CompletableFuture<Optional<Take>> take(StreamKey stream, TakeId take) {
        return now.get().take(stream, take);
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchInitSegment(StreamKey stream, TakeId take, Part part) {
        return now.get().fetchInitSegment(stream, take, part);
    }

    @Override
    public CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        return now.get().fetchSegment(stream, take, number, part);
    }
}
