package org.red5.dvr.testbed;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An FLV file in memory. */
public record FlvFile(List<FlvTag> tags) {
    public FlvFile {
        tags = List.copyOf(tags);
    }

    public static FlvFile read(Path file) throws IOException {
        List<FlvTag> tags = new ArrayList<>();
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file))) {
            FlvReader reader = new FlvReader(bytes, file.toString());
            for (Optional<FlvTag> tag = reader.next(); tag.isPresent(); tag = reader.next()) {
                tags.add(tag.get());
            }
        }
        return new FlvFile(tags);
    }

    /** The latest time stamp. */
    public long lastTimestampMillis() {
        return tags.stream().mapToLong(FlvTag::timestampMillis).max().orElse(0);
    }
}
