package org.red5.dvr.config.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.red5.dvr.config.syntax.ConfigurationException;

/** What is said about mistakes, word for word. */
class ConfigurationMistakesTest {
    private static final String LIMITS = "an age such as 2d or a size such as 800G or a disk share such as 90%";
    private static final String FILE_DIRECTIVES = "a directive at the top level"
            + " (cluster_key, node, segment, window, sync, check_mount, republish, edit_auth, cors, stream, source)";
    private static final String STREAM_DIRECTIVES =
            "a directive in a stream block (dvr, cache, input, window, sync, check_mount, republish)";
    private static final String NO_KEY =
            "expected a cluster_key in this file, the same as the peer's: without one no server answers another";
    private static final String SOURCE_DIRECTIVES =
            "a directive in a source block (only, except, dvr, cache, backfill, replication_speed)";

    @TempDir
    Path home;

    static Stream<Arguments> mistakes() {
        return Stream.of(
                        form(),
                        names(),
                        numberOfWords(),
                        ages(),
                        sizes(),
                        addresses(),
                        values(),
                        repetitions(),
                        several())
                .flatMap(each -> each);
    }

    private static Stream<Arguments> form() {
        return Stream.of(
                arguments("", "1:1: expected a directive such as stream * { dvr dvr 2d; }, found the end of the file"),
                arguments(
                        "# none\n\n",
                        "3:1: expected a directive such as stream * { dvr dvr 2d; }, found the end of the file"),
                arguments(
                        "node edge-1\nstream a { dvr d; }",
                        "1:12: expected \";\" after the words of \"node\", found \"stream\" in line 2"),
                arguments("node a", "1:7: expected \";\" after the words of \"node\", found the end of the file"),
                arguments("stream a { dvr d 2d }", "1:20: expected \";\" after the words of \"dvr\", found \"}\""),
                arguments(
                        "stream a\n  dvr d;\n}",
                        "1:9: expected \"{\" after the words of \"stream\", found \"dvr\" in line 2"),
                arguments("stream a;", "1:9: expected \"{\", found \";\""),
                arguments(
                        "cluster_key abcd;\nsource streamer:8081 {\n  dvr /storage 2d;\n",
                        "4:1: expected \"}\" for the block of \"source\" that opens at 2:22, found the end of the"
                                + " file"),
                arguments(
                        "stream a {\n  dvr d;\nstream b {\n  dvr d;\n}\n",
                        "3:1: expected \"}\" for the block of \"stream\" that opens at 1:10, found \"stream\""),
                arguments("node a; }", "1:9: expected a directive, found \"}\" without a block that is open"),
                arguments("stream a { dvr d; };", "1:20: expected a directive, found \";\""),
                arguments("{ }", "1:1: expected a directive before \"{\""),
                arguments("node a {}", "1:8: expected \";\", as \"node\" has no block, found \"{\""),
                arguments(
                        "node \"a;\nwindow 5m;",
                        "1:6: expected a closing quote on the same line, found none\n"
                                + "FILE:1:9: expected \";\" after the words of \"node\", found \"window\" in line 2"),
                arguments("node \"a\"b;", "1:9: expected a space, \"{\", \"}\" or \";\" after the closing quote"),
                arguments(
                        "node a\"b\";",
                        "1:7: expected quotes around the whole word, found a quote in the middle of it"),
                arguments(
                        "stream \"C:\\cam\" { }",
                        "1:11: expected \\\" or \\\\ (a backslash in quotes is written twice)"),
                arguments("node\u00A0a;", "1:5: expected a word or a plain space, found the character U+00A0"),
                arguments("node \"a\tb\";", "1:8: expected a character that can be seen, found U+0009"),
                arguments("# 🎥\nstream 🎥 { dvr d 1x; }", "2:18: expected " + LIMITS + ", found \"1x\""));
    }

    private static Stream<Arguments> names() {
        return Stream.of(
                arguments(
                        "steam a { dvr d; }",
                        "1:1: expected " + FILE_DIRECTIVES + ", found \"steam\"; did you mean \"stream\"?"),
                arguments("Node a;", "1:1: expected " + FILE_DIRECTIVES + ", found \"Node\"; did you mean \"node\"?"),
                arguments("transcode a;", "1:1: expected " + FILE_DIRECTIVES + ", found \"transcode\""),
                arguments(
                        "\"node\" a;", "1:1: expected " + FILE_DIRECTIVES + ", found \"node\"; did you mean \"node\"?"),
                arguments(
                        "dvr /storage 2d;",
                        "1:1: expected " + FILE_DIRECTIVES + ", found \"dvr\", which stands in a stream block"),
                arguments(
                        "stream a { only b; }",
                        "1:12: expected " + STREAM_DIRECTIVES + ", found \"only\", which stands in a source block"),
                arguments(
                        "source a:1 { window 5m; } cluster_key k;",
                        "1:14: expected " + SOURCE_DIRECTIVES + ", found \"window\", which stands at the top level"),
                arguments(
                        "stream a { stream b { dvr d; } }",
                        "1:12: expected " + STREAM_DIRECTIVES + ", found \"stream\", which stands at the top level"));
    }

