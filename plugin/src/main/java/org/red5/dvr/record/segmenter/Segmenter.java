package org.red5.dvr.record.segmenter;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.red5.dvr.archive.SegmentContent;
import org.red5.dvr.media.AudioConfig;
import org.red5.dvr.media.Sample;
import org.red5.dvr.media.Ticks;
import org.red5.dvr.media.VideoConfig;
import org.red5.dvr.timeline.SegmentGrid;

/**
 * Cuts the samples of one take into segments, as {@link CutRule} says. Audio goes with the video it is heard with.
 * Numbers follow each other without a hole: a cell with no sample at all ends the take, but for pictures that come
 * slowly. Used by one thread.
 */
public final class Segmenter {
    /** A track that lags behind the other by more than this is not waited for. */
    private static final long PATIENCE_MICROS = 1_000_000;
    /** As long as the take may get another track, its first segment is that long at least. */
    private static final long HEAD_MICROS = 3_000_000;

    /** A segment whose samples are complete but for audio that may still be on its way. */
    private record Closing(
            long number,
            long startMicros,
            long endMicros,
            boolean independent,
            List<Sample> video,
            long videoEndTicks) {}

    private final SegmentGrid grid;
    private final CutRule rule;
    private final long firstNumber;
    private final Consumer<SegmentContent> output;
    private final ArrayDeque<Closing> closing = new ArrayDeque<>();
    private final PicturePace pace = new PicturePace();
    /** Of the pictures given out. */
    private final PicturePace shownPace = new PicturePace();

    private final Samples video = new Samples(VideoConfig.TIMESCALE);
    private final PictureFill pictures = new PictureFill();
    private Samples audio = new Samples(1);
    private Optional<SoundFill> sounds = Optional.empty();
    private boolean videoLeads;
    private long closingBytes;
    private long audioEndTicks;
    private boolean isHeard;
    private boolean started;
    private boolean isFirst = true;
    private int ordinal;
    private long number;
    private long startMicros;
    private boolean independent;
    /** The latest instant of which a sample was seen. */
    private long newestMicros = Long.MIN_VALUE;
    /** The first key frame that may begin the next segment, in the track that leads; or -1. */
    private int keyAt = -1;

    /**
     * @param firstNumber of the first segment, if it does not start in a later cell
     * @param video configuration of the video track, which leads; without it every audio access unit may start a segment
     * @param output takes the segments, in order of number
     */
    public Segmenter(
            SegmentGrid grid,
            long firstNumber,
            Optional<VideoConfig> video,
            Optional<AudioConfig> audio,
            Consumer<SegmentContent> output) {
        this.grid = grid;
        this.rule = new CutRule(grid);
        this.firstNumber = firstNumber;
        this.output = output;
        video.ifPresent(this::expectVideo);
        audio.ifPresent(this::expectAudio);
    }

    /** Says that there is audio, before the first of it comes: from now on segments are kept open for it. */
    public void expectAudio(AudioConfig config) {
        audio = new Samples(config.sampleRate());
        sounds = Optional.of(new SoundFill(config));
    }

    /** Says that there is video, before the first of it comes and before a segment was cut: it leads from now on. */
    public void expectVideo(VideoConfig config) {
        pictures.configure(config);
        videoLeads = true;
        keyAt = -1;
    }

    /** Whether nothing was cut yet, so that another track may join. */
    public boolean isOpenToTracks() {
        return isFirst;
    }

    /**
     * Adds a video sample.
     *
     * @return false when a whole cell before it has no sample: the take is over, and the sample not added
     */
    public boolean video(Sample sample) {
        long pts = Ticks.toMicros(sample.ptsTicks(), VideoConfig.TIMESCALE);
        boolean isSlow = !isHeard && pace.isSlow(pts);
        if (isOver(pts) && !isSlow) {
            return false;
        }
        pace.add(pts);
        newestMicros = Math.max(newestMicros, pts);
        video.add(sample);
        noteKey(video, video.size() - 1);
        cutWhereDue(pts);
        emitReady();
        return true;
    }

    /**
     * Adds an audio sample.
     *
     * @param endTicks decoding time at which it ends
     * @return false when a whole cell before it has no sample: the take is over, and the sample not added
     */
    public boolean audio(Sample sample, int timescale, long endTicks) {
        long pts = Ticks.toMicros(sample.ptsTicks(), timescale);
        if (isOver(pts)) {
            return false;
        }
        newestMicros = Math.max(newestMicros, pts);
        isHeard = true;
        audio.add(sample);
        audioEndTicks = endTicks;
        if (!videoLeads) {
            noteKey(audio, audio.size() - 1);
        }
        cutWhereDue(videoLeads ? pts - PATIENCE_MICROS : pts);
        emitReady();
        return true;
    }

