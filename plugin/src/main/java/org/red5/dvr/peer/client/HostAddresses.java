package org.red5.dvr.peer.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.red5.dvr.config.PeerAddress;

/**
 * The addresses that peers' names have, in the order to try them in. Of several that one comes first that can be connected to, as long as
 * it can: a name may have an address in a network that is not there, or of a machine that is off (what RFC 8305 does for browsers).
 * Names are looked up again and again, as the JVM's own memory of them allows ({@code networkaddress.cache.ttl}), and never by a thread
 * that has anything else to do; what was found last holds while a name server is away. Any thread may call; nothing blocks.
 */
final class HostAddresses {
    /** What was found so recently will do. */
    private static final long FRESH_NANOS = Duration.ofSeconds(2).toNanos();

    private static final int CONNECT_MILLIS = 1_000;

    private static final Pattern LITERAL = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+|\\[.*]");

    private final Lookup lookup;
    private final Executor blocking;
    private final LongSupplier nanoTime;
    private final Map<PeerAddress, Host> hosts = new ConcurrentHashMap<>();

    /** A name service; {@link InetAddress#getAllByName} is one. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] allOf(String host) throws UnknownHostException;
    }

    /** What is known of one name. */
    private static final class Host {
        /** By their form in a URI, in the order to try them in. */
        @GuardedBy("this")
        private final Map<String, InetAddress> addresses = new LinkedHashMap<>();

        @GuardedBy("this")
        private long foundNanos;

        @GuardedBy("this")
        private CompletableFuture<List<String>> lookingUp = CompletableFuture.completedFuture(List.of());
    }

    /** @param blocking runs lookups, which may take long */
    HostAddresses(Lookup lookup, Executor blocking, LongSupplier nanoTime) {
        this.lookup = lookup;
        this.blocking = blocking;
        this.nanoTime = nanoTime;
    }

    /**
     * The addresses of a peer in the form that a URI wants, the one to try first before the others. Empty when its name has none and
     * never had any.
     */
    CompletableFuture<List<String>> of(PeerAddress peer) {
        if (LITERAL.matcher(peer.host()).matches()) {
            return CompletableFuture.completedFuture(List.of(peer.host()));
        }
        Host host = hosts.computeIfAbsent(peer, key -> new Host());
        synchronized (host) {
            boolean isFresh = nanoTime.getAsLong() - host.foundNanos < FRESH_NANOS && !host.addresses.isEmpty();
            if (host.lookingUp.isDone() && !isFresh) {
                host.lookingUp = CompletableFuture.supplyAsync(() -> lookUp(peer, host), blocking);
            }
            // A name server is not waited for where its answer is not needed.
            return host.addresses.isEmpty()
                    ? host.lookingUp
                    : CompletableFuture.completedFuture(List.copyOf(host.addresses.keySet()));
        }
    }

    private List<String> lookUp(PeerAddress peer, Host host) {
        Map<String, InetAddress> found = new LinkedHashMap<>();
        synchronized (host) {
            found.putAll(host.addresses);
        }
        try {
            Map<String, InetAddress> now = new LinkedHashMap<>();
            for (InetAddress address : lookup.allOf(peer.host())) {
                now.put(inUri(address), address);
            }
            found.keySet().retainAll(now.keySet());
            now.forEach(found::putIfAbsent);
        } catch (UnknownHostException e) {
            // What was found before holds.
            return found(host, found);
        }
        return found(host, found.size() > 1 ? reachableFirst(found, peer.port()) : found);
    }

    private List<String> found(Host host, Map<String, InetAddress> found) {
        synchronized (host) {
            host.foundNanos = nanoTime.getAsLong();
            host.addresses.clear();
            host.addresses.putAll(found);
            return List.copyOf(found.keySet());
        }
    }

    /** Those before the first that can be connected to come last. */
    private static Map<String, InetAddress> reachableFirst(Map<String, InetAddress> addresses, int port) {
        List<String> unreachable = new ArrayList<>();
        for (Map.Entry<String, InetAddress> each : addresses.entrySet()) {
            if (isReachable(each.getValue(), port)) {
                Map<String, InetAddress> ordered = new LinkedHashMap<>(addresses);
                ordered.keySet().removeAll(unreachable);
                addresses.forEach(ordered::putIfAbsent);
                return ordered;
            }
            unreachable.add(each.getKey());
        }
        return addresses;
    }

    private static boolean isReachable(InetAddress address, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String inUri(InetAddress address) {
        String text = address.getHostAddress();
        return address instanceof Inet6Address ? '[' + text.replace("%", "%25") + ']' : text;
    }
}
