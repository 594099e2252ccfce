package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Real servers on loopback that know each other, and the proxies between them; all end with it. For one thread. */
final class TestCluster implements AutoCloseable {
    /** What its servers sign with. */
    static final String KEY = "shared-secret-of-a-test";

    private final Path folder;
    private final List<TestNode> nodes = new ArrayList<>();
    private final List<FaultProxy> links = new ArrayList<>();

    /** {@code name} is that of a folder below {@code target/it}. */
    TestCluster(String name) throws IOException {
        folder = Files.createTempDirectory(Files.createDirectories(Path.of("target/it")), name)
                .toAbsolutePath();
    }

    /** A further server, not started yet. */
    TestNode add(String node) throws IOException {
        TestNode added = new TestNode(node, folder.resolve(node));
        nodes.add(added);
        return added;
    }

    /** The way to a server for one of those that ask it. */
    FaultProxy linkTo(TestNode node) throws IOException {
        FaultProxy link = new FaultProxy(node.httpPort());
        links.add(link);
        return link;
    }

    /** Starts all servers at once and waits until they answer. */
    void start() throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(nodes.size());
        try {
            List<CompletableFuture<Void>> starts = nodes.stream()
                    .map(node -> CompletableFuture.runAsync(() -> startNow(node), threads))
                    .toList();
            starts.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            close();
            throw new IOException("the cluster in " + folder + " did not start", e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void startNow(TestNode node) {
        try {
            node.start();
        } catch (IOException e) {
            throw new CompletionException(node.name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(node.name(), e);
        }
    }

    /** Forgets what the proxies have noted. */
    void forgetQuestions() {
        links.forEach(FaultProxy::forget);
    }

    /** Mends all proxies. */
    void heal() throws IOException {
        for (FaultProxy link : links) {
            link.heal();
        }
    }

    @Override
    public void close() throws IOException {
        nodes.forEach(TestNode::close);
        for (FaultProxy link : links) {
            link.close();
        }
    }
}
