package org.red5.dvr.red5.fixes;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sees when a thread that reads the network has died. MINA gives each connection to one of a few for good, and starts none anew: the
 * connections of a dead one hang, and so does each later one that it gets. Any thread may call.
 */
public final class NetworkThreads {
    /** Of all connections of this process. */
    public static final NetworkThreads OF_SERVER = new NetworkThreads();

    /** Those that were read last by each connection that is open. */
    private final Map<Connection, Thread> readers = new ConcurrentHashMap<>();
    /** Names of those that are dead: for good. */
    private final Set<String> dead = ConcurrentHashMap.newKeySet();
    /** Those that were found dead at the last look, and may have come to their end with their last connection. */
    @GuardedBy("this")
    private Set<Thread> suspected = Set.of();

    /** What such a thread reads. */
    interface Connection {
        /** Whether the network thinks that it goes on. */
        boolean isConnected();
    }

    /** A connection is read, by the thread that calls. */
    void reads(Connection connection) {
        Thread reader = Thread.currentThread();
        if (readers.put(connection, reader) == null && !connection.isConnected()) {
            readers.remove(connection);
        }
    }

    /** A connection is over. */
    void closed(Connection connection) {
        readers.remove(connection);
    }

    /** To be called now and then: a thread counts as dead that is so at two looks though connections of it go on. */
    public synchronized void look() {
        Set<Thread> before = suspected;
        Set<Thread> found = ConcurrentHashMap.newKeySet();
        readers.forEach((connection, reader) -> {
            if (!reader.isAlive() && connection.isConnected()) {
                found.add(reader);
            }
        });
        found.stream().filter(before::contains).map(Thread::getName).forEach(dead::add);
        suspected = found;
    }

    /** Sentences for an operator. */
    public List<String> troubles() {
        List<String> sentences = new ArrayList<>();
        new TreeSet<>(dead)
                .forEach(
                        name -> sentences.add(
                                name
                                        + ", a thread that reads the network, has died: RTMP connections hang until Red5 is started again"));
        return sentences;
    }
}