    /** The memory that samples take which were not given out yet. */
    public long heldBytes() {
        return video.bytes() + audio.bytes() + closingBytes + pictures.heldBytes();
    }

    /** Gives out all that is left; the segmenter is not used again. */
    public void finish() {
        if (video.isEmpty() && audio.isEmpty() && !started) {
            return;
        }
        begin();
        long end = endMicros();
        Optional<CutRule.Cut> cut = rule.atEnd(open(), leader(), keyAt, end);
        while (cut.isPresent()) {
            close(cut.get());
            cut = rule.atEnd(open(), leader(), keyAt, end);
        }
        if (!video.isEmpty() || !audio.isEmpty()) {
            closeLast(end);
        }
        while (!closing.isEmpty()) {
            emit(closing.remove(), closing.isEmpty());
        }
    }

    private Samples leader() {
        return videoLeads ? video : audio;
    }

    private CutRule.Open open() {
        boolean mayGetTrack = isFirst && !(videoLeads && sounds.isPresent());
        long head = Math.min(HEAD_MICROS, grid.periodMicros());
        return new CutRule.Open(number, startMicros, ordinal, mayGetTrack ? head : CutRule.LEAST_MICROS, videoLeads);
    }

    private boolean isOver(long pts) {
        return newestMicros != Long.MIN_VALUE && grid.numberAt(pts) > grid.numberAt(newestMicros) + 1;
    }

    private void noteKey(Samples leader, int index) {
        if (started && keyAt < 0 && leader.isKey(index) && rule.endsAtKey(open(), leader.micros(index))) {
            keyAt = index;
        }
    }

    /**
     * The take starts with its first picture, or, where sound or decoding begins long before that, there: players that put the first
     * decoding time where an entry of a list begins, as hls.js, have nothing to show until the picture comes.
     */
    private void begin() {
        if (started) {
            return;
        }
        started = true;
        long sound = audio.isEmpty() ? Long.MAX_VALUE : audio.micros(0);
        long picture = video.isEmpty() ? Long.MAX_VALUE : video.micros(0);
        long seen = video.isEmpty() || !video.isKey(0)
                ? picture
                : PictureFill.seenFromMicros(Ticks.toMicros(video.get(0).dtsTicks(), VideoConfig.TIMESCALE), picture);
        startMicros = picture - PictureFill.TOLERATED_MICROS <= sound ? seen : Math.min(seen, sound);
        number = Math.max(firstNumber, grid.numberAt(startMicros));
        startMicros = Math.max(startMicros, grid.startUtcMicros(number - SegmentGrid.MOST_AHEAD));
        independent = picture != Long.MAX_VALUE && startMicros >= picture ? video.isKey(0) : !videoLeads;
        scanKeys();
    }

    private void cutWhereDue(long nowMicros) {
        if (!started) {
            boolean hasPicture = videoLeads && !video.isEmpty();
            if (!hasPicture && newestMicros < audio.micros(0) + CutRule.LEAST_MICROS) {
                return;
            }
            begin();
        }
        Optional<CutRule.Cut> cut = rule.due(open(), leader(), keyAt, nowMicros);
        while (cut.isPresent()) {
            close(cut.get());
            cut = rule.due(open(), leader(), keyAt, nowMicros);
        }
    }

    /** Ends the current segment before a sample of the track that leads; what comes from there on belongs to the next. */
    private void close(CutRule.Cut cut) {
        List<Sample> mine = List.of();
        long endTicks = 0;
        if (videoLeads) {
            boolean goesOn =
                    cut.index() < video.size() && video.micros(cut.index()) - cut.micros() <= CutRule.LEAST_MICROS;
            long boundaryTicks = Ticks.ofMicros(cut.micros(), VideoConfig.TIMESCALE);
            mine = video.removeBefore(cut.index());
            long usual = usualEndTicks(mine);
            endTicks = goesOn ? video.get(0).dtsTicks() : Math.max(usual, boundaryTicks);
            if (isFirst && mine.isEmpty() && !video.isEmpty() && video.isKey(0)) {
                pictures.begin(video.get(0));
            }
        }
        add(new Closing(number, startMicros, cut.micros(), independent, mine, endTicks));
        number++;
        startMicros = cut.micros();
        independent = cut.independent();
        isFirst = false;
        ordinal++;
        if (!videoLeads) {
            emitReady();
        }
        scanKeys();
    }

