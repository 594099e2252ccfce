package org.red5.dvr.web;

import java.math.BigDecimal;

/** Numbers in JSON documents: times and durations are seconds with three decimals at most. */
final class Json {
    private Json() {}

    static BigDecimal seconds(long micros) {
        BigDecimal seconds = BigDecimal.valueOf(Math.floorDiv(micros + 500, 1_000L), 3);
        return new BigDecimal(seconds.stripTrailingZeros().toPlainString());
    }
}
