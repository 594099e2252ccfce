package org.red5.dvr.util;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Renders JSON documents. */
public final class JsonBytes {
    private JsonBytes() {}

    /** Writes one document. */
    @FunctionalInterface
    public interface Document {
        void writeTo(JsonWriter json) throws IOException;
    }

    /** The text of a document, in UTF-8. */
    public static byte[] render(Document document) {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            document.writeTo(json);
        } catch (IOException e) {
            throw new UncheckedIOException("memory refused text", e);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