    private void closeLast(long endMicros) {
        long stays = 0;
        List<Sample> mine = video.removeBefore(video.size());
        if (!mine.isEmpty()) {
            // The last picture stays until the last sound is over: players that go by the video alone would put the
            // next take's sound before the end of this one's, and then throw away pictures.
            stays = Ticks.ofMicros(endMicros - shownUntilMicros(mine), VideoConfig.TIMESCALE);
        }
        add(new Closing(number, startMicros, endMicros, independent, mine, usualEndTicks(mine) + Math.max(0, stays)));
    }

    private void add(Closing segment) {
        closing.add(segment);
        closingBytes += bytesOf(segment.video());
    }

    private void scanKeys() {
        keyAt = -1;
        Samples leader = leader();
        for (int i = 0; i < leader.size() && keyAt < 0; i++) {
            noteKey(leader, i);
        }
    }

    /** When the last sample is over. */
    private long endMicros() {
        long end = startMicros + 1;
        if (!video.isEmpty()) {
            end = Math.max(end, shownUntilMicros(video.all()));
        }
        return audio.isEmpty() ? end : Math.max(end, Ticks.toMicros(audioEndTicks, audio.timescale()));
    }

    private void emitReady() {
        while (!closing.isEmpty() && isAudioComplete(closing.element())) {
            emit(closing.remove(), false);
        }
    }

    private boolean isAudioComplete(Closing segment) {
        if (!videoLeads || sounds.isEmpty()) {
            return true;
        }
        long audioNow = audio.isEmpty() ? 0 : audio.micros(audio.size() - 1);
        long videoNow = video.isEmpty() ? 0 : Ticks.toMicros(video.last().dtsTicks(), VideoConfig.TIMESCALE);
        return audioNow >= segment.endMicros() || videoNow >= segment.endMicros() + PATIENCE_MICROS;
    }

    private void emit(Closing segment, boolean isLast) {
        closingBytes -= bytesOf(segment.video());
        long soundNow = audio.isEmpty() ? Long.MIN_VALUE : audio.micros(audio.size() - 1);
        List<Sample> heard = audio.removeBefore(isLast ? audio.size() : audio.firstFrom(segment.endMicros()));
        long heardEnd = audio.isEmpty() ? audioEndTicks : audio.get(0).dtsTicks();
        Optional<SegmentContent.Track> sound = videoLeads && sounds.isPresent()
                ? sounds.get().fill(heard, heardEnd, segment.startMicros(), segment.endMicros(), soundNow, isLast)
                : SegmentContent.Track.of(heard, heardEnd);
        boolean isMissed = heard.isEmpty() || shownPace.isMissed(segment.startMicros());
        List<Sample> seen = pictures.fromStart(segment.video(), segment.startMicros());
        Optional<SegmentContent.Track> picture = seen.isEmpty() && isMissed
                ? pictures.repeated(segment.startMicros(), segment.endMicros())
                : SegmentContent.Track.of(seen, segment.videoEndTicks());
        boolean isFilled = picture.isPresent()
                && (seen.isEmpty() || seen.size() > segment.video().size());
        shown(segment.video());
        if (sound.isEmpty() && picture.isEmpty()) {
            return;
        }
        output.accept(new SegmentContent(
                segment.number(),
                segment.startMicros(),
                segment.endMicros() - segment.startMicros(),
                segment.independent() || isFilled,
                picture,
                sound));
    }

    private void shown(List<Sample> samples) {
        samples.forEach(sample -> shownPace.add(Ticks.toMicros(sample.ptsTicks(), VideoConfig.TIMESCALE)));
        pictures.shown(samples);
    }

    private static long bytesOf(List<Sample> samples) {
        return samples.stream().mapToLong(Samples::bytesOf).sum();
    }

    /** Where the last of some samples ends in decoding time, if it lasts as long as the one before; 0 without one. */
    private static long usualEndTicks(List<Sample> samples) {
        return samples.isEmpty() ? 0 : samples.get(samples.size() - 1).dtsTicks() + usualTicks(samples);
    }

    /** Until when the last picture is shown: by presentation time, which B-frames put behind decoding time. */
    private static long shownUntilMicros(List<Sample> samples) {
        long latest = samples.stream().mapToLong(Sample::ptsTicks).max().orElseThrow();
        return Ticks.toMicros(latest + usualTicks(samples), VideoConfig.TIMESCALE);
    }

    private static long usualTicks(List<Sample> samples) {
        int count = samples.size();
        return count > 1
                ? samples.get(count - 1).dtsTicks() - samples.get(count - 2).dtsTicks()
                : VideoConfig.TIMESCALE / 25;
    }
}