    private static Stream<Arguments> numberOfWords() {
        return Stream.of(
                arguments("node;", "1:5: expected a name such as edge-1, found \";\""),
                arguments("node a b;", "1:8: expected \";\", found \"b\""),
                arguments("stream { dvr d; }", "1:8: expected a stream such as live/camera or *, found \"{\""),
                arguments(
                        "stream my camera { dvr d; }",
                        "1:11: expected \"{\" (a word with spaces is written in quotes), found \"camera\""),
                arguments("stream a { dvr; }", "1:15: expected a path such as /storage, found \";\""),
                arguments("stream a { dvr 2d; }", "1:16: expected a path before the limits, found \"2d\""),
                arguments("stream a { dvr \"\"; }", "1:16: expected a path such as /storage, found \"\""),
                arguments(
                        "cluster_key s3cret s4cret;",
                        "1:20: expected \";\", found another word (not shown: it may be secret)"),
                arguments("cluster_key \"\";", "1:13: expected a key, found an empty word"),
                arguments("cors;", "1:5: expected an origin such as https://www.example.com, found \";\""),
                arguments(
                        "cors https://a.example/path;",
                        "1:6: expected an origin such as https://www.example.com, found \"https://a.example/path\""),
                arguments("edit_auth admin;", "1:16: expected a password, found \";\""),
                arguments(
                        "source a:1 { only; } cluster_key k;",
                        "1:18: expected a stream such as live/camera or news/*, found \";\""));
    }

    private static Stream<Arguments> ages() {
        return Stream.of(
                arguments("window 5;", "1:8: expected a time such as 3s, found \"5\""),
                arguments("window 8d;", "1:8: expected a time from 3s to 7d, found \"8d\""),
                arguments("window 2s;", "1:8: expected a time from 3s to 7d, found \"2s\""),
                arguments(
                        "window 11s; stream a { dvr d; }",
                        "1:8: expected a window of three segments (12s) or more, found \"11s\""),
                arguments(
                        "segment 1m;\nstream a { window 2m; }",
                        "2:19: expected a window of three segments (3m) or more, found \"2m\""),
                arguments("segment 0s;", "1:9: expected a time from 1s to 1m, found \"0s\""),
                arguments("segment 61s;", "1:9: expected a time from 1s to 1m, found \"61s\""),
                arguments("segment -4s;", "1:9: expected a time such as 1s, found \"-4s\""),
                arguments("stream a { dvr d 0d; }", "1:18: expected an age from 1s to 36500d, found \"0d\""),
                arguments(
                        "stream a { dvr d 99999999999999999999w; }",
                        "1:18: expected an age from 1s to 36500d, found \"99999999999999999999w\""));
    }

    private static Stream<Arguments> sizes() {
        return Stream.of(
                arguments("stream a { dvr d 80q; }", "1:18: expected " + LIMITS + ", found \"80q\""),
                arguments("stream a { cache d 2d 80q; }", "1:23: expected a size such as 800G, found \"80q\""),
                arguments(
                        "stream a { dvr d 800GB; }",
                        "1:18: expected " + LIMITS + ", found \"800GB\"; the units of size are K, M, G and T"),
                arguments(
                        "stream a { dvr d 2d 3d; }",
                        "1:21: expected a size such as 800G or a disk share such as 90%, found a second age \"3d\""),
                arguments("stream a { dvr d 2d 3G 4%  x; }", "1:28: expected \";\", found \"x\""),
                arguments("stream a { dvr d 101%; }", "1:18: expected a disk share from 1% to 100%, found \"101%\""),
                arguments("stream a { dvr d 0%; }", "1:18: expected a disk share from 1% to 100%, found \"0%\""),
                arguments("stream a { dvr d 0K; }", "1:18: expected a size from 1K to 1000000T, found \"0K\""),
                arguments(
                        "stream a { dvr d 1000001T; }",
                        "1:18: expected a size from 1K to 1000000T, found \"1000001T\""),
                arguments(
                        "stream a { cache d; }",
                        "1:19: expected an age such as 2d or a size such as 800G, found \";\""),
                arguments(
                        "stream a { cache d 90%; }",
                        "1:20: expected an age such as 2d or a size such as 800G, found \"90%\""));
    }

