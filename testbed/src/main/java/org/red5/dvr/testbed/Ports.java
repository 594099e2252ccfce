package org.red5.dvr.testbed;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds free TCP ports. JVMs that run at once take them from ranges of their own: what one found free another may not have bound
 * yet. A JVM has a range by the lock of a file, which ends with the JVM. Any thread may call.
 */
public final class Ports {
    /** Below those that the kernel gives to outgoing connections: a server that stopped finds its port free again. */
    private static final int LOWEST = 15_000;

    private static final int RANGES = 64;
    private static final int RANGE_PORTS = 256;

    /** What has been locked, and stays so as long as it is here. */
    private static final List<FileChannel> LOCKED = new ArrayList<>();

    private static int first; // 0 until the first is asked for
    private static int next;

    private Ports() {}

    /** A port that was free on all addresses a moment ago, and that this JVM was not given lately. */
    public static synchronized int free() throws IOException {
        if (first == 0) {
            first = LOWEST + RANGE_PORTS * lockRange();
        }
        for (int i = 0; i < RANGE_PORTS; i++) {
            int port = first + next++ % RANGE_PORTS;
            if (isFree("0.0.0.0", port)) {
                return port;
            }
        }
        throw new IOException("no free port from " + first + " to " + (first + RANGE_PORTS - 1));
    }

    private static int lockRange() throws IOException {
        Path folder = Files.createDirectories(
                Path.of(System.getProperty("java.io.tmpdir"), "red5-testbed-ports-" + System.getProperty("user.name")));
        for (int range = 0; range < RANGES; range++) {
            FileChannel file =
                    FileChannel.open(folder.resolve("" + range), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (file.tryLock() != null) {
                LOCKED.add(file);
                return range;
            }
            file.close();
        }
        throw new IOException(RANGES + " JVMs have all ports: see " + folder);
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
