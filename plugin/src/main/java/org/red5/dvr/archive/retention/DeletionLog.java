package org.red5.dvr.archive.retention;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.red5.dvr.archive.files.Aside;
import org.red5.dvr.archive.files.DiskReaders;
import org.red5.dvr.archive.index.CorruptArchiveException;
import org.red5.dvr.timeline.StorageStatus.Deletion;
import org.red5.dvr.timeline.StorageStatus.Limit;
import org.red5.dvr.timeline.UnreachableException;
import org.red5.dvr.timeline.UtcRange;
import org.red5.dvr.util.ReplacedFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the last deletions of each stream beside its recordings, in the file {@code deletions.json}:
 * {@code [[from, to, bytes, "age"], …]}, oldest first, in microseconds since the Unix epoch. Any thread may call.
 */
public final class DeletionLog {
    static final int MOST_REMEMBERED = 100;

    private static final Logger log = LoggerFactory.getLogger(DeletionLog.class);
    public static final String NAME = "deletions.json";

    private final Map<Path, OfStream> streams = new ConcurrentHashMap<>();

    /**
     * The last deletions of a stream, oldest first. A file that is damaged is set aside, and none are known.
     *
     * @param readers count who reads the file
     * @throws UnreachableException when its disk does not answer
     */
    List<Deletion> of(Path streamDirectory, DiskReaders readers) throws IOException {
        OfStream stream = stream(streamDirectory);
        Optional<List<Deletion>> known = stream.known;
        return known.isPresent() ? known.get() : readers.read(streamDirectory, stream::all);
    }

    /** Adds the latest deletion. Where it cannot be written, it is known until the server stops. */
    void add(Path streamDirectory, Deletion latest) {
        stream(streamDirectory).add(latest);
    }

    private OfStream stream(Path directory) {
        return streams.computeIfAbsent(directory, OfStream::new);
    }

    /** One stream's deletions. Its monitor is held while the file is read or written. */
    private static final class OfStream {
        private final Path directory;
        /** Read by anybody, written with the monitor held. */
        private volatile Optional<List<Deletion>> known = Optional.empty();

        OfStream(Path directory) {
            this.directory = directory;
        }

        synchronized List<Deletion> all() {
            if (known.isEmpty() && Files.isDirectory(directory)) {
                known = Optional.of(readOrSetAside());
            }
            return known.orElse(List.of());
        }

        synchronized void add(Deletion latest) {
            List<Deletion> all = new ArrayList<>(all());
            all.add(latest);
            List<Deletion> last = List.copyOf(all.subList(Math.max(0, all.size() - MOST_REMEMBERED), all.size()));
            known = Optional.of(last);
            try {
                ReplacedFile.write(directory.resolve(NAME), write(last));
            } catch (IOException e) {
                log.warn("{}: what was deleted could not be noted: {}", directory, e.toString());
            }
        }

        private List<Deletion> readOrSetAside() {
            Path file = directory.resolve(NAME);
            try {
                return read(file);
            } catch (NoSuchFileException e) {
                return List.of();
            } catch (CorruptArchiveException e) {
                setAside(file, e.toString());
            } catch (IOException e) {
                log.warn("{}: what was deleted before is not known: {}", directory, e.toString());
            }
            return List.of();
        }
    }

    private static void setAside(Path file, String why) {
        try {
            Aside.move(file, why);
        } catch (IOException e) {
            log.warn("{} is damaged and could not be set aside: {}", file, e.toString());
        }
    }

    private static List<Deletion> read(Path file) throws IOException {
        List<Deletion> all = new ArrayList<>();
        try (JsonReader json = new JsonReader(new StringReader(Files.readString(file)))) {
            json.beginArray();
            while (json.hasNext()) {
                json.beginArray();
                UtcRange range = new UtcRange(json.nextLong(), json.nextLong());
                all.add(new Deletion(range, json.nextLong(), limit(json.nextString())));
                json.endArray();
            }
            json.endArray();
        } catch (EOFException
                | MalformedJsonException
                | CharacterCodingException
                | IllegalStateException
                | IllegalArgumentException e) {
            throw new CorruptArchiveException("no list of deletions: " + e.getMessage());
        }
        return List.copyOf(all);
    }

    private static Limit limit(String word) {
        return Stream.of(Limit.values())
                .filter(limit -> limit.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no limit is called " + word));
    }

    private static String write(List<Deletion> all) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.beginArray();
            for (Deletion each : all) {
                json.beginArray()
                        .value(each.range().fromMicros())
                        .value(each.range().toMicros())
                        .value(each.bytes())
                        .value(each.limit().word())
                        .endArray();
            }
            json.endArray();
        }
        return text.toString();
    }
}
