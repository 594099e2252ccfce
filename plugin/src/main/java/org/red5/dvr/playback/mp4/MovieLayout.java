package org.red5.dvr.playback.mp4;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.bytes.MediaBytes;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.media.fmp4.MovieHeader;
import org.red5.dvr.media.fmp4.MovieHeader.Section;
import org.red5.dvr.media.fmp4.MovieHeader.Table;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;

/**
 * A plain MP4 by the places of its bytes: {@code ftyp}, {@code moov} and {@code mdat}. In {@code mdat} segments stand as they are recorded, the
 * {@code moof} of their fragments too, which no sample table names. What it keeps grows with the number of segments, not of samples.
 */
final class MovieLayout implements MediaBytes.OnDemand.Pieces {
    private final List<TrackLayout> tracks;
    private final SegmentRun media;
    private final List<Section> sections;
    /** Where each section's bytes begin, and its table behind these; last where the media begins. */
    private final long[] offsets;

    /**
     * @throws PlaybackException when the sample tables would be longer than a file can say
     */
    MovieLayout(MovieBuilder.Movie movie, Configurations configurations, SegmentRun media) throws PlaybackException {
        this.tracks = movie.tracks();
        this.media = media;
        List<MovieHeader.Track> headers = tracks.stream()
                .map(track -> new MovieHeader.Track(
                        track.kind(),
                        configurations.timescale(track.kind()),
                        track.isVideo() ? configurations.video() : List.of(),
                        track.isVideo() ? List.of() : configurations.audio(),
                        track.durationTicks(),
                        track.edits(),
                        track.hasNegativeOffsets(),
                        track))
                .toList();
        this.sections = MovieHeader.of(headers, movie.startMicros(), media.lengthBytes())
                .orElseThrow(() -> new PlaybackException(
                        Kind.MIXED, "So many samples are more than one file can list: ask for less, or for .fmp4."));
        this.offsets = new long[2 * sections.size() + 1];
        for (int i = 0; i < sections.size(); i++) {
            Section section = sections.get(i);
            offsets[2 * i + 1] = offsets[2 * i] + section.bytes().length;
            offsets[2 * i + 2] = offsets[2 * i + 1]
                    + section.table()
                            .map(table -> tracks.get(section.track()).of(table) * table.entryBytes())
                            .orElse(0L);
        }
    }

    MediaBytes bytes() {
        return new MediaBytes.OnDemand(this, 0, mediaOffsetBytes() + media.lengthBytes());
    }

    private long mediaOffsetBytes() {
        return offsets[offsets.length - 1];
    }

    @Override
    public CompletableFuture<MediaBytes> from(long offsetBytes) {
        if (offsetBytes >= mediaOffsetBytes()) {
            return media.from(offsetBytes - mediaOffsetBytes());
        }
        int place = placeOf(offsetBytes);
        Section section = sections.get(place / 2);
        long within = offsetBytes - offsets[place];
        Optional<Table> table = section.table();
        if (place % 2 == 0 || table.isEmpty()) {
            return CompletableFuture.completedFuture(
                    new InMemory(Arrays.copyOfRange(section.bytes(), (int) within, section.bytes().length)));
        }
        return tracks.get(section.track())
                .part(
                        table.get(),
                        within,
                        (kind, segment) -> mediaOffsetBytes() + media.offsetBytes(kind, segment),
                        media::samples)
                .thenApply(InMemory::new);
    }

    /** The last place that begins there or before; of places without bytes the last. */
    private int placeOf(long offsetBytes) {
        int place = 0;
        while (offsets[place + 1] <= offsetBytes) {
            place++;
        }
        return place;
    }
}
