package org.red5.dvr.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What one stream's encoders do, made up by chance: which tracks, how often pictures and key frames come, where stamps
 * start, whether key frames are flagged and headers sent, pauses, stray stamps and jumps, changes of configuration,
 * reconnects. It remembers what was sent and when.
 */
final class IngestHistory {
    /**
     * An access unit that was sent.
     *
     * @param micros when, as an observer in the studio would say
     * @param decodable whether a decoder that got all before it can show it
     */
    record Sent(boolean video, int number, long micros, boolean decodable) {}

    private static final int[] FRAME_MILLIS = {40, 40, 40, 66, 100, 200, 500};
    private static final int[] GOP_MILLIS = {500, 1_000, 2_000, 2_000, 4_000, 5_000, 12_000};
    /** Without sound pictures may come as slowly as this. */
    private static final int[] SLOW_MILLIS = {5_000, 8_000, 10_000, 30_000};

    private static final int SAMPLES = 1_024;

    /** What an encoder says of its pictures. */
    private enum Flags {
        RIGHT,
        ALWAYS_KEY,
        NEVER_KEY
    }

    final List<Sent> sent = new ArrayList<>();
    private final StringBuilder story = new StringBuilder();
    private final Random random;
    private final long startMicros;
    private Consumer<Packet> encoder = packet -> {};
    private int nowMillis;
    private int stampOffset;
    private int audioStampOffset;
    private boolean keyDue;
    private boolean keySeen;
    private boolean sendsVideo;
    private boolean sendsAudio;
    private Flags flags = Flags.RIGHT;
    /** Whether parameter sets are in the key frames only, and whether the sound's configuration is in each of its packets. */
    private boolean setsInBand;

    private boolean isAdts;
    private byte[] videoConfig = Bodies.VIDEO_CONFIG;
    private double samplesPerMilli = 48;
    private int strayMillis;
    private int videoPausedUntil;
    private int audioPausedUntil;

    IngestHistory(long seed, long startMicros) {
        this.random = new Random(seed);
        this.startMicros = startMicros + random.nextInt(4_000) * 1_000L;
    }

    /**
     * Publishes one to four times.
     *
     * @param publish begins a publish, and takes its packets
     * @param end ends it
     */
    void run(Supplier<Consumer<Packet>> publish, Runnable end) {
        int publishes = 1 + random.nextInt(4);
        for (int i = 0; i < publishes; i++) {
            encoder = publish.get();
            publish();
            end.run();
            nowMillis += random.nextBoolean() ? random.nextInt(300) : random.nextInt(9_000);
        }
    }

    private void publish() {
        stampOffset = random.nextBoolean() ? 0 : random.nextInt();
        audioStampOffset = random.nextInt(4) == 0 ? (random.nextInt(3) - 1) * (5_000 + random.nextInt(4_000_000)) : 0;
        int tracks = random.nextInt(6);
        sendsVideo = tracks != 0;
        sendsAudio = tracks != 1;
        keyDue = random.nextInt(8) != 0;
        keySeen = false;
        flags = random.nextInt(3) == 0 ? Flags.values()[random.nextInt(3)] : Flags.RIGHT;
        setsInBand = random.nextInt(5) == 0;
        isAdts = random.nextInt(5) == 0;
        videoConfig = Bodies.VIDEO_CONFIG;
        samplesPerMilli = 48;
        boolean isSlow = !sendsAudio && random.nextBoolean();
        int frameMillis = isSlow
                ? SLOW_MILLIS[random.nextInt(SLOW_MILLIS.length)]
                : FRAME_MILLIS[random.nextInt(FRAME_MILLIS.length)];
        int gopMillis = isSlow ? frameMillis : GOP_MILLIS[random.nextInt(GOP_MILLIS.length)];
        int began = nowMillis;
        int until = nowMillis + 500 + random.nextInt(random.nextInt(3) == 0 ? 3_000 : 25_000) + (isSlow ? 90_000 : 0);
        story.append(String.format(
                "%n%d: publish until %d, video %s, audio %s, frames of %d ms, GOP %d ms, audio stamped %d ms off,"
                        + " flags %s, sets in band %s, ADTS %s",
                nowMillis,
                until,
                sendsVideo,
                sendsAudio,
                frameMillis,
                gopMillis,
                audioStampOffset,
                flags,
                setsInBand,
                isAdts));
        if (sendsVideo && !setsInBand) {
            send(true, videoConfig);
        }
        if (sendsAudio && !isAdts) {
            send(false, Bodies.AUDIO_CONFIG);
        }
        int nextEvent = isSlow ? until : nowMillis + 1_500 + random.nextInt(8_000);
        double nextSound = 0;
        while (nowMillis < until) {
            int since = nowMillis - began;
            keyDue |= since % gopMillis == 0 && since > 0;
            if (sendsVideo && since % frameMillis == 0 && nowMillis >= videoPausedUntil) {
                picture();
            }
            while (sendsAudio && nextSound <= since) {
                if (nowMillis >= audioPausedUntil) {
                    sound();
                }
                nextSound += SAMPLES / samplesPerMilli;
            }
            if (nowMillis >= nextEvent) {
                event();
                nextEvent = nowMillis + 6_000 + random.nextInt(8_000);
            }
            nowMillis++;
        }
    }

