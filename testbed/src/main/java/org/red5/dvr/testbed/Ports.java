package org.red5.dvr.testbed;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/** Finds free TCP ports. */
public final class Ports {
    /** Below those that the kernel gives to outgoing connections: a server that stopped finds its port free again. */
    private static final int LOWEST = 15_000;

    private static final int COUNT = 5_000;
    /** JVMs that run at once take their ports from ranges of their own. */
    private static final int FIRST = LOWEST + Math.floorMod(Integer.getInteger("testbed.fork", 0), 3) * COUNT;

    private static final int TRIES = 1_000;

    /** Processes that begin at one time begin with different ports: what one found free another may not have bound yet. */
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() % COUNT));

    private Ports() {}

    /** A port that was free on all addresses a moment ago, and that this JVM was not given lately. */
    public static int free() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
            if (isFree("0.0.0.0", port)) {
                return port;
            }
        }
        throw new IOException("no free port among " + TRIES);
    }

    /** This port if it is free on all addresses, else another one. */
    static int freeAt(int port) throws IOException {
        return isFree("0.0.0.0", port) ? port : free();
    }

    static boolean isFree(String address, int port) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), port));
            return true;
        } catch (BindException e) {
            return false;
        }
    }
}
