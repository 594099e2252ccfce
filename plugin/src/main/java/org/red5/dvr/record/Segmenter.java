package org.red5.dvr.record;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.timeline.SegmentGrid;

/**
 * Cuts the samples of one take into segments on the UTC grid. Segment n starts at the first key frame in cell n; where
 * the cell has none, at its first frame. Audio goes with the video it is heard with. Numbers follow each other without
 * a hole: a cell with no sample at all ends the take. Used by one thread.
 */
final class Segmenter {
    /** A track that lags behind the other by more than this is not waited for. */
    private static final long PATIENCE_MICROS = 1_000_000;

    /** A segment whose samples are complete but for audio that may still be on its way. */
    private record Closing(
            long number,
            long startMicros,
            long endMicros,
            boolean independent,
            List<Sample> video,
            long videoEndTicks) {}

    private final SegmentGrid grid;
    private final boolean videoLeads;
    private final Consumer<SegmentContent> output;
    private final ArrayDeque<Closing> closing = new ArrayDeque<>();
    private List<Sample> video = new ArrayList<>();
    private List<Sample> audio = new ArrayList<>();
    private int audioTimescale = 1;
    private boolean audioExpected;
    /** Bytes of the samples that were not given out yet, and what each costs beside them. */
    private long heldBytes;

    private long audioEndTicks;
    private boolean started;
    private long number;
    /** The latest cell of which a sample was seen; every cell from the take's first one to it has one. */
    private long newestCell;

    private long startMicros;
    private boolean independent;
    /** Where in {@code video} the next cell begins, while it is open whether that cell has a key frame; or -1. */
    private int nextCellAt = -1;

    /**
     * @param videoLeads whether the take has video; without it, every audio access unit may start a segment
     * @param output takes the segments, in order of number
     */
    Segmenter(SegmentGrid grid, boolean videoLeads, Consumer<SegmentContent> output) {
        this.grid = grid;
        this.videoLeads = videoLeads;
        this.output = output;
    }

    /** Says that there is audio, before the first of it comes: from now on segments are kept open for it. */
    void expectAudio() {
        audioExpected = true;
    }

    /**
     * Adds a video sample; the first of a take is a key frame.
     *
     * @return false when a whole cell before it has no sample: the take is over, and the sample not added
     */
    boolean video(Sample sample) {
        long pts = videoMicros(sample.ptsTicks());
        long cell = grid.numberAt(pts);
        if (!started) {
            begin(cell, pts, sample.key());
        } else if (cell > newestCell + 1) {
            return false;
        } else if (cell > number) {
            advanceTo(cell);
            if (sample.key()) {
                cutVideo(video.size(), pts, sample.dtsTicks(), true);
            } else if (nextCellAt < 0) {
                nextCellAt = video.size();
            }
        }
        newestCell = Math.max(newestCell, cell);
        video.add(sample);
        heldBytes += bytesOf(sample);
        emitReady();
        return true;
    }

    /**
     * Adds an audio sample.
     *
     * @param endTicks decoding time at which it ends
     * @return false when a whole cell before it has no sample: the take is over, and the sample not added
     */
    boolean audio(Sample sample, int timescale, long endTicks) {
        audioTimescale = timescale;
        audioExpected = true;
        long pts = Ticks.toMicros(sample.ptsTicks(), timescale);
        long cell = grid.numberAt(pts);
        if (!started) {
            begin(cell, pts, true);
        } else if (cell > newestCell + 1) {
            return false;
        } else if (videoLeads) {
            advanceTo(grid.numberAt(pts - PATIENCE_MICROS));
        } else if (cell > number) {
            cut(List.of(), 0, pts, true);
        }
        newestCell = Math.max(newestCell, cell);
        audio.add(sample);
        heldBytes += bytesOf(sample);
        audioEndTicks = endTicks;
        emitReady();
        return true;
    }

    /** The memory that samples take which were not given out yet. */
    long heldBytes() {
        return heldBytes;
    }

    /** Gives out all that is left; the segmenter is not used again. */
    void finish() {
        if (!started) {
            return;
        }
        advanceTo(newestCell);
        if (nextCellAt >= 0) {
            cutBeforeNextCell();
        }
        if (!video.isEmpty() || !audio.isEmpty()) {
            long videoEnd = video.isEmpty() ? startMicros + 1 : shownUntilMicros();
            long end = Math.max(startMicros + 1, videoEnd);
            end = audio.isEmpty() ? end : Math.max(end, Ticks.toMicros(audioEndTicks, audioTimescale));
            // The last picture stays until the last sound is over: players that go by the video alone would put the
            // next
            // take's sound before the end of this one's, and then throw away pictures.
            long stays = Ticks.ofMicros(end - videoEnd, VideoConfig.TIMESCALE);
            closing.add(new Closing(number, startMicros, end, independent, video, videoEndTicks() + stays));
        }
        while (!closing.isEmpty()) {
            emit(closing.remove(), closing.isEmpty());
        }
    }

