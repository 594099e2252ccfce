package org.red5.dvr.cluster.known;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.red5.dvr.cluster.members.Peer;
import org.red5.dvr.peer.PeerFailure;
import org.red5.dvr.timeline.Unanswered;

/**
 * What could be read of the takes that a peer lists.
 *
 * @param takes in the order of the list; those are left out that are gone, and those that could not be read
 * @param unread says that some could not be read, and why
 */
record IndexReads(List<KnownTake> takes, Optional<Unanswered> unread) {
    IndexReads {
        takes = List.copyOf(takes);
    }

    /** Waits for all of them. Fails only when every one does. */
    static CompletableFuture<IndexReads> of(Peer peer, List<CompletableFuture<Optional<KnownTake>>> reads) {
        return CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
                .handle((done, failure) -> collected(peer, reads));
    }

    private static IndexReads collected(Peer peer, List<CompletableFuture<Optional<KnownTake>>> reads) {
        List<KnownTake> takes = new ArrayList<>();
        Optional<Unanswered> unread = Optional.empty();
        int failed = 0;
        for (CompletableFuture<Optional<KnownTake>> read : reads) {
            try {
                read.join().ifPresent(takes::add);
            } catch (CompletionException | CancellationException e) {
                failed++;
                if (failed == reads.size()) {
                    throw e;
                }
                unread = Optional.of(new Unanswered(peer.name(), PeerFailure.phrase(e)));
            }
        }
        return new IndexReads(takes, unread);
    }
}
