package org.red5.dvr.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.red5.dvr.archive.InitSegments;
import org.red5.dvr.archive.TestTake;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexParser;
import org.red5.dvr.archive.index.TestIndex;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.media.fmp4.InitSegment;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.NodeChanges;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.FollowRequest;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.IndexReply;
import org.red5.dvr.store.InitReply;
import org.red5.dvr.store.SegmentReply;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.store.TakeStore;
import org.red5.dvr.time.Hours;
import org.red5.dvr.time.Timing;
import org.red5.dvr.timeline.Holdings;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.Crc32c;

/** What a server of a test holds, in memory: simple enough to be right. */
public final class MemoryArchive implements SegmentSource {
    public static final InitSegment INIT = TestTake.init(TestTake.Tracks.BOTH);

    private final String node;
    private final SegmentGrid grid;
    private final Timing time;
    private int gridMillis; // guarded by this
    /** Segments that have another's bytes. Guarded by this. */
    private final Map<Segment, Segment> likeness = new HashMap<>();

    private final Map<StreamKey, Recording> recordings = new TreeMap<>();
    private final List<Runnable> followers = new CopyOnWriteArrayList<>();
    private final Set<TakeId> unreadable = new HashSet<>();
    private final Set<Long> untold = new HashSet<>();
    private Duration clockAhead = Duration.ZERO;

    private static final class Recording {
        private final Map<TakeId, List<Segment>> takes = new TreeMap<>();
        private final Map<TakeId, TakeEnd> ends = new TreeMap<>();
        private boolean live;
    }

    public MemoryArchive(String node, SegmentGrid grid, Timing time) {
        this.node = node;
        this.grid = grid;
        this.time = time;
        this.gridMillis = grid.periodMillis();
    }

    /** From now on the indexes of a take cannot be read. */
    public synchronized void unreadable(TakeId take) {
        unreadable.add(take);
    }

    /** Those that follow are not told of segments of a number; lists and indexes have them all the same. */
    public synchronized void untold(long number) {
        untold.add(number);
    }

    /** From now on its clock is that far ahead of the others'. */
    public synchronized void clockAhead(Duration ahead) {
        clockAhead = ahead;
    }

    /** From now on it says that its grid has another period. */
    public synchronized void gridMillis(int millis) {
        gridMillis = millis;
    }

    /** Adds segments to a take; its ordinal is its place among the takes of the stream. */
    public synchronized void add(StreamKey stream, List<Segment> segments) {
        Recording recording = recordings.computeIfAbsent(stream, key -> new Recording());
        segments.forEach(segment -> recording
                .takes
                .computeIfAbsent(segment.take(), key -> new ArrayList<>())
                .add(segment));
        tell();
    }

    public synchronized void end(StreamKey stream, TakeEnd end) {
        recordings.computeIfAbsent(stream, key -> new Recording()).ends.put(end.take(), end);
        tell();
    }

    public synchronized void live(StreamKey stream, boolean live) {
        recordings.computeIfAbsent(stream, key -> new Recording()).live = live;
        tell();
    }

    private void tell() {
        List<Runnable> told = List.copyOf(followers);
        followers.clear();
        told.forEach(Runnable::run);
    }