    private void begin(long cell, long pts, boolean key) {
        started = true;
        number = cell;
        newestCell = cell;
        startMicros = pts;
        independent = key;
    }

    /** Goes on to the cell before a later one, now that it is known that the cells between have no key frame. */
    private void advanceTo(long cell) {
        while (cell > number + 1) {
            if (nextCellAt >= 0) {
                cutBeforeNextCell();
            } else {
                long boundary = Ticks.toMicros(firstAudioIn(number + 1).ptsTicks(), audioTimescale);
                cutVideo(video.size(), boundary, videoEndTicks(), false);
            }
        }
    }

    private void cutBeforeNextCell() {
        Sample first = video.get(nextCellAt);
        cutVideo(nextCellAt, videoMicros(first.ptsTicks()), first.dtsTicks(), false);
    }

    /** The first audio in a cell that has no video and so, not being empty, has audio. */
    private Sample firstAudioIn(long cell) {
        return audio.stream()
                .filter(sample -> grid.numberAt(Ticks.toMicros(sample.ptsTicks(), audioTimescale)) == cell)
                .findFirst()
                .orElseThrow();
    }

    /** Ends the current segment before a video sample; what comes from there on belongs to the next. */
    private void cutVideo(int index, long boundaryMicros, long endTicks, boolean key) {
        List<Sample> rest = new ArrayList<>(video.subList(index, video.size()));
        List<Sample> mine = video;
        mine.subList(index, mine.size()).clear();
        video = rest;
        cut(mine, endTicks, boundaryMicros, key);
    }

    private void cut(List<Sample> samples, long endTicks, long boundaryMicros, boolean key) {
        closing.add(new Closing(number, startMicros, boundaryMicros, independent, samples, endTicks));
        number++;
        startMicros = boundaryMicros;
        independent = key;
        nextCellAt = -1;
    }

    private void emitReady() {
        while (!closing.isEmpty() && isAudioComplete(closing.element())) {
            emit(closing.remove(), false);
        }
    }

    private boolean isAudioComplete(Closing segment) {
        if (!videoLeads || !audioExpected) {
            return true;
        }
        long videoNow =
                video.isEmpty() ? 0 : videoMicros(video.get(video.size() - 1).dtsTicks());
        long audioNow = audio.isEmpty() ? 0 : lastAudioMicros();
        return audioNow >= segment.endMicros() || videoNow >= segment.endMicros() + PATIENCE_MICROS;
    }

    private long lastAudioMicros() {
        return Ticks.toMicros(audio.get(audio.size() - 1).ptsTicks(), audioTimescale);
    }

    private void emit(Closing segment, boolean last) {
        int count = 0;
        while (count < audio.size()
                && (last || Ticks.toMicros(audio.get(count).ptsTicks(), audioTimescale) < segment.endMicros())) {
            count++;
        }
        long audioEnd = count < audio.size() ? audio.get(count).dtsTicks() : audioEndTicks;
        List<Sample> mine = List.copyOf(audio.subList(0, count));
        audio = new ArrayList<>(audio.subList(count, audio.size()));
        heldBytes -= bytesOf(mine) + bytesOf(segment.video());
        if (segment.video().isEmpty() && mine.isEmpty()) {
            return;
        }
        output.accept(new SegmentContent(
                segment.number(),
                segment.startMicros(),
                segment.endMicros() - segment.startMicros(),
                segment.independent(),
                track(segment.video(), segment.videoEndTicks()),
                track(mine, audioEnd)));
    }

    private static long bytesOf(List<Sample> samples) {
        return samples.stream().mapToLong(Segmenter::bytesOf).sum();
    }

    private static long bytesOf(Sample sample) {
        return (long) sample.length() + PacketQueue.OVERHEAD_BYTES;
    }

    private static Optional<SegmentContent.Track> track(List<Sample> samples, long endTicks) {
        return samples.isEmpty() ? Optional.empty() : Optional.of(new SegmentContent.Track(samples, endTicks));
    }

    /** Where the last video sample ends in decoding time, if it lasts as long as the one before; 0 without one. */
    private long videoEndTicks() {
        return video.isEmpty() ? 0 : video.get(video.size() - 1).dtsTicks() + lastVideoDurationTicks();
    }

    /** Until when the last picture is shown: by presentation time, which B-frames put behind decoding time. */
    private long shownUntilMicros() {
        long latest = video.stream().mapToLong(Sample::ptsTicks).max().orElseThrow();
        return videoMicros(latest + lastVideoDurationTicks());
    }

    private long lastVideoDurationTicks() {
        return video.size() > 1
                ? video.get(video.size() - 1).dtsTicks()
                        - video.get(video.size() - 2).dtsTicks()
                : VideoConfig.TIMESCALE / 25;
    }

    private static long videoMicros(long ticks) {
        return Ticks.toMicros(ticks, VideoConfig.TIMESCALE);
    }
}
