package org.red5.dvr.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells an operator who was refused: once a minute for each reason and address, and for so many at most. */
public final class RefusalLog {
    private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);
    private static final long MINUTE_MILLIS = 60_000;
    private static final int MOST_IN_A_MINUTE = 100;

    private record Refusal(String sentence, String client) {}

    private final Clock clock;
    /** Who was told of in this minute. */
    @GuardedBy("this")
    private final Set<Refusal> told = new HashSet<>();
    /** When this minute began. */
    @GuardedBy("this")
    private long sinceMillis;

    public RefusalLog(Clock clock) {
        this.clock = clock;
        this.sinceMillis = clock.millis();
    }

    /**
     * @param sentence what was refused and why
     */
    public void refused(String sentence, String client) {
        if (isNews(new Refusal(sentence, client))) {
            log.warn("{}: {}", client, sentence);
        }
    }

    private synchronized boolean isNews(Refusal refusal) {
        long now = clock.millis();
        if (now - sinceMillis >= MINUTE_MILLIS) {
            told.clear();
            sinceMillis = now;
        }
        return told.size() < MOST_IN_A_MINUTE && told.add(refusal);
    }
}
