package org.red5.dvr.playback.mp4;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.util.Futures;

/** Asks for many things, one after the other: what is there at once in a loop, and for what comes later no thread waits. */
final class Gathering<T> {
    private final int count;
    private final List<T> gathered;

    /** Gives the thing at a position. */
    interface Source<T> {
        CompletableFuture<T> at(int position);
    }

    Gathering(int count) {
        this.count = count;
        this.gathered = new ArrayList<>(count);
    }

    /** All of them, in order; fails with the first that fails. To be called once. */
    CompletableFuture<List<T>> gather(Source<T> source) {
        CompletableFuture<List<T>> all = new CompletableFuture<>();
        goOn(source, all);
        return all;
    }

    private void goOn(Source<T> source, CompletableFuture<List<T>> all) {
        while (gathered.size() < count && !all.isDone()) {
            CompletableFuture<T> next = source.at(gathered.size());
            if (!next.isDone() || next.isCompletedExceptionally()) {
                Futures.givenUpWith(all, next);
                next.whenComplete((thing, failure) -> {
                    if (failure != null) {
                        all.completeExceptionally(failure);
                    } else {
                        gathered.add(thing);
                        goOn(source, all);
                    }
                });
                return;
            }
            gathered.add(next.join());
        }
        all.complete(gathered);
    }
}
