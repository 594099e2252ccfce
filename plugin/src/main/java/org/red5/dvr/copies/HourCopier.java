package org.red5.dvr.copies;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToIntFunction;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.archive.NotToBeFilledException;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.timeline.UnreachableException;

/**
 * Has an archive list what others list of hours, so that their segments can be put into it. A call waits for the disk, and for others
 * within a bound; one thread at a time for each hour.
 */
public final class HourCopier {
    /** So long others are waited for. */
    private static final long PATIENCE_MILLIS = 3_000;

    private final LocalArchive archive;
    private final TakeStore here;

    /**
     * What is listed of an hour.
     *
     * @param here all that is listed here now
     * @param there what the other has, from the position on that was asked for
     */
    public record Listed(HourIndex here, HourIndex there) {}

    /**
     * @param archive that is filled
     * @param here the same
     */
    public HourCopier(LocalArchive archive, TakeStore here) {
        this.archive = archive;
        this.here = here;
    }

    /** What is here of an hour. */
    public Optional<HourIndex> here(HourFile file) throws IOException {
        return answer(here.openIndex(file.stream(), file.hour(), file.take(), 0))
                .map(IndexReply::index);
    }

    /**
     * Brings the index here to what another lists by now.
     *
     * @param since from which position of the index here on the other is asked
     * @return empty when the other has no such hour
     * @throws NotToBeFilledException when it is another hour than the one that is here, or is recorded here
     * @throws UnreachableException when the other does not answer
     * @throws IOException when the disk does not take it
     */
    public Optional<Listed> list(HourFile file, TakeStore there, ToIntFunction<HourIndex> since) throws IOException {
        Optional<HourIndex> before = here(file);
        int from = before.map(since::applyAsInt).orElse(0);
        Optional<HourIndex> rest = answer(there.openIndex(file.stream(), file.hour(), file.take(), from))
                .map(IndexReply::index);
        if (rest.isEmpty()) {
            return Optional.empty();
        }
        HourIndex whole = before.isEmpty() ? rest.get() : joined(file, before.get(), from, rest.get());
        HourIndex grown = whole.thatMayGrow();
        if (before.isEmpty() || !grown.isBeginningOf(before.get())) {
            archive.putIndex(file.stream(), grown, init(file, before.isPresent(), there));
        }
        return Optional.of(new Listed(grown, rest.get()));
    }

    private static HourIndex joined(HourFile file, HourIndex before, int from, HourIndex rest)
            throws NotToBeFilledException {
        HourIndex known = before.from(from);
        if (rest.isBeginningOf(known)) {
            return before;
        }
        return Optional.of(rest)
                .filter(known::isBeginningOf)
                .flatMap(longer -> before.and(longer.from(known.count())))
                .orElseThrow(() -> new NotToBeFilledException(file + " is another one elsewhere"));
    }

    /** The one that is here does; another server that has an index, and nothing of its media, has none. */
    private byte[] init(HourFile file, boolean isHere, TakeStore there) throws IOException {
        Optional<InitReply> known = isHere ? answer(here.initSegment(file.stream(), file.take())) : Optional.empty();
        Optional<InitReply> init = known.isPresent() ? known : answer(there.initSegment(file.stream(), file.take()));
        if (init.isEmpty()) {
            throw new UnreachableException("nobody has its init segment");
        }
        return init.get().bytes().read(0, Math.toIntExact(init.get().bytes().lengthBytes()));
    }

    /** What comes of a question within a bound of time; a failure to answer it is an {@link UnreachableException}. */
    public static <T> T answer(CompletableFuture<T> asked) throws UnreachableException {
        return answer(asked, PATIENCE_MILLIS);
    }

    /** The same with another bound. */
    public static <T> T answer(CompletableFuture<T> asked, long patienceMillis) throws UnreachableException {
        try {
            return asked.get(patienceMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("This server is stopping.");
        } catch (TimeoutException e) {
            asked.cancel(true);
            throw new UnreachableException("It does not come in the time that it is waited for.");
        } catch (ExecutionException e) {
            throw new UnreachableException(String.valueOf(e.getCause()));
        }
    }
}