    /** Segments of a take that follow on each other, each exactly one cell. */
    public static List<Segment> run(TakeId take, long firstNumber, int count) {
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long start = SegmentGrid.DEFAULT.startUtcMicros(firstNumber + i);
            segments.add(new Segment(take, firstNumber + i, start, 4_000_000, 300, 100, true));
        }
        return segments;
    }

    /** The bytes of a segment, the same at every server that has it. */
    public static byte[] bytes(Segment segment) {
        byte[] bytes = new byte[segment.bytes()];
        new Random(segment.number() * 31 + segment.take().hashCode()).nextBytes(bytes);
        return bytes;
    }

    private byte[] bytesOf(Segment segment) {
        return bytes(likeness.getOrDefault(segment, segment));
    }

    /** From now on a segment has the bytes of another take's. */
    public synchronized void alike(Segment segment, Segment other) {
        likeness.put(segment, other);
    }

    private Optional<Recording> recording(StreamKey stream) {
        return Optional.ofNullable(recordings.get(stream));
    }

    private static List<Segment> all(Recording recording) {
        return recording.takes.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingLong(Segment::number).thenComparing(Segment::take))
                .toList();
    }

    private static Optional<UtcRange> span(Recording recording) {
        List<Segment> all = all(recording);
        return all.isEmpty()
                ? Optional.empty()
                : Optional.of(new UtcRange(
                        all.get(0).startUtcMicros(), all.get(all.size() - 1).endUtcMicros()));
    }

    @Override
    public synchronized List<StreamKey> streams() {
        return List.copyOf(recordings.keySet());
    }

    @Override
    public synchronized Optional<Holdings> find(StreamKey stream, UtcRange window) {
        return recording(stream)
                .map(recording -> new Holdings(
                        all(recording).stream()
                                .filter(segment -> window.intersects(segment.startUtcMicros(), segment.endUtcMicros()))
                                .toList(),
                        recording.ends.values().stream()
                                .filter(end -> end.utcMicros() <= window.toMicros())
                                .sorted(Comparator.comparingLong(TakeEnd::utcMicros))
                                .toList(),
                        recording.live,
                        span(recording)));
    }

    @Override
    public synchronized Optional<Take> take(StreamKey stream, TakeId take) {
        return recording(stream)
                .filter(recording -> recording.takes.containsKey(take))
                .map(recording -> InitSegments.take(take, ordinal(recording, take), INIT));
    }

    private static int ordinal(Recording recording, TakeId take) {
        return List.copyOf(recording.takes.keySet()).indexOf(take);
    }

    @Override
    public synchronized Optional<MediaBytes> initSegment(StreamKey stream, TakeId take, Part part) {
        return recording(stream)
                .filter(recording -> recording.takes.containsKey(take))
                .flatMap(recording -> InitSegments.only(INIT, part))
                .map(init -> new InMemory(init.toBytes()));
    }

    @Override
    public synchronized Optional<MediaBytes> segment(StreamKey stream, TakeId take, long number, Part part) {
        return segment(stream, take, number).map(segment -> {
            byte[] all = bytesOf(segment);
            return new InMemory(
                    switch (part) {
                        case MUXED -> all;
                        case VIDEO -> Arrays.copyOf(all, segment.videoBytes());
                        case AUDIO -> Arrays.copyOfRange(all, segment.videoBytes(), all.length);
                    });
        });
    }

    private Optional<Segment> segment(StreamKey stream, TakeId take, long number) {
        return recording(stream).stream()
                .flatMap(recording -> recording.takes.getOrDefault(take, List.of()).stream())
                .filter(segment -> segment.number() == number)
                .findFirst();
    }

    /** The same as the port has it. */
    public TakeStore takes() {
        return new TakeStore() {
            @Override
            public CompletableFuture<List<StreamListing>> streams() {
                return listed();
            }

            @Override
            public CompletableFuture<Optional<HourListing>> hours(StreamKey stream, long fromHour, long toHour) {
                return hoursOf(stream, fromHour, toHour);
            }

            @Override
            public CompletableFuture<Optional<IndexReply>> closedIndex(
                    StreamKey stream, long hour, TakeId take, String digest) {
                return closed(stream, hour, take, digest);
            }

            @Override
            public CompletableFuture<Optional<IndexReply>> openIndex(
                    StreamKey stream, long hour, TakeId take, int fromPosition) {
                return open(stream, hour, take, fromPosition);
            }

            @Override
            public CompletableFuture<Optional<InitReply>> initSegment(StreamKey stream, TakeId take) {
                return initOf(stream, take);
            }

            @Override
            public CompletableFuture<Optional<SegmentReply>> segment(StreamKey stream, TakeId take, long number) {
                return checked(stream, take, number);
            }

            @Override
            public CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
                return MemoryArchive.this.follow(request, atMost);
            }
        };
    }

    private synchronized CompletableFuture<List<StreamListing>> listed() {
        return done(recordings.entrySet().stream()
                .map(each -> new StreamListing(each.getKey(), each.getValue().live, span(each.getValue())))
                .toList());
    }

    private synchronized CompletableFuture<Optional<HourListing>> hoursOf(
            StreamKey stream, long fromHour, long toHour) {
        return done(recording(stream).map(recording -> {
            List<HourListing.Hour> hours = new ArrayList<>();
            for (long hour = fromHour; hour <= toHour; hour++) {
                for (TakeId take : recording.takes.keySet()) {
                    List<Segment> segments = in(recording, hour, take);
                    if (!segments.isEmpty()) {
                        boolean closed = hour <= Hours.lastSettled(time.micros());
                        Optional<String> digest = closed
                                ? Optional.of(
                                        index(recording, hour, take, false).markedDigest())
                                : Optional.empty();
                        hours.add(new HourListing.Hour(hour, take, node, segments.size(), closed, digest));
                    }
                }
            }
            return new HourListing(recording.live, span(recording), hours, List.of(), List.of(), Skipped.NONE);
        }));
    }

    private List<Segment> in(Recording recording, long hour, TakeId take) {
        return recording.takes.getOrDefault(take, List.of()).stream()
                .filter(segment -> grid.hourOf(segment.number()) == hour)
                .toList();
    }

    private HourIndex index(Recording recording, long hour, TakeId take, boolean isOpen) {
        List<Segment> segments = in(recording, hour, take);
        List<Segment> all = recording.takes.getOrDefault(take, List.of());
        boolean goesOn = all.get(all.size() - 1).number()
                != segments.get(segments.size() - 1).number();
        byte[] bytes = TestIndex.bytes(
                grid,
                ordinal(recording, take),
                segments,
                segment -> Crc32c.of(bytesOf(segment)),
                goesOn,
                goesOn ? Optional.empty() : Optional.ofNullable(recording.ends.get(take)));
        try {
            return IndexParser.parse(hour, take, isOpen, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private synchronized CompletableFuture<Optional<IndexReply>> closed(
            StreamKey stream, long hour, TakeId take, String digest) {
        if (unreadable.contains(take)) {
            return CompletableFuture.failedFuture(new IOException("a disk that cannot be read"));
        }
        return done(recording(stream)
                .filter(recording -> !in(recording, hour, take).isEmpty())
                .map(recording -> new IndexReply(index(recording, hour, take, false), node))
                .filter(reply -> reply.index().markedDigest().equals(digest)));
    }

    private synchronized CompletableFuture<Optional<IndexReply>> open(
            StreamKey stream, long hour, TakeId take, int fromPosition) {
        if (unreadable.contains(take)) {
            return CompletableFuture.failedFuture(new IOException("a disk that cannot be read"));
        }
        return done(recording(stream)
                .filter(recording -> !in(recording, hour, take).isEmpty())
                .map(recording ->
                        new IndexReply(index(recording, hour, take, true).from(fromPosition), node)));
    }

    private CompletableFuture<Optional<InitReply>> initOf(StreamKey stream, TakeId take) {
        return done(initSegment(stream, take, Part.MUXED).map(bytes -> new InitReply(bytes, node)));
    }

    private synchronized CompletableFuture<Optional<SegmentReply>> checked(StreamKey stream, TakeId take, long number) {
        return done(segment(stream, take, number).map(segment -> {
            byte[] bytes = bytesOf(segment);
            return new SegmentReply(new InMemory(bytes), node, Crc32c.of(bytes));
        }));
    }

    private CompletableFuture<Optional<FollowReply>> follow(FollowRequest request, Duration atMost) {
        CompletableFuture<Optional<FollowReply>> answer = new CompletableFuture<>();
        look(request, answer);
        if (!answer.isDone()) {
            FollowReply nothing = new FollowReply(request.live(), List.of(), List.of());
            Runnable noWait = time.timer().after(atMost, () -> answer.complete(Optional.of(nothing)));
            answer.whenComplete((reply, failure) -> noWait.run());
        }
        return answer;
    }

    private synchronized void look(FollowRequest request, CompletableFuture<Optional<FollowReply>> answer) {
        Optional<Recording> recording = recording(request.stream());
        if (recording.isEmpty()) {
            answer.complete(Optional.empty());
            return;
        }
        List<FollowReply.New> news = new ArrayList<>();
        for (Segment segment : all(recording.get())) {
            if (segment.number() > request.afterNumber() && !untold.contains(segment.number())) {
                byte[] bytes = bytesOf(segment);
                Optional<byte[]> media = request.media() ? Optional.of(bytes) : Optional.empty();
                int ordinal = ordinal(recording.get(), segment.take());
                news.add(new FollowReply.New(segment, node, ordinal, Crc32c.of(bytes), media));
            }
        }
        List<TakeEnd> ends = recording.get().ends.values().stream()
                .filter(end -> end.utcMicros() >= grid.startUtcMicros(request.afterNumber()))
                .toList();
        FollowReply reply = new FollowReply(recording.get().live, news, ends);
        if (reply.isNewTo(request)) {
            answer.complete(Optional.of(reply));
        } else if (!answer.isDone()) {
            followers.add(() -> look(request, answer));
        }
    }

    /** The heartbeat of the server alone. */
    public synchronized PeerStatus status(InstanceId instance, long startedMillis, long changedMillis) {
        List<PeerStatus.Stream> streams = recordings.entrySet().stream()
                .map(each -> new PeerStatus.Stream(each.getKey(), each.getValue().live, List.of(node)))
                .toList();
        return new PeerStatus(
                node,
                instance,
                time.micros() / 1_000 + clockAhead.toMillis(),
                startedMillis,
                gridMillis,
                Map.of(node, new NodeChanges(changedMillis, 0)),
                List.of(),
                Integer.toHexString(streams.hashCode()),
                Optional.of(streams));
    }

    private static <T> CompletableFuture<T> done(T value) {
        return CompletableFuture.completedFuture(value);
    }
}