    private void event() {
        int pause = 500 + random.nextInt(random.nextBoolean() ? 3_000 : 15_000);
        switch (random.nextInt(7)) {
            case 0 -> {
                // While nothing comes, nobody can tell a jump from a pause of another length.
                boolean isHeard =
                        sendsVideo && nowMillis >= videoPausedUntil || sendsAudio && nowMillis >= audioPausedUntil;
                int jump = (isHeard ? 1 : 0)
                        * (random.nextBoolean() ? 1 : -1)
                        * (1_200 + random.nextInt(random.nextBoolean() ? 8_000 : 9_000_000));
                stampOffset += jump;
                story.append(String.format("%n%d: stamps jump by %d ms", nowMillis, jump));
            }
            case 1 -> {
                strayMillis = (random.nextBoolean() ? 1 : -1) * (1_200 + random.nextInt(9_000_000));
                story.append(String.format("%n%d: a stamp strays by %d ms", nowMillis, strayMillis));
            }
            case 2 -> {
                videoPausedUntil = nowMillis + pause;
                story.append(String.format("%n%d: pictures pause for %d ms", nowMillis, pause));
            }
            case 3 -> {
                audioPausedUntil = nowMillis + pause;
                story.append(String.format("%n%d: sound pauses for %d ms", nowMillis, pause));
            }
            case 4 -> {
                if (sendsVideo) {
                    videoConfig = random.nextBoolean() ? Bodies.VIDEO_CONFIG : Bodies.OTHER_VIDEO_CONFIG;
                    if (!setsInBand) {
                        send(true, videoConfig);
                    }
                    keyDue = true;
                    story.append(String.format("%n%d: video configuration", nowMillis));
                }
            }
            case 5 -> {
                if (sendsAudio && !isAdts) {
                    boolean isOther = samplesPerMilli == 48;
                    samplesPerMilli = isOther ? 44.1 : 48;
                    send(false, isOther ? Bodies.OTHER_AUDIO_CONFIG : Bodies.AUDIO_CONFIG);
                    story.append(String.format("%n%d: sound of %.1f kHz", nowMillis, samplesPerMilli));
                }
            }
            default -> {
                videoPausedUntil = nowMillis + pause;
                audioPausedUntil = nowMillis + pause;
                story.append(String.format("%n%d: both tracks pause for %d ms", nowMillis, pause));
            }
        }
    }

    private void picture() {
        keySeen |= keyDue;
        int number = sent.size();
        sent.add(new Sent(true, number, startMicros + nowMillis * 1_000L, keySeen));
        byte[] body = Bodies.video(number, keyDue, 0, 20);
        if (keyDue && setsInBand) {
            body = Bodies.withParameterSets(videoConfig, body);
        }
        send(true, flags == Flags.RIGHT ? body : Bodies.flagged(flags == Flags.ALWAYS_KEY, body));
        keyDue = false;
    }

    private void sound() {
        int number = sent.size();
        sent.add(new Sent(false, number, startMicros + nowMillis * 1_000L, true));
        send(false, isAdts ? Bodies.adts(number) : Bodies.audio(number));
    }

    private void send(boolean video, byte[] body) {
        int timestamp = stampOffset + nowMillis + strayMillis + (video ? 0 : audioStampOffset);
        strayMillis = 0;
        long arrival = startMicros + nowMillis * 1_000L + random.nextInt(20_000);
        encoder.accept(new Packet(video, timestamp, arrival, body));
    }

    @Override
    public String toString() {
        return story.toString();
    }
}
