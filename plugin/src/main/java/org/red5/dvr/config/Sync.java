package org.red5.dvr.config;

/** When recorded bytes are forced to the disk. */
public enum Sync {
    /** After every segment: the default. */
    SEGMENT,
    /** When the operating system likes. */
    NONE
}
