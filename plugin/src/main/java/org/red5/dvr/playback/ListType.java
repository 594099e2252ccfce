package org.red5.dvr.playback;

/**
 * What becomes of the beginning of a list that grows. It is chosen once for a viewer, as it must not change (RFC 8216, section
 * 6.2.1), and stands in the address of the list.
 */
public enum ListType {
    /** It stays: EXT-X-PLAYLIST-TYPE is EVENT. */
    EVENT,
    /** What a limit deletes of it goes: without a type, and in step with the numbers, holes too. */
    LIVE
}
