package org.red5.dvr.peer;

import org.red5.dvr.store.TakeStore;

/**
 * Answers peers' questions for one {@link Scope}: there is one for what a server holds itself, and one for that together with
 * what its sources give it. Any thread may call.
 */
@FunctionalInterface
public interface PeerApi {
    /** What answers questions that came in one way, and are waited for so long. */
    TakeStore to(Question question);
}
