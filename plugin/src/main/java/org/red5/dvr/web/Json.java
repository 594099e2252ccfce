package org.red5.dvr.web;

import java.math.BigDecimal;
import org.red5.dvr.timeline.UtcRange;

/**
 * Numbers in JSON documents: times and durations are seconds with three decimals at most. A range's duration is the difference of its
 * ends as they are written, so that ranges that adjoin do so to the millisecond for who adds it to the beginning.
 */
final class Json {
    private Json() {}

    static BigDecimal seconds(long micros) {
        BigDecimal seconds = BigDecimal.valueOf(Math.floorDiv(micros + 500, 1_000L), 3);
        return plain(seconds);
    }

    /** From the range's beginning as it is written to its end as it is written. */
    static BigDecimal duration(UtcRange range) {
        return plain(seconds(range.toMicros()).subtract(seconds(range.fromMicros())));
    }

    private static BigDecimal plain(BigDecimal number) {
        return new BigDecimal(number.stripTrailingZeros().toPlainString());
    }
}
