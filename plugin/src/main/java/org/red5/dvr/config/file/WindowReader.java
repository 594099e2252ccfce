package org.red5.dvr.config.file;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Mistakes;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Token;
import org.red5.dvr.timeline.SegmentGrid;

/** Reads windows of live playlists, and checks them against the grid once the whole file is read. */
final class WindowReader {
    private static final Duration SHORTEST = Duration.ofSeconds(3);
    private static final Duration LONGEST = Duration.ofDays(7);
    /** A player that starts three segments behind the end needs that many. */
    private static final int FEWEST_SEGMENTS = 3;

    private final List<Read> all = new ArrayList<>();

    private record Read(Duration window, Token word) {}

    Duration read(Arguments words) throws Rejected {
        Token word = words.next("a time such as 5m");
        Duration window = Limits.age(word, SHORTEST, LONGEST);
        words.end();
        all.add(new Read(window, word));
        return window;
    }

    void check(SegmentGrid grid, Mistakes mistakes) {
        Duration shortest = Duration.ofMillis((long) FEWEST_SEGMENTS * grid.periodMillis());
        for (Read read : all) {
            if (read.window().compareTo(shortest) < 0) {
                mistakes.add(
                        read.word().start(),
                        "expected a window of three segments (" + Limits.show(shortest) + ") or more, found "
                                + read.word());
            }
        }
    }
}
