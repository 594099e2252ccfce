package org.red5.dvr.http;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** Writes JSON documents as bytes; times and durations are seconds with three decimals at most. */
final class Json {
    private Json() {}

    /** Writes one document. */
    interface Document {
        void writeTo(JsonWriter json) throws IOException;
    }

    static byte[] render(Document document) {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            document.writeTo(json);
        } catch (IOException e) {
            throw new UncheckedIOException("memory refused text", e);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    static BigDecimal seconds(long micros) {
        BigDecimal seconds = BigDecimal.valueOf(Math.floorDiv(micros + 500, 1_000L), 3);
        return new BigDecimal(seconds.stripTrailingZeros().toPlainString());
    }
}
