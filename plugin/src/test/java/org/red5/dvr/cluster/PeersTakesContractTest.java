package org.red5.dvr.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.cluster.TestNet.Server;
import org.red5.dvr.peer.Question;
import org.red5.dvr.peer.Route;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.store.TakeStoreContract;
import org.red5.dvr.time.TestTime;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/** What the fake archive of tests answers, a peer that is asked for it, and a server that hands it on. */
class PeersTakesContractTest {
    private static final Question QUESTION = new Question(Route.START.from("viewer", Set.of()), Duration.ofSeconds(5));

    abstract static class OfNet extends TakeStoreContract {
        @TempDir
        Path home;

        private final TestTime time = new TestTime(NOW_MICROS);
        TestNet net;
        Server origin;
        Server edge;

        @BeforeEach
        void makeNet() {
            net = new TestNet(home, time.clocks());
            origin = net.server("o");
            edge = net.server("e", "source o:80;");
        }

        @AfterEach
        void close() {
            net.close();
        }

        abstract TakeStore asked();

        @Override
        protected Recorded record(long firstNumber, int count, int more) {
            TakeId take = TakeId.of(GRID.startUtcMicros(firstNumber), "o");
            List<Segment> segments = new ArrayList<>(MemoryArchive.run(take, firstNumber, count));
            origin.archive.add(CAMERA, segments);
            origin.archive.live(CAMERA, true);
            return new Recorded() {
                @Override
                public List<Segment> segments() {
                    return List.copyOf(segments);
                }

                @Override
                public byte[] bytes(int index) {
                    return MemoryArchive.bytes(segments.get(index));
                }

                @Override
                public void grow() {
                    List<Segment> next = MemoryArchive.run(take, firstNumber + segments.size(), 1);
                    segments.addAll(next);
                    origin.archive.add(CAMERA, next);
                }

                @Override
                public void end(GapReason reason) {
                    origin.archive.end(
                            CAMERA,
                            new TakeEnd(take, segments.get(segments.size() - 1).endUtcMicros(), reason));
                    origin.archive.live(CAMERA, false);
                }
            };
        }

        @Override
        protected TakeStore store() {
            net.start();
            time.pass(Duration.ofMillis(1_500));
            return asked();
        }

        @Override
        protected void pass(Duration duration) {
            time.pass(duration);
        }
    }

    @Nested
    class AFake extends OfNet {
        @Override
        TakeStore asked() {
            return origin.archive.takes();
        }
    }

    @Nested
    class APeer extends OfNet {
        @Override
        TakeStore asked() {
            return net.remote(edge, "o", Scope.OWN).to(QUESTION);
        }
    }

    @Nested
    class AServerThatAsksOn extends OfNet {
        @Override
        TakeStore asked() {
            return edge.cluster.chain().to(QUESTION);
        }
    }

    @Nested
    class APeerThatAsksOn extends OfNet {
        @Override
        TakeStore asked() {
            Server viewer = net.server("v", "source e:80 remote_dvr=chain;");
            viewer.cluster.start();
            return net.remote(viewer, "e", Scope.CHAIN).to(QUESTION);
        }
    }
}
