package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of two processes that make one entry at the same time, both have it. */
class CacheFolderTest {
    @TempDir
    private Path root;

    private static void makeFolder(Path target) throws IOException {
        Files.createDirectory(target);
        Files.writeString(target.resolve("file"), "made");
    }

    private static void makeFile(Path target) throws IOException {
        Files.writeString(target, "made");
    }

    @Test
    void aFolderThatAnotherProcessMadeMeanwhileIsTaken() throws IOException {
        Path folder = madeTwiceAtOnce("folder", CacheFolderTest::makeFolder);
        assertEquals("made", Files.readString(folder.resolve("file")));
    }

    @Test
    void aFileThatAnotherProcessMadeMeanwhileIsTaken() throws IOException {
        assertEquals("made", Files.readString(madeTwiceAtOnce("file", CacheFolderTest::makeFile)));
    }

    private Path madeTwiceAtOnce(String name, CacheFolder.Maker maker) throws IOException {
        CacheFolder cache = new CacheFolder(root);
        Path entry = cache.get(name, target -> {
            maker.make(root.resolve(name));
            maker.make(target);
        });
        try (Stream<Path> left = Files.list(root)) {
            assertEquals(List.of(entry), left.toList());
        }
        return entry;
    }
}
