package org.red5.dvr.record;

import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.timeline.SegmentGrid;

/**
 * The rule by which a take is cut, with the whole take in view: number by number, the first key frame of the cell, else
 * its first frame, else its first audio. Slow and simple, to compare {@link Segmenter} with, which sees one sample at a
 * time.
 */
final class SegmenterModel {
    /** A sample on its way, in order of arrival. */
    record Arrival(boolean video, Sample sample, long endTicks) {}

    /** Where a segment begins: its first video sample is the one at {@code videoAt} in decoding order. */
    private record Start(long number, long micros, boolean independent, int videoAt) {}

    /** What a segment must be. */
    record Expected(
            long number,
            long startMicros,
            long endMicros,
            boolean independent,
            List<Sample> video,
            List<Sample> audio) {}

    private final SegmentGrid grid;
    private final int audioRate;
    private final List<Sample> video = new ArrayList<>();
    private final List<Sample> audio = new ArrayList<>();
    private final List<Start> starts = new ArrayList<>();
    private int accepted;
    private long newestCell;
    private long audioEndMicros;

    SegmenterModel(SegmentGrid grid, int audioRate, List<Arrival> arrivals) {
        this.grid = grid;
        this.audioRate = audioRate;
        while (accepted < arrivals.size() && accept(arrivals.get(accepted))) {
            accepted++;
        }
        boolean videoLeads = !video.isEmpty();
        long first = videoLeads ? micros(video.get(0)) : audioMicros(audio.get(0));
        starts.add(new Start(grid.numberAt(first), first, true, 0));
        for (long cell = starts.get(0).number() + 1; cell <= newestCell; cell++) {
            if (videoLeads) {
                addVideoStart(cell);
            } else {
                long micros = audioMicros(firstAudioIn(cell));
                starts.add(new Start(cell, micros, true, 0));
            }
        }
    }

    /** How many samples belong to the take: what comes behind a cell without any does not. */
    int accepted() {
        return accepted;
    }

    /** The segments; audio that comes before the video it is heard with was sent goes with it all the same. */
    List<Expected> segments() {
        List<Expected> segments = new ArrayList<>();
        int audioAt = 0;
        for (int i = 0; i < starts.size(); i++) {
            boolean last = i + 1 == starts.size();
            Start start = starts.get(i);
            long end = last ? endMicros() : starts.get(i + 1).micros();
            int videoEnd = last ? video.size() : starts.get(i + 1).videoAt();
            int audioEnd = audioAt;
            while (audioEnd < audio.size() && (last || audioMicros(audio.get(audioEnd)) < end)) {
                audioEnd++;
            }
            segments.add(new Expected(
                    start.number(),
                    start.micros(),
                    end,
                    start.independent(),
                    video.subList(start.videoAt(), videoEnd),
                    audio.subList(audioAt, audioEnd)));
            audioAt = audioEnd;
        }
        return segments;
    }

    List<Sample> video() {
        return video;
    }

    List<Sample> audio() {
        return audio;
    }

    private boolean accept(Arrival arrival) {
        long cell = grid.numberAt(arrival.video() ? micros(arrival.sample()) : audioMicros(arrival.sample()));
        boolean first = video.isEmpty() && audio.isEmpty();
        if (!first && cell > newestCell + 1) {
            return false;
        }
        newestCell = first ? cell : Math.max(newestCell, cell);
        (arrival.video() ? video : audio).add(arrival.sample());
        if (!arrival.video()) {
            audioEndMicros = Ticks.toMicros(arrival.endTicks(), audioRate);
        }
        return true;
    }

    private void addVideoStart(long cell) {
        int from = starts.get(starts.size() - 1).videoAt();
        int frame = -1;
        // A frame decoded after one of a later cell, as B-frames are, cannot start this one any more.
        for (int i = from; i < video.size() && grid.numberAt(micros(video.get(i))) <= cell; i++) {
            if (grid.numberAt(micros(video.get(i))) == cell) {
                frame = frame < 0 ? i : frame;
                if (video.get(i).key()) {
                    starts.add(new Start(cell, micros(video.get(i)), true, i));
                    return;
                }
            }
        }
        if (frame >= 0) {
            starts.add(new Start(cell, micros(video.get(frame)), false, frame));
        } else if (cell < newestCell) {
            long micros = audioMicros(firstAudioIn(cell));
            int videoAt = from;
            while (videoAt < video.size() && grid.numberAt(micros(video.get(videoAt))) < cell) {
                videoAt++;
            }
            starts.add(new Start(cell, micros, false, videoAt));
        }
    }

    private Sample firstAudioIn(long cell) {
        return audio.stream()
                .filter(sample -> grid.numberAt(audioMicros(sample)) == cell)
                .findFirst()
                .orElseThrow();
    }

    private long endMicros() {
        Start last = starts.get(starts.size() - 1);
        List<Sample> mine = video.subList(last.videoAt(), video.size());
        long end = audio.isEmpty() ? Long.MIN_VALUE : audioEndMicros;
        if (!mine.isEmpty()) {
            int count = mine.size();
            long duration = count > 1
                    ? mine.get(count - 1).dtsTicks() - mine.get(count - 2).dtsTicks()
                    : VideoConfig.TIMESCALE / 25;
            long latest = mine.stream().mapToLong(Sample::ptsTicks).max().orElseThrow();
            end = Math.max(end, Ticks.toMicros(latest + duration, VideoConfig.TIMESCALE));
        }
        return end;
    }

    private long audioMicros(Sample sample) {
        return Ticks.toMicros(sample.ptsTicks(), audioRate);
    }

    private static long micros(Sample sample) {
        return Ticks.toMicros(sample.ptsTicks(), VideoConfig.TIMESCALE);
    }
}
