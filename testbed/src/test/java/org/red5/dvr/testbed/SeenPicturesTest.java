package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SeenPicturesTest {
    private final SeenPictures pictures = new SeenPictures();

    @Test
    void countsWhatWasNotShown() {
        see(0, 10_000);
        see(40, 10_040);
        see(1_000, 10_080); // Stood still, and went on where it was.
        see(1_040, 13_080); // Three seconds were left out.
        see(1_080, 12_080); // One second is shown again ...
        see(2_080, 13_120); // ... which is no loss, then on to what is new.
        see(2_200, 13_240); // Two pictures not drawn.
        assertEquals(3_000, pictures.lostMillis());
        assertEquals(1_000, pictures.longestStallMillis());
        assertEquals(13_240, pictures.latestMillis());
        assertEquals(0, pictures.since(2_000).lostMillis());
        assertEquals(2, pictures.since(2_000).count());
        assertEquals(2_200, pictures.shownMillis());
    }

    @Test
    void whatAPlayerPlayedButDidNotDrawIsNotLost() {
        pictures.add(new SeenPictures.Seen(0, 10_000, 500));
        pictures.add(new SeenPictures.Seen(2_000, 12_000, 2_500));
        assertEquals(0, pictures.lostMillis());
        pictures.add(new SeenPictures.Seen(2_040, 15_040, 2_540)); // Its time goes on, what it shows leaps.
        assertEquals(3_000, pictures.lostMillis());
        pictures.addLeap(2_050, 1_500);
        pictures.addLeap(2_060, -700);
        pictures.add(new SeenPictures.Seen(2_080, 16_580, 4_080));
        assertEquals(4_500, pictures.lostMillis());
        assertEquals(0, pictures.since(2_070).lostMillis());
    }

    @Test
    void whatTheClockDidNotDrawIsNotLost() {
        see(0, 10_000);
        see(40, 15_000);
        assertEquals(5_000, pictures.lostMillis());
        assertEquals(0, pictures.lostMillis((from, to) -> from == 10_000 && to == 15_000 ? 4_900 : 0));
    }

    @Test
    void nothingIsLostBeforeThereIsAnything() {
        assertEquals(0, pictures.lostMillis());
        assertEquals(0, pictures.longestStallMillis());
        assertEquals(0, pictures.latestMillis());
    }

    private void see(long atMillis, long utcMillis) {
        pictures.add(new SeenPictures.Seen(atMillis, utcMillis, 0));
    }
}