    private static Stream<Arguments> addresses() {
        String input = "1:18: expected an address such as ";
        return Stream.of(
                arguments(
                        "cluster_key k; source a:1 { backfill all; }",
                        "1:38: expected \"newest\" or \"oldest\", found \"all\""),
                arguments(
                        "cluster_key k; source a:1 { replication_speed 50M; }",
                        "1:47: expected a speed such as 50m (Mbit/s), found \"50M\""),
                arguments(
                        "cluster_key k; source a:1 { replication_speed 0m; }",
                        "1:47: expected a speed from 1k to 1000g, found \"0m\""),
                arguments("source streamer { }", "1:8: expected HOST:PORT such as streamer:8081, found \"streamer\""),
                arguments("source a:1;", "1:8: " + NO_KEY),
                arguments("node n;\nstream a { input dvr://a:1/b; }", "2:12: " + NO_KEY),
                arguments("source a:0;", "1:8: expected HOST:PORT such as streamer:8081, found \"a:0\""),
                arguments("source a:65536;", "1:8: expected HOST:PORT such as streamer:8081, found \"a:65536\""),
                arguments(
                        "source a:1 remote_dvr=all { } cluster_key k;",
                        "1:12: expected remote_dvr=none, remote_dvr=nochain or remote_dvr=chain, found"
                                + " \"remote_dvr=all\""),
                arguments("source a:1 remote_dvr=none x; cluster_key k;", "1:28: expected \"{\" or \";\", found \"x\""),
                arguments(
                        "stream a { input http://a/b; }",
                        input + "rtmp://encoder/live/camera, dvr://streamer:8081/live/camera or fake://fake,"
                                + " found \"http://a/b\""),
                arguments(
                        "stream a { input dvr; }",
                        input + "rtmp://encoder/live/camera, dvr://streamer:8081/live/camera or fake://fake,"
                                + " found \"dvr\""),
                arguments("stream a { input rtmp://a; }", input + "rtmp://encoder/live/camera, found \"rtmp://a\""),
                arguments(
                        "stream a { input dvr://a/b/c; }",
                        input + "dvr://streamer:8081/live/camera, found \"dvr://a/b/c\""),
                arguments(
                        "stream a { input m4f://a:1/b/%e; }",
                        input + "dvr://streamer:8081/live/camera, found \"m4f://a:1/b/%e\""),
                arguments(
                        "stream a { input dvr://a:1/b/%ff; }",
                        input + "dvr://streamer:8081/live/camera, found \"dvr://a:1/b/%ff\""),
                arguments("stream a { input fake://x; }", "1:18: expected fake://fake, found \"fake://x\""),
                arguments(
                        "stream live/* { input fake://fake; }",
                        "1:17: expected a stream without \"*\" for the test picture, found live/*"),
                arguments(
                        "stream a { input fake://fake remote_dvr=none; }",
                        "1:30: expected \";\", found \"remote_dvr=none\""));
    }

    private static Stream<Arguments> values() {
        return Stream.of(
                arguments("sync all;", "1:6: expected \"segment\" or \"none\", found \"all\""),
                arguments("republish on;", "1:11: expected \"take-over\" or \"refuse\", found \"on\""),
                arguments("republish;", "1:10: expected \"take-over\" or \"refuse\", found \";\""),
                arguments("republish refuse 3s;", "1:18: expected \";\", found \"3s\""),
                arguments("republish take-over 3;", "1:21: expected a time such as 1s, found \"3\""),
                arguments("republish take-over 2h;", "1:21: expected a time from 1s to 1h, found \"2h\""),
                arguments("check_mount yes;", "1:13: expected \"on\" or \"off\", found \"yes\""),
                arguments(
                        "node edge/1;",
                        "1:6: expected a name of letters, digits, \".\", \"_\" and \"-\", at most 63, found"
                                + " \"edge/1\""),
                arguments("stream /a { dvr d; }", "1:8: expected a stream such as live/camera, found \"/a\""),
                arguments(
                        "source a:1 { except b/; } cluster_key k;",
                        "1:21: expected a stream such as live/camera, found \"b/\""),
                arguments(
                        "stream a { dvr file://d; }",
                        "1:16: expected a path such as /storage or file:///storage, found \"file://d\""));
    }

