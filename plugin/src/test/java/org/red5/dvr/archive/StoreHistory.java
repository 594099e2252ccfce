package org.red5.dvr.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.red5.dvr.archive.files.ArchiveLayout;
import org.red5.dvr.archive.files.ArchiveOptions;
import org.red5.dvr.archive.files.CrashingDisk;
import org.red5.dvr.archive.files.DiskSync;
import org.red5.dvr.archive.index.HourIndex;
import org.red5.dvr.archive.index.IndexParser;
import org.red5.dvr.time.Hours;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeId;

/** One history of one stream's archive, by a seed, and the model that it is compared with. */
final class StoreHistory {
    static final SegmentGrid GRID = SegmentGrid.DEFAULT;
    /** Of the cell that begins on 2026-11-22 at 14:00 UTC. */
    static final long FULL_HOUR = 448_839_000L;

    private static final int OWN_SEGMENTS = 4;
    private static final int MOST_WRITES_TO_A_CRASH = 14;

    /** An hour of a take that another server recorded. */
    @SuppressWarnings("ArrayRecordComponent")
    record Elsewhere(TakeId take, long hour, byte[] init, byte[] index, byte[] media, Map<Long, byte[]> segments) {
        HourIndex parsed() throws IOException {
            return IndexParser.parse(hour, take, false, index);
        }

        static List<Elsewhere> of(Path root, StreamKey stream, TestTake take) throws IOException {
            Map<Long, Map<Long, byte[]>> hours = new TreeMap<>();
            for (SegmentContent content : take.contents()) {
                hours.computeIfAbsent(hourOf(content.number()), hour -> new TreeMap<>())
                        .put(content.number(), TestTake.muxedBytes(content));
            }
            List<Elsewhere> all = new ArrayList<>();
            for (Map.Entry<Long, Map<Long, byte[]>> hour : hours.entrySet()) {
                Path directory = directory(root, stream, hour.getKey());
                all.add(new Elsewhere(
                        take.id(),
                        hour.getKey(),
                        take.init().toBytes(),
                        Files.readAllBytes(ArchiveLayout.indexFile(directory, take.id())),
                        Files.readAllBytes(ArchiveLayout.mediaFile(directory, take.id())),
                        hour.getValue()));
            }
            return all;
        }

        Path indexBelow(Path root, StreamKey stream) throws IOException {
            return ArchiveLayout.indexFile(directory(root, stream, hour), take);
        }

        Path mediaBelow(Path root, StreamKey stream) throws IOException {
            return ArchiveLayout.mediaFile(directory(root, stream, hour), take);
        }

        Path presenceBelow(Path root, StreamKey stream) throws IOException {
            return ArchiveLayout.presenceFile(directory(root, stream, hour), take);
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    /** A segment wherever it was recorded. */
    private record Key(TakeId take, long number) {}

    private final Path root;
    private final Path directory;
    private final StreamKey stream;
    private final List<Elsewhere> elsewhere;
    private final HourCache cache;
    private final Random random;
    private final DiskSync sync;
    private final CrashingDisk disk = new CrashingDisk();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(16 << 10);
    private final List<String> told = new ArrayList<>();

    /** What was recorded or may come, of every segment that ever was. */
    private final Map<Key, byte[]> bytes = new HashMap<>();
    /** What must be here. */
    private final Set<Key> here = new HashSet<>();
    /** What a crash left in doubt until it is looked at. */
    private final Set<Key> doubtful = new HashSet<>();
    /** Hours whose index must be here, and those of which a crash left it in doubt. */
    private final Set<Elsewhere> indexed = Collections.newSetFromMap(new IdentityHashMap<>());

    private final Set<Elsewhere> doubtfullyIndexed = Collections.newSetFromMap(new IdentityHashMap<>());

    private StreamArchive archive;
    private Optional<TakeWriter> writer = Optional.empty();
    private List<SegmentContent> toAppend = List.of();
    private long nextOwn = FULL_HOUR - 40;
    private int fills;
    private int crashes;

    StoreHistory(Path root, StreamKey stream, List<Elsewhere> elsewhere, HourCache cache, long seed)
            throws IOException {
        this.root = root;
        this.stream = stream;
        this.elsewhere = elsewhere;
        this.cache = cache;
        this.random = new Random(seed * 7_919 + 1);
        this.sync = random.nextInt(4) == 0 ? DiskSync.NONE : DiskSync.SEGMENT;
        this.directory = ArchiveLayout.streamDirectory(root, stream);
        for (Elsewhere each : elsewhere) {
            each.segments().forEach((number, media) -> bytes.put(new Key(each.take(), number), media));
        }
        this.archive = open();
    }

    private static long hourOf(long number) {
        return Hours.at(GRID.startUtcMicros(number));
    }

    private static Path directory(Path root, StreamKey stream, long hour) throws IOException {
        return ArchiveLayout.hourDirectory(ArchiveLayout.streamDirectory(root, stream), hour);
    }

    private StreamArchive open() {
        for (long hour = hourOf(FULL_HOUR) - 1; hour <= hourOf(FULL_HOUR) + 1; hour++) {
            cache.forget(directory, hour);
        }
        return new StreamArchive(directory, GRID, cache, ArchiveOptions.DEFAULT.with(disk), () -> {});
    }

    int fills() {
        return fills;
    }

    int crashes() {
        return crashes;
    }

    /** All that happened, for whoever has to find out why. */
    String told() {
        return sync + ": " + String.join(", ", told);
    }

    void run(int steps) throws IOException {
        for (int i = 0; i < steps; i++) {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> append();
                case 3 -> putIndex(any(elsewhere));
                case 4, 5, 6, 7 -> putAny();
                case 8 -> putWrong();
                case 9 -> delete();
                case 10 -> restart(random.nextBoolean());
                default -> restart(false);
            }
        }
    }

