package org.red5.dvr.testbed.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class FiguresTest {
    private final Figures figures = new Figures("sample");

    @Test
    void showsTheMedianAndWhatItIsToReach() {
        for (double value : new double[] {5, 1, 3, 2, 100}) {
            figures.add("odd", "ms", value);
        }
        figures.add("even", "MB", 1);
        figures.add("even", "MB", 2);
        figures.goal("odd", Goal.atMost(2.9));
        String shown = printed();
        assertTrue(
                shown.contains("odd                                               3.000      1.000      100.0  ms"),
                shown);
        assertTrue(shown.contains("<= 2.9     MISSED"), shown);
        assertTrue(
                shown.contains("{\"benchmark\":\"sample\",\"figures\":{\"odd\":3.000,\"even\":1.500},\"failed\":[]}"),
                shown);
    }

    @Test
    void failsByMoreThanAQuarterOnly() {
        figures.add("time", "ms", 12.5);
        figures.add("slow time", "ms", 12.6);
        figures.add("rate", "", 0.75);
        figures.add("low rate", "", 0.74);
        figures.goal("time", Goal.atMost(10));
        figures.goal("slow time", Goal.atMost(10));
        figures.goal("rate", Goal.atLeast(1));
        figures.goal("low rate", Goal.atLeast(1));
        assertEquals(List.of("slow time", "low rate"), figures.failed());
        assertTrue(printed().endsWith("\"failed\":[\"slow time\",\"low rate\"]}\n"));
    }

    @Test
    void hasNoGoalWithoutAFigure() {
        assertThrows(IllegalArgumentException.class, () -> figures.goal("nothing", Goal.atMost(1)));
    }

    private String printed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        figures.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
