package org.red5.dvr.testbed;

/**
 * A request that one server has put to another.
 *
 * @param target path and query as sent
 * @param atNanos when, in this JVM's time
 */
record PeerQuestion(String target, long atNanos) {
    private static final String PREFIX = "/dvr/peer/v2/";

    /** What is asked for: {@code status}, {@code streams}, {@code hours}, {@code index}, {@code init}, {@code segment} … */
    String kind() {
        String path = path();
        return path.startsWith(PREFIX) ? path.substring(PREFIX.length()).split("/", 2)[0] : path;
    }

    /** Whether it is the heartbeat, which goes on without any question. */
    boolean isHeartbeat() {
        return kind().equals("status");
    }

    /** Whether its answer carries media, or what media is found by, protected by a check sum. */
    boolean isProtected() {
        return switch (kind()) {
            case "segment", "follow", "index" -> true;
            default -> false;
        };
    }

    /** What is asked for, without the query that says which part of it. */
    String path() {
        return target.split("\\?", 2)[0];
    }
}
