package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** A media playlist that somebody loads again and again: no entry that it gave out may change, and it never goes back. For one thread. */
final class WatchedList {
    private static final int NO_ANSWER = 0;

    private final String name;
    private final DvrClient dvr;
    private final String path;
    private final Map<Long, String> entries = new ConcurrentHashMap<>();
    private final Map<Integer, Integer> statuses = new ConcurrentSkipListMap<>();
    private long sequence;
    private long next;

    /** @param list without its ending, as {@code index} */
    WatchedList(String name, DvrClient dvr, String stream, String list) {
        this.name = name + ' ' + list;
        this.dvr = dvr;
        this.path = stream + '/' + list + "-media.m3u8";
    }

    /** Loads it once. Other answers than a list are counted and no more, and that there is none, because the server is gone. */
    void load() throws InterruptedException {
        HttpResponse<byte[]> answer;
        try {
            answer = dvr.get(path);
        } catch (IOException e) {
            statuses.merge(NO_ANSWER, 1, Integer::sum);
            return;
        }
        statuses.merge(answer.statusCode(), 1, Integer::sum);
        if (answer.statusCode() == 200) {
            read(new String(answer.body(), StandardCharsets.UTF_8));
        }
    }

    /** How many entries it has given out. */
    int size() {
        return entries.size();
    }

    @Override
    public String toString() {
        return name + ": " + entries.size() + " entries, answers by status " + statuses;
    }

    private void read(String text) {
        long number = value(text, "#EXT-X-MEDIA-SEQUENCE:");
        long discontinuity = value(text, "#EXT-X-DISCONTINUITY-SEQUENCE:");
        assertTrue(number >= sequence, name + ": MEDIA-SEQUENCE went back from " + sequence + " to " + number);
        sequence = number;
        long given = next;
        StringBuilder entry = new StringBuilder();
        for (String line : text.split("\n")) {
            if (line.equals("#EXT-X-DISCONTINUITY")) {
                discontinuity++;
            } else if (line.startsWith("#EXTINF:") || line.equals("#EXT-X-GAP") || line.startsWith("#EXT-X-PROG")) {
                entry.append(line).append(' ');
            } else if (line.startsWith("segments/")) {
                String now = entry + line + " behind " + discontinuity;
                String before = entries.putIfAbsent(number, now);
                assertTrue(
                        before == null || before.equals(now), name + ": " + number + " was " + before + ", is " + now);
                assertTrue(before != null || number >= given, name + ": " + number + " came afterwards: " + now);
                entry.setLength(0);
                number++;
            }
        }
        assertTrue(number >= given, name + ": gave out " + (given - 1) + ", ends with " + (number - 1));
        next = number;
    }

    private static long value(String text, String tag) {
        int at = text.indexOf(tag);
        return at < 0 ? 0 : Long.parseLong(text.substring(at + tag.length(), text.indexOf('\n', at)));
    }
}