    private static Stream<Arguments> repetitions() {
        return Stream.of(
                arguments(
                        "node a;\nnode b;",
                        "2:1: expected one \"node\" at the top level, found a second; the first is at 1:1"),
                arguments(
                        "stream a { dvr d; dvr e; }",
                        "1:19: expected one \"dvr\" in a stream block, found a second; the first is at 1:12"),
                arguments(
                        "stream camera { dvr d; }\nstream live/camera { dvr d; }",
                        "2:8: expected one block for the stream live/camera, found a second; the first is at 1:8"),
                arguments(
                        "source a:1; source a:1; cluster_key k;",
                        "1:20: expected one block for the source a:1, found a second; the first is at 1:8"),
                arguments(
                        "stream a { dvr /d/e; } stream b { cache /x/../d/./e 1d; dvr x; }",
                        "1:41: expected a directory of the cache's own, found that of the archive at 1:16"),
                arguments(
                        "stream a { cache /c 1d; } stream b { cache /c 1d; } stream d { cache /c 2d; }",
                        "1:70: expected the limits of the cache in the same directory at 1:18"));
    }

    private static Stream<Arguments> several() {
        return Stream.of(arguments(
                "node a b;\nstream a {\n  dvr d 2q;\n  window 5m\n  sync on;\n}\nwindow x;",
                "1:8: expected \";\", found \"b\"\n"
                        + "FILE:3:9: expected " + LIMITS + ", found \"2q\"\n"
                        + "FILE:4:12: expected \";\" after the words of \"window\", found \"sync\" in line 5\n"
                        + "FILE:5:8: expected \"segment\" or \"none\", found \"on\"\n"
                        + "FILE:7:8: expected a time such as 3s, found \"x\""));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void saysWhatWasExpectedAndWhere(String text, String expected) throws IOException {
        String message = messageFor(text.getBytes(StandardCharsets.UTF_8));

        assertEquals("conf/cluster-dvr.conf:" + expected.replace("FILE", "conf/cluster-dvr.conf"), message);
    }

    @Test
    void namesTheByteThatIsNotUtf8() throws IOException {
        byte[] text = "\uFEFF# ok\r\nstream ümlaut".getBytes(StandardCharsets.UTF_8);
        text[text.length - 1] = (byte) 0xE4;

        assertEquals("conf/cluster-dvr.conf:2:13: expected text in UTF-8, found the byte 0xE4", messageFor(text));
    }

    @Test
    void namesACharacterCutShortAtTheEnd() throws IOException {
        byte[] text = {'#', (byte) 0xF0, (byte) 0x9F};

        assertEquals("conf/cluster-dvr.conf:1:2: expected text in UTF-8, found the byte 0xF0", messageFor(text));
    }

    @Test
    void saysWhyAFileCannotBeRead() throws IOException {
        String expected = ":1:1: expected a file that can be read, found ";
        Files.createDirectory(home.resolve("directory"));

        assertEquals("none.conf" + expected + "none of this name", messageOf(home.resolve("none.conf")));
        assertEquals("directory" + expected + "a directory", messageOf(home.resolve("directory")));
    }

    @Test
    void refusesAFileThatIsTooLong() throws IOException {
        assertEquals(
                "conf/cluster-dvr.conf:1:1: expected a file of at most 1 MiB, found a longer one",
                messageFor(new byte[(1 << 20) + 1]));
    }

    @Test
    void survivesDeepNesting() throws IOException {
        String message = messageFor("stream a {".repeat(100_000).getBytes(StandardCharsets.UTF_8));

        assertTrue(message.endsWith(" more"), message);
        assertEquals(21, message.lines().count());
    }

    @Test
    void neverShowsASecret() throws IOException {
        for (String text : new String[] {
            "cluster_key s3cret",
            "cluster_key s3cret {",
            "cluster_key x s3cret;",
            "edit_auth a s3cret b;",
            "edit_auth a s3cret\nnode b;",
            "cluster_key s3cret }",
            "edit_auth a b s3cret;"
        }) {
            String message = messageFor(text.getBytes(StandardCharsets.UTF_8));
            assertFalse(message.contains("s3cret"), message);
        }
    }

    @Test
    void showsAForeignPathInFull() {
        Path file = Path.of("/no/such/file.conf");

        assertTrue(messageOf(file).startsWith("/no/such/file.conf:1:1: "), messageOf(file));
    }

    private String messageFor(byte[] text) throws IOException {
        Files.createDirectories(home.resolve("conf"));
        return messageOf(Files.write(home.resolve("conf/cluster-dvr.conf"), text));
    }

    private String messageOf(Path file) {
        return String.valueOf(assertThrows(ConfigurationException.class, () -> Configuration.read(file, home, "host"))
                .getMessage());
    }
}
