package org.red5.dvr.testbed;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * The network between one server and those who ask it: a TCP proxy on loopback that notes every request it carries, and
 * breaks on command. Any thread may call.
 */
final class FaultProxy implements AutoCloseable {
    /** What is wrong with the network. */
    enum Fault {
        NONE,
        /** Connections are refused, and those that are open are reset. */
        REFUSED,
        /** Connections are accepted, and nothing comes any more, on those that are open too. */
        SILENT,
        /** Packets are dropped: nothing passes, and new connections are neither accepted nor refused. */
        DROPPED,
        /** Every answer breaks off in the middle of its body. */
        CUT,
        /** In the middle of every answer that has a check sum a byte is wrong. */
        WRONG_BYTES,
        /** Everything comes late. */
        SLOW,
        /** Answers come at so many bytes a second on each connection. */
        NARROW
    }

    private static final int FILLING_TIMEOUT_MILLIS = 300;
    private static final int MOST_FILLERS = 8;

    private final int backendPort;
    private final int port;
    private final List<PeerQuestion> questions = new CopyOnWriteArrayList<>();
    private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
    private final List<Socket> fillers = new ArrayList<>();
    private ServerSocket listener;
    private Thread acceptor;
    private volatile Fault fault = Fault.NONE;
    private volatile int delayMillis;
    private volatile int bytesPerSecond;

    /** Stands before a port of this machine, whether somebody listens there already or not. */
    FaultProxy(int backendPort) throws IOException {
        this.backendPort = backendPort;
        this.port = Ports.free();
        this.listener = listen(50);
        this.acceptor = accept(listener);
    }

    int port() {
        return port;
    }

    /** As a {@code source} names it. */
    String address() {
        return "127.0.0.1:" + port;
    }

    /** The requests since the last {@link #forget}, without the heartbeat. */
    List<PeerQuestion> questions() {
        return questions(question -> !question.isHeartbeat());
    }

    List<PeerQuestion> questions(Predicate<PeerQuestion> which) {
        return questions.stream().filter(which).toList();
    }

    void forget() {
        questions.clear();
    }

    /** Delays each piece of data by so much, both ways. */
    synchronized void slow(int millis) throws IOException {
        delayMillis = millis;
        set(Fault.SLOW);
    }

    /** Lets so many bytes of answers pass a second, on each connection. */
    synchronized void narrow(int rateBytesPerSecond) throws IOException {
        bytesPerSecond = rateBytesPerSecond;
        set(Fault.NARROW);
    }

    synchronized void heal() throws IOException {
        set(Fault.NONE);
    }

    /** Breaks, or mends, at once. */
    synchronized void set(Fault next) throws IOException {
        Fault before = fault;
        fault = next;
        if (next == Fault.REFUSED || next == Fault.DROPPED || before == Fault.REFUSED || before == Fault.DROPPED) {
            stopListening();
        }
        if (next == Fault.REFUSED) {
            connections.forEach(ProxiedConnection::reset);
        } else if (next == Fault.DROPPED) {
            listener = listen(1);
            fillQueue();
        } else if (listener.isClosed()) {
            listener = listen(50);
            acceptor = accept(listener);
        }
        synchronized (questions) {
            questions.notifyAll();
        }
    }

    Fault fault() {
        return fault;
    }

    int delayMillis() {
        return delayMillis;
    }

    int bytesPerSecond() {
        return bytesPerSecond;
    }

    int backendPort() {
        return backendPort;
    }

    void note(PeerQuestion question) {
        questions.add(question);
    }

    void ended(ProxiedConnection connection) {
        connections.remove(connection);
    }

    /** Returns when data may pass again. */
    void awaitPassage() throws InterruptedException {
        synchronized (questions) {
            while (fault == Fault.SILENT || fault == Fault.DROPPED) {
                questions.wait();
            }
        }
    }

    private ServerSocket listen(int backlog) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), backlog);
        return socket;
    }

    /** While nobody accepts and the queue is full, Linux drops the packets that ask for a connection. */
    private void fillQueue() throws IOException {
        for (int i = 0; i < MOST_FILLERS; i++) {
            Socket filler = new Socket();
            try {
                filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), FILLING_TIMEOUT_MILLIS);
                fillers.add(filler);
            } catch (SocketTimeoutException e) {
                filler.close();
                return;
            }
        }
        throw new IOException("port " + port + " still accepts connections");
    }

    private void closeFillers() throws IOException {
        for (Socket filler : fillers) {
            filler.close();
        }
        fillers.clear();
    }

    /** The port is free when nobody is in {@code accept} any more. */
    private void stopListening() throws IOException {
        listener.close();
        closeFillers();
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("while port " + port + " was closed");
        }
    }

    private Thread accept(ServerSocket from) {
        Thread thread = new Thread(() -> acceptAll(from), "proxy " + port);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void acceptAll(ServerSocket from) {
        while (!from.isClosed()) {
            try {
                ProxiedConnection connection = new ProxiedConnection(this, from.accept());
                connections.add(connection);
                connection.start();
            } catch (IOException e) {
                // Closed on command, or the peer was gone at once: the next one may come.
            }
        }
    }

    @Override
    public synchronized void close() throws IOException {
        fault = Fault.REFUSED;
        stopListening();
        connections.forEach(ProxiedConnection::reset);
    }
}
