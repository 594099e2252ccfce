package org.red5.dvr.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.config.file.Configuration;
import org.red5.dvr.config.file.ConfigurationFile;

class DefaultNodeTest {
    @TempDir
    Path machine;

    private Path home;

    @BeforeEach
    void install() throws IOException {
        home = Files.createDirectories(machine.resolve("red5"));
        Files.createDirectories(home.resolve("conf"));
    }

    private static String name(String host, Path home) {
        return new DefaultNode(host, home, home.resolve("conf/cluster-dvr.conf"), new SecureRandom()).get();
    }

    @Test
    void isMadeOnceAndKept() {
        String name = name("streamer", home);
        assertTrue(name.matches("streamer-[0-9a-f]{8}"), name);
        assertEquals(name, name("streamer", home));
    }

    @Test
    void twoServersOnOneMachineHaveTwo() throws IOException {
        Path other = Files.createDirectories(machine.resolve("other"));
        assertNotEquals(name("streamer", home), name("streamer", other));
    }

    /** A folder that was copied with the file in it, and an image that runs on two hosts. */
    @Test
    void aCopyGetsOneOfItsOwn() throws IOException {
        String name = name("streamer", home);
        Path copy = Files.createDirectories(machine.resolve("copy"));
        Files.copy(home.resolve(DefaultNode.FILE), copy.resolve(DefaultNode.FILE));
        String ofCopy = name("streamer", copy);
        assertNotEquals(name, ofCopy);
        assertEquals(ofCopy, name("streamer", copy));
        assertNotEquals(name.substring("streamer".length()), name("box-2", home).substring("box-2".length()));
    }

    /** A directory in the file's place cannot be written, whoever runs the test. */
    @Test
    void standsBesideTheConfigurationWhereTheHomeCannotBeWritten() throws IOException {
        Files.createDirectories(home.resolve(DefaultNode.FILE).resolve("full"));
        String name = name("streamer", home);
        assertTrue(Files.isRegularFile(home.resolve("conf").resolve(DefaultNode.FILE)));
        assertEquals(name, name("streamer", home));
    }

    @Test
    void isAnotherAtEachStartWhereNothingCanBeKept() throws IOException {
        Files.createDirectories(home.resolve(DefaultNode.FILE).resolve("full"));
        Files.createDirectories(home.resolve("conf").resolve(DefaultNode.FILE).resolve("full"));
        assertNotEquals(name("streamer", home), name("streamer", home));
    }

    @ParameterizedTest
    @CsvSource({
        "media 1.example.com, media-1.example.com",
        "_edge, edge",
        "кино, red5",
        "0123456789012345678901234567890123456789012345678901234567890123456789, 012345678901234567890123456789012345678901234567890123"
    })
    void whateverTheHostIsCalledItIsANode(String host, String beginning) throws Exception {
        String name = name(host, home);
        assertEquals(beginning, name.substring(0, name.length() - 9));
        Path file = Files.writeString(home.resolve("named.conf"), "node " + name + ";");
        assertEquals(name, Configuration.read(file, home, "host").node());
    }

    @Test
    void aConfiguredNameNeedsNone() throws Exception {
        Path file = Files.writeString(home.resolve("conf/cluster-dvr.conf"), "node edge-1;");
        DefaultNode none = new DefaultNode("streamer", home, file, new SecureRandom());
        assertEquals("edge-1", new ConfigurationFile(file, home, none).read().node());
        assertFalse(Files.exists(home.resolve(DefaultNode.FILE)));
    }
}
