package org.red5.dvr.testbed;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/**
 * A cluster of two levels: an origin {@code o}, two servers {@code a1} and {@code a2} that have it as source, and for each policy
 * an edge without an archive that has those two as sources. Of the stream {@code live/camera} each of the three holds another
 * minute of the same hour; {@code live/deep}, with a hole, is the origin's alone.
 */
final class TwoLevels implements AutoCloseable {
    static final String CAMERA = "live/camera";
    static final String DEEP = "live/deep";
    /** Segments of the camera that each of the three servers holds. */
    static final int PART = 15;

    /** A first source that was up later than the second proves itself for 30 s before it is used. */
    private static final Duration LIMIT = Duration.ofSeconds(75);

    private static final String RECORDS = "stream * { dvr archive 30d; }\n";
    private static final long HOUR_CELLS = 3_600_000 / ClipArchive.GRID.periodMillis();

    final TestCluster cluster = new TestCluster("two-levels");
    final TestNode o = cluster.add("o").conf(RECORDS);
    final TestNode a1 = cluster.add("a1");
    final TestNode a2 = cluster.add("a2");
    final FaultProxy a1ToO = cluster.linkTo(o);
    final FaultProxy a2ToO = cluster.linkTo(o);
    final Edge none = edge("none");
    final Edge nochain = edge("nochain");
    final Edge chain = edge("chain");
    /** Number of the first recorded segment, ten minutes into an hour that is over. */
    final long first = ClipArchive.GRID.numberAt(System.currentTimeMillis() * 1_000) / HOUR_CELLS * HOUR_CELLS
            - 3 * HOUR_CELLS
            + 150;

    final TakeId takeOfA2;
    final TakeId takeOfO;

    /** An edge, and its ways to its two sources. */
    record Edge(TestNode node, FaultProxy toA1, FaultProxy toA2) {
        DvrClient dvr() {
            return node.dvr();
        }
    }

    /** Records; nothing runs before {@link #start}. */
    TwoLevels() throws IOException {
        a1.conf(RECORDS + "source " + a1ToO.address() + ";\n");
        a2.conf(RECORDS + "source " + a2ToO.address() + ";\n");
        ClipArchive clip = new ClipArchive(new Clips(Ffmpeg.unpacked(CacheFolder.standard()), CacheFolder.standard()));
        StreamKey camera = new StreamKey("live", "camera");
        StreamKey deep = new StreamKey("live", "deep");
        GapReason end = GapReason.NOT_PUBLISHED;
        clip.record(a1.archive(), camera, "a1", first, first + PART, 0, end);
        takeOfA2 = clip.record(a2.archive(), camera, "a2", first + PART, first + 2 * PART, 40_000, end);
        takeOfO = clip.record(o.archive(), camera, "o", first + 2 * PART, first + 3 * PART, 80_000, end);
        clip.record(o.archive(), deep, "o", first, first + 10, 0, GapReason.SERVER_DOWN);
        clip.record(o.archive(), deep, "o", first + 12, first + 20, 0, end);
    }

    private Edge edge(String policy) throws IOException {
        Edge edge = new Edge(cluster.add("edge-" + policy), cluster.linkTo(a1), cluster.linkTo(a2));
        edge.node.conf("source %s remote_dvr=%s;\nsource %s remote_dvr=%s;\n"
                .formatted(edge.toA1.address(), policy, edge.toA2.address(), policy));
        return edge;
    }

    /** Starts all six and waits until the edges answer as their policies say. */
    void start() throws Exception {
        cluster.start();
        Eventually.holds("none", LIMIT, () -> numbersOrNone(none).equals(numbers(0, PART)));
        Eventually.holds("nochain", LIMIT, () -> numbersOrNone(nochain).equals(numbers(0, 2 * PART)));
        Eventually.holds("chain", LIMIT, () -> numbersOrNone(chain).equals(numbers(0, 3 * PART)));
    }

    /** The numbers in an edge's playlist of the three minutes. */
    List<Long> numbers(Edge edge) throws IOException, InterruptedException {
        return edge.dvr().entries(allParts()).stream()
                .map(DvrClient.Entry::number)
                .toList();
    }

    /** As {@link #numbers(Edge)}, empty where there is no playlist. */
    List<Long> numbersOrNone(Edge edge) throws InterruptedException {
        try {
            return numbers(edge);
        } catch (IOException e) {
            return List.of(); // 404 before it knows its sources, 503 while none answers.
        }
    }

    /** So many numbers of the camera's, from the first but so many on. */
    List<Long> numbers(long from, long count) {
        return LongStream.range(first + from, first + from + count).boxed().toList();
    }

    String allParts() {
        return DvrClient.past(CAMERA, first, 3 * PART);
    }

    List<PeerQuestion> questionsToO() {
        List<PeerQuestion> questions = new ArrayList<>(a1ToO.questions());
        questions.addAll(a2ToO.questions());
        return questions;
    }

    @Override
    public void close() throws IOException {
        cluster.close();
    }
}
