package org.red5.dvr.peer.wire;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.ServerName;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;

/**
 * What the JSON texts between servers have in common. A reader skips what it does not know, so that a later version may say
 * more, and whatever is wrong with a text is a {@link MalformedReplyException}.
 */
public final class PeerJson {
    /** Longer words than that are in no text of ours, but for the names of streams. */
    private static final int LONGEST_WORD = 300;

    private PeerJson() {}

    /** Reads one value. */
    interface Value<T> {
        T readFrom(JsonReader json) throws IOException;
    }

    /** The value that is all of a text. */
    static <T> T parse(byte[] text, Value<T> value) throws MalformedReplyException {
        InputStreamReader characters = new InputStreamReader(new ByteArrayInputStream(text), StandardCharsets.UTF_8);
        try (JsonReader json = new JsonReader(characters)) {
            T read = value.readFrom(json);
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw new MalformedReplyException("something follows the text");
            }
            return read;
        } catch (MalformedReplyException e) {
            throw e;
        } catch (IOException | IllegalStateException | IllegalArgumentException e) {
            // Not JSON, or a value of another kind, or one that the records refuse.
            throw new MalformedReplyException(String.valueOf(e.getMessage()));
        }
    }

    static <T> List<T> list(JsonReader json, Value<T> element) throws IOException {
        List<T> list = new ArrayList<>();
        json.beginArray();
        while (json.hasNext()) {
            list.add(element.readFrom(json));
        }
        json.endArray();
        return list;
    }

    /** A value that must be there. */
    static <T> T required(@Nullable T value, String name) throws MalformedReplyException {
        if (value == null) {
            throw new MalformedReplyException("there is no \"" + name + '"');
        }
        return value;
    }

    /** A short text that may be shown in a log or on a page. */
    static String word(JsonReader json) throws IOException {
        String word = json.nextString();
        if (word.length() > LONGEST_WORD || word.chars().anyMatch(Character::isISOControl)) {
            throw new MalformedReplyException("a word of " + word.length() + " characters, or with controls");
        }
        return word;
    }

    static String node(JsonReader json) throws IOException {
        String node = json.nextString();
        if (!ServerName.isName(node)) {
            throw new MalformedReplyException("a node's name of " + node.length() + " characters is none");
        }
        return node;
    }

    static TakeId take(JsonReader json) throws IOException {
        return new TakeId(json.nextString());
    }

    static void write(JsonWriter json, StreamKey stream) throws IOException {
        json.name("app").value(stream.app()).name("name").value(stream.name());
    }

    static StreamKey stream(@Nullable String app, @Nullable String name) throws MalformedReplyException {
        return new StreamKey(required(app, "app"), required(name, "name"));
    }

    static void write(JsonWriter json, List<TakeEnd> ends) throws IOException {
        json.beginArray();
        for (TakeEnd end : ends) {
            json.beginObject().name("take").value(end.take().value());
            json.name("utc").value(end.utcMicros());
            json.name("reason").value(WireNames.REASONS.of(end.reason())).endObject();
        }
        json.endArray();
    }

    /** Ends of takes; those for a reason that this version does not know are left out. */
    static List<TakeEnd> ends(JsonReader json) throws IOException {
        return list(json, PeerJson::end).stream().flatMap(Optional::stream).toList();
    }

    private static Optional<TakeEnd> end(JsonReader json) throws IOException {
        TakeId take = null;
        Long utcMicros = null;
        String reason = null;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "take" -> take = take(json);
                case "utc" -> utcMicros = json.nextLong();
                case "reason" -> reason = word(json);
                default -> json.skipValue();
            }
        }
        json.endObject();
        TakeId ended = required(take, "take");
        long at = required(utcMicros, "utc");
        return WireNames.REASONS.parse(required(reason, "reason")).map(known -> new TakeEnd(ended, at, known));
    }
}
