package org.red5.dvr.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The hour files of an archive, without asking its server. */
final class HourFiles {
    private HourFiles() {}

    /** Those below a folder, in order of stream and time. */
    static List<Path> below(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".mp4"))
                    .sorted()
                    .toList();
        }
    }

    /** Those of one stream below its folder, by the file names of their takes, each take's in order of time: a full hour may have passed. */
    static SortedMap<String, List<Path>> takes(Path folder) throws IOException {
        return below(folder).stream()
                .collect(Collectors.groupingBy(
                        file -> file.getFileName().toString(), TreeMap::new, Collectors.toList()));
    }
}
