package org.red5.dvr.replica;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.red5.dvr.archive.NotToBeFilledException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.copies.HourFile;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.UnreachableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies one stream while it is published to a source: a long poll gives each segment with its bytes, a small request what the index says of it. No thread
 * waits with it. The next poll is sent when all of the last one is in the archive, so that no more waits in memory than one answer. What it leaves out,
 * as the archive did not take it or too much came at once, is left to {@link Backfill}.
 */
final class StreamFollower {
    private static final Logger log = LoggerFactory.getLogger(StreamFollower.class);
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final StreamKey stream;
    private final ReplicaSource source;
    private final HourFiller filler;
    private final CopyTroubles troubles;
    private final SegmentGrid grid;
    private final Executor copying;
    /** Whose end has not come yet. Used by one task at a time. */
    private final Set<HourFile> open = new HashSet<>();

    private volatile long after;
    private volatile boolean isOver;
    private volatile Optional<CompletableFuture<?>> poll = Optional.empty();

    /**
     * @param firstNumber of the first segment that comes in this way
     * @param copying puts what came into the archive; may wait for the disk and, within a bound, for the source
     */
    StreamFollower(
            StreamKey stream,
            ReplicaSource source,
            HourFiller filler,
            CopyTroubles troubles,
            SegmentGrid grid,
            long firstNumber,
            Executor copying) {
        this.stream = stream;
        this.source = source;
        this.filler = filler;
        this.troubles = troubles;
        this.grid = grid;
        this.copying = copying;
        this.after = firstNumber - 1;
    }

    /** Begins to follow, or goes on. */
    void follow() {
        if (isOver) {
            return;
        }
        CompletableFuture<Optional<FollowReply>> asked =
                source.takes(WAIT).follow(new FollowRequest(stream, after, true, true), WAIT);
        poll = Optional.of(asked);
        try {
            asked.exceptionally(this::failed).thenAcceptAsync(this::came, copying);
        } catch (RejectedExecutionException e) {
            end(); // The server stops.
        }
        if (isOver) {
            asked.cancel(false);
        }
    }

    /** Follows no longer. */
    void end() {
        isOver = true;
        poll.ifPresent(asked -> asked.cancel(false));
    }

    /** Whether it has come to its end: the stream is not live there any more, or the source does not answer. */
    boolean isOver() {
        return isOver;
    }

    /** From this number on segments come in this way. */
    long nextNumber() {
        return after + 1;
    }

    private Optional<FollowReply> failed(Throwable failure) {
        log.debug("{} is not followed at {} any more: {}", stream, source.name(), failure.toString());
        return Optional.empty();
    }

    private void came(Optional<FollowReply> reply) {
        if (isOver || reply.isEmpty()) {
            isOver = true;
            return;
        }
        try {
            copy(reply.get());
            isOver = !reply.get().live();
        } catch (UnreachableException e) {
            log.debug("{} is not followed at {} any more: {}", stream, source.name(), e.getMessage());
            isOver = true;
        } catch (RuntimeException e) {
            log.error("{} is not copied from {} for now, because of a defect", stream, source.name(), e);
            isOver = true;
        }
        follow();
    }

    private void copy(FollowReply reply) throws UnreachableException {
        long highest = after;
        Set<HourFile> filled = new HashSet<>();
        for (FollowReply.New each : reply.segments()) {
            HourFile file = new HourFile(
                    stream, grid.hourOf(each.segment().number()), each.segment().take());
            copy(file, each, filled.add(file));
            highest = Math.max(highest, each.segment().number());
        }
        endOthers(reply, filled, Hours.at(grid.startUtcMicros(highest)));
        after = highest;
    }

    /** @param isFirst whether its hour is to be asked for */
    private void copy(HourFile file, FollowReply.New segment, boolean isFirst) throws UnreachableException {
        try {
            if (isFirst) {
                filler.list(file, source).filter(index -> !index.isEnded()).ifPresent(index -> open.add(file));
            }
            long number = segment.segment().number();
            if (segment.media().isPresent()) {
                filler.put(file, number, segment.media().get());
            } else {
                filler.fetch(file, number, source.takes(HourFiller.PATIENCE), HourFiller.Pace.NONE);
            }
            troubles.ends(stream);
        } catch (UnreachableException e) {
            throw e;
        } catch (NotToBeFilledException e) {
            log.debug("{} is not copied: {}", file, e.getMessage());
        } catch (IOException e) {
            troubles.begins(stream, e);
        }
    }

    /** What a take's index says when it has left an hour comes with nothing else. */
    private void endOthers(FollowReply reply, Set<HourFile> filled, long hour) throws UnreachableException {
        Set<HourFile> ended = new HashSet<>();
        for (HourFile file : open) {
            boolean isLeft = file.hour() < hour
                    || !filled.isEmpty() && !filled.contains(file)
                    || !reply.live()
                    || reply.ends().stream().map(TakeEnd::take).anyMatch(file.take()::equals);
            if (isLeft && isEnded(file)) {
                ended.add(file);
            }
        }
        open.removeAll(ended);
    }

    private boolean isEnded(HourFile file) throws UnreachableException {
        try {
            return filler.list(file, source).filter(HourIndex::isRecording).isEmpty();
        } catch (UnreachableException e) {
            throw e;
        } catch (IOException e) {
            log.debug("the end of {} is not copied: {}", file, e.toString());
            return false;
        }
    }
}
