package org.red5.dvr.web;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.HashMap;
import java.util.Map;
import org.red5.dvr.timeline.UtcRange;

/** Reads the body of a request to lock or unlock a range: {@code {"from": Unix seconds, "duration": seconds}}. */
final class LockBody {
    /** The year 5138. */
    private static final double LATEST_SECONDS = 1e11;
    /** A time of thirteen digits is in milliseconds. */
    private static final double LEAST_MILLIS = 1e12;

    private static final String FORM = "The body is not {\"from\": Unix seconds, \"duration\": seconds}";

    private LockBody() {}

    /** A body that is not what it should be; the message is a sentence for the client. */
    static final class MalformedBodyException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedBodyException(String sentence) {
            super(sentence, null, false, false);
        }
    }

    static UtcRange parse(String body) throws MalformedBodyException {
        Map<String, Double> numbers = numbers(body);
        Double from = numbers.get("from");
        Double duration = numbers.get("duration");
        if (from == null || duration == null || numbers.size() != 2) {
            throw new MalformedBodyException(FORM + '.');
        }
        if (from >= LEAST_MILLIS && from < 10 * LEAST_MILLIS) {
            from /= 1_000;
        }
        if (!(from >= 0 && duration > 0 && from + duration <= LATEST_SECONDS)) {
            throw new MalformedBodyException(
                    FORM + ": \"from\" is at least 0, \"duration\" is more, and the end is before the year 5138.");
        }
        long fromMicros = Math.round(from * 1e6);
        return new UtcRange(fromMicros, fromMicros + Math.max(1, Math.round(duration * 1e6)));
    }

    /** The numbers in a flat object. */
    private static Map<String, Double> numbers(String body) throws MalformedBodyException {
        Map<String, Double> numbers = new HashMap<>();
        try (JsonReader json = new JsonReader(new StringReader(body))) {
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (json.peek() != JsonToken.NUMBER || numbers.put(name, json.nextDouble()) != null) {
                    throw new MalformedBodyException(FORM + '.');
                }
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new MalformedBodyException(FORM + '.');
            }
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw new MalformedBodyException(FORM + '.');
        }
        return numbers;
    }
}