    /** The rest comes from elsewhere, in any order, and what was damaged of this server's own recordings as well. */
    void fillAll() throws IOException {
        restart(false);
        List<Key> missing = new ArrayList<>();
        for (Elsewhere each : elsewhere) {
            archive.putIndex(each.parsed(), each.init(), DiskSync.SEGMENT);
            indexed.add(each);
            each.segments().keySet().forEach(number -> missing.add(new Key(each.take(), number)));
        }
        Collections.shuffle(missing, random);
        for (Key key : missing) {
            archive.put(key.take(), key.number(), bytes.get(key), DiskSync.SEGMENT);
            here.add(key);
        }
        check();
        restart(false);
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** Does something to the archive, which the server may not live through; gives whether it did. */
    private boolean survives(String what, Step step) throws IOException {
        boolean mayCrash = random.nextInt(4) == 0;
        if (mayCrash) {
            disk.crashAfter(random.nextInt(MOST_WRITES_TO_A_CRASH));
        }
        try {
            step.run();
            told.add(what);
        } catch (IOException e) {
            if (!disk.isCrashed()) {
                throw e;
            }
            told.add(what + " and a crash");
        }
        boolean hasCrashed = disk.isCrashed();
        disk.goOn();
        return !hasCrashed;
    }

    private void append() throws IOException {
        if (writer.isEmpty()) {
            begin();
        }
        if (toAppend.isEmpty()) {
            TakeWriter last = writer.orElseThrow();
            writer = Optional.empty();
            if (!survives("end", () -> last.end(GapReason.NOT_PUBLISHED))) {
                crash();
            }
            return;
        }
        SegmentContent content = toAppend.get(0);
        Key key = new Key(writer.orElseThrow().take(), content.number());
        bytes.put(key, TestTake.muxedBytes(content));
        doubtful.add(key);
        if (survives("append " + content.number(), () -> writer.orElseThrow().append(content))) {
            doubtful.remove(key);
            here.add(key);
            toAppend = toAppend.subList(1, toAppend.size());
        } else {
            crash();
        }
    }

    private void begin() throws IOException {
        TestTake take = TestTake.of(GRID, nextOwn, 1_100_000, OWN_SEGMENTS, TestTake.Tracks.BOTH);
        nextOwn += 10;
        toAppend = take.contents();
        int ordinal = archive.history().nextOrdinal();
        writer = Optional.of(
                new TakeWriter(archive, take.id(), GRID, ordinal, take.init().toBytes(), buffer, sync));
    }

    private void putIndex(Elsewhere each) throws IOException {
        doubtfullyIndexed.add(each);
        if (survives(
                "index of " + each.take() + " in " + each.hour(),
                () -> archive.putIndex(each.parsed(), each.init(), sync))) {
            doubtfullyIndexed.remove(each);
            indexed.add(each);
        } else {
            crash();
        }
    }

    private void putAny() throws IOException {
        List<Key> wanted = new ArrayList<>();
        for (Elsewhere each : elsewhere) {
            if (indexed.contains(each)) {
                each.segments().keySet().forEach(number -> wanted.add(new Key(each.take(), number)));
            }
        }
        // What was damaged of this server's own recordings is healed in the same way.
        bytes.keySet().stream()
                .filter(key -> isOwn(key) && !here.contains(key) && isListed(key))
                .forEach(wanted::add);
        if (wanted.isEmpty()) {
            return;
        }
        wanted.sort(Comparator.comparing(Key::take).thenComparing(Key::number));
        Key key = any(wanted);
        doubtful.add(key);
        if (survives("put " + key, () -> archive.put(key.take(), key.number(), bytes.get(key), sync))) {
            doubtful.remove(key);
            here.add(key);
            fills++;
        } else {
            crash();
        }
    }

    private boolean isOwn(Key key) {
        return elsewhere.stream().noneMatch(each -> each.take().equals(key.take()));
    }

    private boolean isListed(Key key) {
        try {
            long hour = hourOf(key.number());
            byte[] init = TestTake.init(TestTake.Tracks.BOTH).toBytes();
            Path media = ArchiveLayout.mediaFile(directory(root, stream, hour), key.take());
            byte[] begins = Files.exists(media) ? Arrays.copyOf(Files.readAllBytes(media), init.length) : new byte[0];
            return Arrays.equals(init, begins)
                    && archive.hours().hour(hour).stream()
                            .anyMatch(index -> index.take().equals(key.take())
                                    && !index.isRecording()
                                    && writer.filter(open -> open.take().equals(key.take()))
                                            .isEmpty()
                                    && index.listedPositionOf(key.number()) >= 0
                                    && !index.isLost(index.listedPositionOf(key.number())));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Bytes that are not those of the index change nothing, and neither do those of a take that is recorded here. */
    private void putWrong() throws IOException {
        Elsewhere each = any(elsewhere);
        long number = any(new ArrayList<>(each.segments().keySet()));
        Key key = new Key(each.take(), number);
        if (indexed.contains(each) && !here.contains(key)) {
            byte[] wrong = bytes.get(key).clone();
            wrong[random.nextInt(wrong.length)] ^= 1;
            assertThrows(IOException.class, () -> archive.put(each.take(), number, wrong, sync));
        }
        if (writer.isPresent() && toAppend.size() < OWN_SEGMENTS) {
            TakeId own = writer.get().take();
            long last = here.stream()
                    .filter(known -> known.take().equals(own))
                    .mapToLong(Key::number)
                    .max()
                    .orElseThrow();
            assertThrows(
                    NotToBeFilledException.class, () -> archive.put(own, last, bytes.get(new Key(own, last)), sync));
        }
        check();
    }

    private void delete() throws IOException {
        long hour = hourOf(FULL_HOUR) - random.nextInt(2);
        if (random.nextInt(3) == 0 && archive.hours().markDeleted(hour)) {
            archive.hours().deleteMarked(hour);
            told.add("delete " + hour);
            here.removeIf(key -> hourOf(key.number()) == hour);
            indexed.removeIf(each -> each.hour() == hour);
            check();
        }
    }

    private void crash() throws IOException {
        crashes++;
        if (random.nextBoolean()) {
            disk.losePower(random);
            told.add("power loss");
            if (sync == DiskSync.NONE) {
                doubtful.addAll(here);
                here.clear();
                toAppend = List.of();
            }
        }
        restart(false);
    }

    /** Another process opens what this one left, on a disk that may have gone bad meanwhile; it may be killed as it does. */
    private void restart(boolean isDamaged) throws IOException {
        if (writer.isPresent()) {
            writer = Optional.empty(); // Killed: the take has no end.
        }
        toAppend = List.of();
        if (isDamaged) {
            damage();
        }
        archive = open();
        if (random.nextInt(4) == 0) {
            disk.crashAfter(random.nextInt(4));
            try {
                recover();
            } catch (IOException e) {
                told.add("crash while it was put right");
            }
            disk.goOn();
            archive = open();
        }
        recover();
        told.add("restart");
        check();
    }

    private void recover() throws IOException {
        archive.recover();
        for (long hour : archive.hours().all()) {
            archive.hours().hour(hour);
        }
    }

    /** A bit of a segment turns over, or one of an index that came from elsewhere. */
    private void damage() throws IOException {
        List<Key> candidates = new ArrayList<>(here);
        if (candidates.isEmpty()) {
            return;
        }
        candidates.sort(Comparator.comparing(Key::take).thenComparing(Key::number));
        Key key = any(candidates);
        Path hour = directory(root, stream, hourOf(key.number()));
        Path media = ArchiveLayout.mediaFile(hour, key.take());
        int at = indexOf(Files.readAllBytes(media), bytes.get(key));
        flip(media, at + random.nextInt(bytes.get(key).length));
        here.remove(key);
        told.add("damage to " + key);
        if (!isOwn(key) && random.nextInt(3) == 0 && Files.exists(ArchiveLayout.presenceFile(hour, key.take()))) {
            flip(ArchiveLayout.indexFile(hour, key.take()), 64 + random.nextInt(96));
            here.removeIf(known -> known.take().equals(key.take()) && hourOf(known.number()) == hourOf(key.number()));
            indexed.removeIf(each -> each.take().equals(key.take()) && each.hour() == hourOf(key.number()));
            told.add("and to its index");
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 4));
            channel.write(one.rewind(), at);
        }
    }

    private static int indexOf(byte[] file, byte[] part) {
        for (int at = 0; at + part.length <= file.length; at++) {
            if (Arrays.equals(file, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        throw new AssertionError("a segment that is here is not in its file");
    }

    /** What is said to be here is here, all that must be here is, and the index is what it was elsewhere. */
    private void check() throws IOException {
        Set<Key> found = new HashSet<>();
        Set<Elsewhere> foundIndexes = Collections.newSetFromMap(new IdentityHashMap<>());
        for (long hour : new TreeSet<>(archive.hours().all())) {
            for (HourIndex index : archive.hours().hour(hour)) {
                read(index, found);
                elsewhere.stream()
                        .filter(each -> each.take().equals(index.take()) && each.hour() == hour)
                        .forEach(each -> {
                            assertArrayEquals(each.index(), index.toBytes(), "an index is the same everywhere");
                            foundIndexes.add(each);
                        });
            }
        }
        assertTrue(found.containsAll(here), () -> "lost: " + without(here, found));
        Set<Key> may = new HashSet<>(here);
        may.addAll(doubtful);
        assertTrue(may.containsAll(found), () -> "from nowhere: " + without(found, may));
        doubtful.clear();
        here.addAll(found);
        assertTrue(foundIndexes.containsAll(indexed), "an index is lost");
        assertTrue(
                foundIndexes.stream().allMatch(each -> indexed.contains(each) || doubtfullyIndexed.contains(each)),
                "an index is from nowhere");
        doubtfullyIndexed.clear();
        indexed.addAll(foundIndexes);
    }

    private void read(HourIndex index, Set<Key> found) throws IOException {
        Path file = archive.hours().mediaFile(index);
        byte[] media = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        for (int i = 0; i < index.count(); i++) {
            if (index.isHere(i)) {
                Key key = new Key(index.take(), index.number(i));
                int from = (int) index.offsetBytes(i);
                assertArrayEquals(
                        bytes.get(key), Arrays.copyOfRange(media, from, from + index.lengthBytes(i)), key.toString());
                found.add(key);
            }
        }
        if (!index.isRecording() && media.length > 0) {
            assertBoxes(media);
        }
    }

    /** A player finds its way through the file, whatever is missing. */
    private static void assertBoxes(byte[] media) {
        ByteBuffer file = ByteBuffer.wrap(media);
        int at = 0;
        while (at + 8 <= media.length && file.getInt(at) >= 8) {
            at += file.getInt(at);
        }
        assertEquals(media.length, at, "boxes from the beginning of the file to its end");
    }

    private static Set<Key> without(Set<Key> some, Set<Key> others) {
        Set<Key> left = new HashSet<>(some);
        left.removeAll(others);
        return left;
    }
}
