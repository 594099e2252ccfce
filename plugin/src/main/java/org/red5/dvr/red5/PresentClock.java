package org.red5.dvr.red5;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/** A clock that tells what another gives in microseconds since the Unix epoch. Any thread may call. */
final class PresentClock extends Clock {
    private final LongSupplier micros;

    PresentClock(LongSupplier micros) {
        this.micros = micros;
    }

    @Override
    public long millis() {
        return Math.floorDiv(micros.getAsLong(), 1_000);
    }

    @Override
    public Instant instant() {
        long now = micros.getAsLong();
        return Instant.ofEpochSecond(Math.floorDiv(now, 1_000_000), Math.floorMod(now, 1_000_000) * 1_000L);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this; // It tells instants, which have no zone.
    }
}
