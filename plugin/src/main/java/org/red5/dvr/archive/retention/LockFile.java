package org.red5.dvr.archive.retention;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.ReplacedFile;

/**
 * The file {@code locks.json} beside a stream's recordings, {@code [[from, to], …]} in microseconds since the Unix epoch.
 * Replaced as a whole, so that a crash leaves the old or the new one.
 */
final class LockFile {
    private static final String NAME = "locks.json";

    private LockFile() {}

    /**
     * The ranges in the file, none where there is no file.
     *
     * @throws CorruptArchiveException when the file is not what was written
     */
    static List<UtcRange> read(Path streamDirectory) throws IOException {
        Path file = streamDirectory.resolve(NAME);
        List<UtcRange> ranges = new ArrayList<>();
        try (JsonReader json = new JsonReader(new StringReader(Files.readString(file)))) {
            json.beginArray();
            while (json.hasNext()) {
                json.beginArray();
                ranges.add(new UtcRange(json.nextLong(), json.nextLong()));
                json.endArray();
            }
            json.endArray();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (EOFException | MalformedJsonException | IllegalStateException | IllegalArgumentException e) {
            throw new CorruptArchiveException(file + " is no list of locks: " + e.getMessage());
        }
        return List.copyOf(ranges);
    }

    /** Replaces the file; when this returns, a crash does not bring the old one back. */
    static void write(Path streamDirectory, List<UtcRange> ranges) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.beginArray();
            for (UtcRange range : ranges) {
                json.beginArray()
                        .value(range.fromMicros())
                        .value(range.toMicros())
                        .endArray();
            }
            json.endArray();
        }
        ReplacedFile.write(streamDirectory.resolve(NAME), text.toString());
    }
}
