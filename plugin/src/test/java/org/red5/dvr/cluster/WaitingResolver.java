package org.red5.dvr.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.store.Resolver;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Timeline;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Answered;

/** A resolver that is waited for. */
record WaitingResolver(Resolver resolver) {
    List<StreamListing> streams() throws IOException {
        return Answered.by(resolver.streams());
    }

    Optional<Timeline> timeline(StreamKey stream, UtcRange window) throws IOException {
        return Answered.by(resolver.timeline(stream, window));
    }

    Optional<Take> take(StreamKey stream, TakeId take) throws IOException {
        return Answered.by(resolver.take(stream, take));
    }

    Optional<Served> initSegment(StreamKey stream, TakeId take, Part part) throws IOException {
        return Answered.by(resolver.fetchInitSegment(stream, take, part));
    }

    Optional<Served> segment(StreamKey stream, TakeId take, long number, Part part) throws IOException {
        return Answered.by(fetchSegment(stream, take, number, part));
    }

    CompletableFuture<Optional<Served>> fetchSegment(StreamKey stream, TakeId take, long number, Part part) {
        return resolver.fetchSegment(stream, take, number, part);
    }
}
