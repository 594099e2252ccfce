package org.red5.dvr.peer;

/** How far a question goes. */
public enum Scope {
    /** What the server that is asked holds itself. */
    OWN,
    /** That, and what its own sources give it. */
    CHAIN
}
