package org.red5.dvr.red5.fixes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class NetworkThreadsTest {
    private final NetworkThreads threads = new NetworkThreads();
    private final AtomicBoolean connected = new AtomicBoolean(true);
    private final NetworkThreads.Connection connection = connected::get;

    /** On a thread of that name, which is dead afterwards. */
    private void read(String name) throws InterruptedException {
        Thread reader = new Thread(() -> threads.reads(connection), name);
        reader.start();
        reader.join();
    }

    private List<String> lookTwice() {
        threads.look();
        threads.look();
        return threads.troubles();
    }

    @Test
    void aThreadThatDiedBeforeItsConnectionIsToldOfForGood() throws InterruptedException {
        read("NioProcessor-2");
        threads.look();
        assertEquals(List.of(), threads.troubles(), "the connection may be about to end");
        threads.look();
        assertEquals(1, threads.troubles().size());
        assertTrue(threads.troubles().get(0).startsWith("NioProcessor-2, a thread that reads the network, has died"));
        threads.closed(connection);
        assertEquals(1, lookTwice().size(), "who comes later hangs as well");
    }

    @Test
    void aThreadThatEndedWithItsLastConnectionIsNoTrouble() throws InterruptedException {
        read("NioProcessor-1");
        threads.look();
        connected.set(false);
        assertEquals(List.of(), lookTwice());
        connected.set(true);
        read("NioProcessor-1");
        threads.closed(connection);
        assertEquals(List.of(), lookTwice());
    }

    @Test
    void aConnectionThatIsReadByALivingThreadIsFine() throws InterruptedException {
        read("NioProcessor-1");
        threads.reads(connection);
        assertEquals(List.of(), lookTwice());
    }
}
