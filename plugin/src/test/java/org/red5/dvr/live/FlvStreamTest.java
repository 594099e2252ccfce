package org.red5.dvr.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.red5.dvr.live.LivePackets.audioConfiguration;
import static org.red5.dvr.live.LivePackets.frame;
import static org.red5.dvr.live.LivePackets.keyFrame;
import static org.red5.dvr.live.LivePackets.sound;
import static org.red5.dvr.live.LivePackets.videoConfiguration;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.red5.dvr.media.bitstream.CorruptMediaException;
import org.red5.dvr.media.bitstream.UnsupportedMediaException;
import org.red5.dvr.media.flv.FlvTag;
import org.red5.dvr.media.flv.FlvTags;
import org.red5.dvr.timeline.StreamKey;

class FlvStreamTest {
    private final LiveFeed feed = new LiveFeed(new StreamKey("live", "camera"), () -> 0);

    /** Reads what it is sent as FLV. */
    private static final class Client implements Flow.Subscriber<ByteBuffer> {
        private final FlvTags tags = new FlvTags(1 << 20);
        private final List<String> read = new ArrayList<>();
        private int buffers;
        private boolean complete;
        private Flow.Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription opened) {
            subscription = opened;
        }

        @Override
        public synchronized void onNext(ByteBuffer buffer) {
            buffers++;
            try {
                tags.read(
                        buffer,
                        tag -> read.add(LivePackets.name(
                                        new LivePacket(tag.type() == FlvTag.VIDEO, tag.timestampMillis(), tag.body()))
                                + "@"
                                + tag.timestampMillis()));
            } catch (CorruptMediaException | UnsupportedMediaException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void onError(Throwable failure) {
            throw new AssertionError(failure);
        }

        @Override
        public synchronized void onComplete() {
            complete = true;
        }

        synchronized int count() {
            return read.size();
        }

        synchronized boolean isComplete() {
            return complete;
        }
    }

    private Client subscribe() {
        Client client = new Client();
        new FlvStream(feed, List.of("e2"), Runnable::run).subscribe(client);
        return client;
    }

    private void send(LivePacket... packets) {
        for (LivePacket packet : packets) {
            feed.packet(packet);
        }
    }

    @Test
    void sendsWhatTheFeedHas() {
        send(videoConfiguration(0, 1), audioConfiguration(0, 1), keyFrame(1_000, 1));
        Client client = subscribe();
        client.subscription.request(Long.MAX_VALUE);
        send(LivePackets.video(1_040, 0x27, 2, 50_000), sound(1_041, 3));
        feed.end();
        assertEquals(List.of("V1@1000", "A1@1000", "K1@1000", "f2@1040", "s3@1041"), client.read);
        assertTrue(client.complete);
    }

    @Test
    void saysThatItGoesOnUntilThereIsAPicture() {
        send(videoConfiguration(0, 1), audioConfiguration(0, 1), frame(1_000, 1));
        Client client = subscribe();
        client.subscription.request(Long.MAX_VALUE);
        send(frame(1_040, 2), sound(1_041, 3), keyFrame(1_080, 4));
        assertEquals(List.of("V1@1000", "A1@1000", "-@1040", "s3@1041", "K4@1080"), client.read);
    }

    @Test
    void sendsNoMoreThanIsWanted() {
        send(keyFrame(0, 1), frame(40, 2));
        Client client = subscribe();
        assertEquals(0, client.buffers);
        client.subscription.request(2);
        assertEquals(2, client.buffers);
        client.subscription.request(1);
        assertEquals(List.of("K1@0", "f2@40"), client.read);
        feed.end();
        assertTrue(client.complete);
    }

    @Test
    void sendsNothingOfAStreamWithoutPackets() {
        Client client = subscribe();
        client.subscription.request(10);
        feed.end();
        assertEquals(0, client.buffers);
        assertTrue(client.complete);
    }

    @Test
    void clientThatGoesAwayLeavesTheFeed() {
        Client client = subscribe();
        client.subscription.request(10);
        assertEquals(1, feed.subscribers());
        client.subscription.cancel();
        assertEquals(0, feed.subscribers());
        send(keyFrame(0, 1));
        assertEquals(0, client.buffers);
    }

    @Test
    void packetsComeInOrderFromWhateverThreads() {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        Client client = new Client();
        new FlvStream(feed, List.of(), executor).subscribe(client);
        client.subscription.request(Long.MAX_VALUE);
        int packets = 20_000;
        for (int i = 0; i < packets; i++) {
            feed.packet(i % 50 == 0 ? keyFrame(i, i) : frame(i, i));
        }
        feed.end();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!client.isComplete()) {
            assertTrue(System.nanoTime() < deadline, client.count() + " of " + packets + " within 20 s");
            LockSupport.parkNanos(1_000_000);
        }
        executor.shutdown();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < packets; i++) {
            expected.add((i % 50 == 0 ? "K" : "f") + i + "@" + i);
        }
        assertEquals(expected, client.read);
    }
}
