package org.red5.dvr.media.fmp4;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.VideoConfig;

/**
 * The head of a plain MP4 (ISO/IEC 14496-12): {@code ftyp}, {@code moov}, and the first bytes of {@code mdat}; all but the entries of the
 * sample tables, which are large and are put in by who sends them.
 */
public final class MovieHeader {
    /** Of the movie and its edits, in Hz: times of day are known to the microsecond. */
    public static final int TIMESCALE = 1_000_000;

    /** A box has 32 bits for its length. */
    private static final long MOST_BYTES = 0xffffffffL;

    /** Between the Unix epoch and 1904, where MP4 counts from. */
    private static final long EPOCH_SECONDS = 2_082_844_800;

    private final BoxWriter out = new BoxWriter(4_096);
    private final List<Hole> holes = new ArrayList<>();

    /** A sample table: the box of that name, and how long each of its entries is. */
    public enum Table {
        STTS(8),
        CTTS(8),
        STSS(4),
        STSC(12),
        STSZ(4),
        CO64(8);

        private final int entryBytes;

        Table(int entryBytes) {
            this.entryBytes = entryBytes;
        }

        public int entryBytes() {
            return entryBytes;
        }

        private String type() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Says how many entries a track's tables have; below 0 of a table that the track does not have. */
    public interface EntryCounts {
        long of(Table table);
    }

    /**
     * An edit (section 8.6.6).
     *
     * @param durationMicros how long it is shown
     * @param mediaTicks where in the track it begins, by presentation; -1 for nothing at all
     */
    public record Edit(long durationMicros, long mediaTicks) {}

    /**
     * A track.
     *
     * @param timescale in Hz
     * @param video its configurations, of a track of video
     * @param audio its configurations, of a track of audio
     * @param durationTicks of all its samples
     * @param edits in order
     * @param hasNegativeOffsets whether any sample's composition offset is below 0
     */
    public record Track(
            TrackKind kind,
            int timescale,
            List<VideoConfig> video,
            List<AudioConfig> audio,
            long durationTicks,
            List<Edit> edits,
            boolean hasNegativeOffsets,
            EntryCounts entries) {
        private long durationMicros() {
            return edits.stream().mapToLong(Edit::durationMicros).sum();
        }
    }

    /**
     * Some of the head: bytes as they are, and the entries of a table behind them.
     *
     * @param track position of the table's track
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Section(byte[] bytes, Optional<Table> table, int track) {}

    /** Where in the bytes the entries of a table are to be put. */
    private record Hole(int at, Table table, int track) {}

    private MovieHeader() {}

    /**
     * The sections of a head, in order; empty when it would be longer than a box can be.
     *
     * @param startUtcMicros the time of day at which it begins, since the Unix epoch
     * @param mediaBytes what follows behind it
     */
    public static Optional<List<Section>> of(List<Track> tracks, long startUtcMicros, long mediaBytes) {
        return new MovieHeader().write(tracks, startUtcMicros, mediaBytes);
    }

    private Optional<List<Section>> write(List<Track> tracks, long startUtcMicros, long mediaBytes) {
        long created = Math.floorDiv(startUtcMicros, 1_000_000L) + EPOCH_SECONDS;
        int ftyp = out.open("ftyp");
        // Signed composition offsets are of the brand iso4.
        out.ascii("isom").u32(0x200).ascii("isom").ascii("iso4").ascii("mp41").ascii("mp42");
        out.close(ftyp);
        long before = out.lengthBytes();
        int moov = out.open("moov");
        movieHeader(tracks, created);
        for (int i = 0; i < tracks.size(); i++) {
            track(tracks.get(i), i, created);
        }
        out.close(moov);
        if (out.lengthBytes() - before > MOST_BYTES) {
            return Optional.empty();
        }
        boolean isLarge = mediaBytes + 8 > MOST_BYTES;
        out.u32(isLarge ? 1 : mediaBytes + 8).ascii("mdat");
        if (isLarge) {
            out.u64(mediaBytes + 16);
        }
        return Optional.of(sections());
    }

    private List<Section> sections() {
        List<Section> sections = new ArrayList<>();
        int written = 0;
        for (Hole hole : holes) {
            sections.add(new Section(out.toBytes(written, hole.at()), Optional.of(hole.table()), hole.track()));
            written = hole.at();
        }
        sections.add(new Section(out.toBytes(written, out.size()), Optional.empty(), 0));
        return List.copyOf(sections);
    }

    private void movieHeader(List<Track> tracks, long created) {
        int mvhd = out.open("mvhd", 1, 0);
        out.u64(created).u64(created).u32(TIMESCALE);
        out.u64(tracks.stream().mapToLong(Track::durationMicros).max().orElse(0));
        out.u32(0x10000).u16(0x100).zeros(10).unityMatrix().zeros(24);
        out.u32(TrackKind.AUDIO.id() + 1);
        out.close(mvhd);
    }

    private void track(Track track, int position, long created) {
        int trak = out.open("trak");
        int tkhd = out.open("tkhd", 1, 3);
        out.u64(created).u64(created).u32(track.kind().id()).u32(0).u64(track.durationMicros());
        Optional<VideoConfig> shown = track.video().stream().findFirst();
        track.kind()
                .writePlace(
                        out,
                        shown.map(VideoConfig::displayWidth).orElse(0),
                        shown.map(VideoConfig::height).orElse(0));
        out.close(tkhd);
        edits(track);
        int mdia = out.open("mdia");
        int mdhd = out.open("mdhd", 1, 0);
        out.u64(created).u64(created).u32(track.timescale()).u64(track.durationTicks());
        out.u16(TrackKind.UNDETERMINED_LANGUAGE).u16(0);
        out.close(mdhd);
        track.kind().writeHandler(out);
        int minf = out.open("minf");
        track.kind().writeInformation(out);
        int stbl = out.open("stbl");
        int stsd = out.open("stsd", 0, 0);
        out.u32(track.video().size() + track.audio().size());
        track.video().forEach(config -> SampleEntries.video(out, config));
        track.audio().forEach(config -> SampleEntries.audio(out, config));
        out.close(stsd);
        for (Table table : Table.values()) {
            table(track, position, table);
        }
        out.close(stbl);
        out.close(minf);
        out.close(mdia);
        out.close(trak);
    }

    private void edits(Track track) {
        int edts = out.open("edts");
        int elst = out.open("elst", 1, 0);
        out.u32(track.edits().size());
        for (Edit edit : track.edits()) {
            out.u64(edit.durationMicros()).u64(edit.mediaTicks()).u32(0x10000);
        }
        out.close(elst);
        out.close(edts);
    }

    private void table(Track track, int position, Table table) {
        long count = track.entries().of(table);
        if (count < 0) {
            return;
        }
        int box = out.open(table.type(), table == Table.CTTS && track.hasNegativeOffsets() ? 1 : 0, 0);
        if (table == Table.STSZ) {
            out.u32(0);
        }
        out.u32(count);
        holes.add(new Hole(out.size(), table, position));
        out.leaveOut(count * table.entryBytes());
        out.close(box);
    }
}
