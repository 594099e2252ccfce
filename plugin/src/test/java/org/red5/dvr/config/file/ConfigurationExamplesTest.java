package org.red5.dvr.config.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.DvrRule;
import org.red5.dvr.config.EditAuth;
import org.red5.dvr.config.InputRule;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.config.Replication;
import org.red5.dvr.config.Republish;
import org.red5.dvr.config.Retention;
import org.red5.dvr.config.Secret;
import org.red5.dvr.config.SourceRule;
import org.red5.dvr.config.StreamRule;
import org.red5.dvr.config.StreamSettings;
import org.red5.dvr.config.Sync;
import org.red5.dvr.config.syntax.ConfigurationException;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/** What valid files mean. */
class ConfigurationExamplesTest {
    private static final long GIB = 1L << 30;
    private static final StreamKey CAMERA = new StreamKey("live", "camera");

    @TempDir
    Path home;

    @Test
    void readsSecondaryWithDvr() throws Exception {
        DvrConfiguration read = example("seed-secondary-with-dvr.conf");

        assertEquals(Optional.of(new Secret("abcd")), read.clusterKey());
        DvrRule dvr = new DvrRule(
                Path.of("/storage"),
                new Retention(Optional.of(Duration.ofDays(2)), OptionalLong.empty(), OptionalInt.empty()));
        assertEquals(
                List.of(new SourceRule(
                        new PeerAddress("streamer", 8081),
                        RemoteDvr.NOCHAIN,
                        List.of(),
                        List.of(),
                        Optional.of(dvr),
                        Optional.empty(),
                        Replication.DEFAULT)),
                read.sources());
        assertEquals(List.of(), read.notYet());
    }

    @Test
    void readsSourceWithCache() throws Exception {
        DvrConfiguration read = example("seed-source-with-cache.conf");

        StreamRule rule = read.streams().all().get(0);
        assertEquals("live/example", rule.glob().pattern());
        assertEquals(List.of(new InputRule.Fake()), rule.inputs());
        assertEquals(List.of(new StreamKey("live", "example")), read.testPictures());
        assertEquals(
                Optional.of(new CacheRule(
                        Path.of("/storage/cache"), Optional.of(Duration.ofDays(2)), OptionalLong.of(800 * GIB))),
                rule.cache());
        assertEquals(
                Optional.of(Duration.ofDays(80)),
                rule.dvr().orElseThrow().retention().age());
    }

    @Test
    void readsSecondaryWithCacheOnly() throws Exception {
        SourceRule source = example("seed-secondary-with-cache.conf").sources().get(0);

        assertEquals(Optional.empty(), source.dvr());
        assertEquals(OptionalLong.of(400 * GIB), source.cache().orElseThrow().bytes());
    }

    @Test
    void aStreamHasItsBlocksCacheOrElseItsFirstSources() throws Exception {
        DvrConfiguration read = read("""
            cluster_key k;
            stream live/own { cache /own 1d; }
            stream live/camera { dvr d; }
            source a:1 { only live/*; }
            source b:1 { only live/*; cache /b 400G; }
            source c:1 { cache /c 1d; }
            """);
        assertEquals(Optional.of(Path.of("/own")), cacheOf(read, "live", "own"));
        assertEquals(Optional.of(Path.of("/b")), cacheOf(read, "live", "camera"));
        assertEquals(Optional.of(Path.of("/c")), cacheOf(read, "news", "camera"));
        assertEquals(
                List.of(Path.of("/own"), Path.of("/b"), Path.of("/c")),
                read.caches().stream().map(CacheRule::root).toList());
    }

    private static Optional<Path> cacheOf(DvrConfiguration read, String app, String name) {
        return read.cacheOf(new StreamKey(app, name)).map(CacheRule::root);
    }

    @Test
    void readsTopLevel() throws Exception {
        DvrConfiguration read = example("everything.conf");

        assertEquals("edge-1", read.node());
        assertEquals(new SegmentGrid(4_000), read.grid());
        assertEquals(Duration.ofMinutes(10), read.window());
        assertEquals(Sync.NONE, read.sync());
        assertTrue(read.checkMount());
        assertEquals(Optional.of(new EditAuth("admin", new Secret("pass; word #1"))), read.editAuth());
        assertEquals(List.of("input rtmp://"), read.notYet());
    }

    @Test
    void readsStreamBlock() throws Exception {
        StreamSettings camera = example("everything.conf").ruleFor(CAMERA);

        assertEquals(
                Optional.of(new DvrRule(
                        Path.of("/storage"),
                        new Retention(
                                Optional.of(Duration.ofDays(80)), OptionalLong.of(2_048 * GIB), OptionalInt.of(90)))),
                camera.dvr());
        assertEquals(
                List.of(
                        new InputRule.Rtmp("rtmp://encoder/live/camera"),
                        new InputRule.Dvr(new PeerAddress("streamer", 8081), CAMERA, RemoteDvr.NONE),
                        new InputRule.Dvr(
                                new PeerAddress("[2001:db8::1]", 8081),
                                new StreamKey("live", "camera 1"),
                                RemoteDvr.CHAIN),
                        new InputRule.Fake()),
                camera.inputs());
        assertEquals(Duration.ofMinutes(5), camera.window());
        assertEquals(Sync.SEGMENT, camera.sync());
        assertFalse(camera.checkMount());
    }

    @Test
    void completesStreamBlockFromTopLevel() throws Exception {
        StreamSettings other = example("everything.conf").ruleFor(new StreamKey("vod", "a/b"));

        assertEquals(home.resolve("dvr"), other.dvr().orElseThrow().root());
        assertEquals(Duration.ofMinutes(10), other.window());
        assertEquals(Sync.NONE, other.sync());
        assertTrue(other.checkMount());
    }

    @Test
    void readsQuotedNamesAndFileScheme() throws Exception {
        StreamSettings best = example("everything.conf").ruleFor(new StreamKey("live", "my \"best\" camera"));

        assertEquals(Path.of("/other/disk"), best.dvr().orElseThrow().root());
    }

    @Test
    void readsSeveralSourcesInOrderOfPreference() throws Exception {
        DvrConfiguration read = read("""
            cluster_key abcd;
            source cache-1:8081 remote_dvr=none { only live/*; }
            source cache-2:8081;
            source origin:8081 remote_dvr=chain { except live/camera; }
            """);

        assertEquals(
                List.of(RemoteDvr.NONE, RemoteDvr.NOCHAIN, RemoteDvr.CHAIN),
                read.sources().stream().map(SourceRule::remoteDvr).toList());
        assertEquals(List.of("cache-1:8081", "cache-2:8081"), peers(read, CAMERA));
        assertEquals(List.of("cache-2:8081", "origin:8081"), peers(read, new StreamKey("news", "camera")));
    }

    private static List<String> peers(DvrConfiguration read, StreamKey stream) {
        return read.sourcesFor(stream).stream()
                .map(source -> source.peer().toString())
                .toList();
    }

    @Test
    void picksSourcesByOnlyAndExcept() throws Exception {
        DvrConfiguration read = example("everything.conf");

        assertEquals(2, read.sourcesFor(CAMERA).size());
        assertEquals(2, read.sourcesFor(new StreamKey("sports", "a/b")).size());
        assertEquals(
                List.of(new PeerAddress("red5_origin", 5080)),
                read.sourcesFor(new StreamKey("news", "secret/1")).stream()
                        .map(SourceRule::peer)
                        .toList());
    }

    @Test
    void fallsBackToDefaults() throws Exception {
        DvrConfiguration read = read("stream * { dvr dvr 2d; }");

        assertEquals("host", read.node());
        assertEquals(SegmentGrid.DEFAULT, read.grid());
        assertEquals(DvrConfiguration.DEFAULT_WINDOW, read.window());
        assertEquals(Optional.empty(), read.clusterKey());
        assertEquals(Sync.SEGMENT, read.sync());
        assertFalse(read.checkMount());
        assertEquals(List.of(), read.notYet());
    }

    @Test
    void readsWhoGetsANameThatIsTaken() throws Exception {
        assertEquals(
                Republish.DEFAULT,
                read("stream a { }").ruleFor(new StreamKey("live", "a")).republish());
        DvrConfiguration read = read("""
            republish refuse;
            stream a { republish take-over; }
            stream b { republish take-over 1m; }
            """);
        assertEquals(Republish.DEFAULT, read.ruleFor(new StreamKey("live", "a")).republish());
        assertEquals(
                new Republish(Optional.of(Duration.ofMinutes(1))),
                read.ruleFor(new StreamKey("live", "b")).republish());
        assertEquals(Republish.REFUSE, read.ruleFor(new StreamKey("live", "c")).republish());
    }

    @Test
    void acceptsLimitsInAnyOrder() throws Exception {
        DvrConfiguration read = read("stream a { dvr d 90% 2w 1K; } stream b { dvr d; } stream c { dvr d 1T 90s; }");

        assertEquals(
                new Retention(Optional.of(Duration.ofDays(14)), OptionalLong.of(1_024), OptionalInt.of(90)),
                retention(read, "a"));
        assertEquals(Retention.UNLIMITED, retention(read, "b"));
        assertEquals(
                new Retention(Optional.of(Duration.ofSeconds(90)), OptionalLong.of(1L << 40), OptionalInt.empty()),
                retention(read, "c"));
    }

    @Test
    void acceptsMarksLineEndsAndTightWriting() throws Exception {
        DvrConfiguration expected = read("stream a{dvr d 2d;}node n;");

        assertEquals(expected, read("\uFEFFstream a {\r\n\tdvr d # why\r\n 2d;\r\n}\r\n#end\r\nnode \"n\";#x"));
        assertEquals(expected, read("stream\ra\r{\rdvr d 2d;\r}\rnode n;\r"));
    }

    @Test
    void givesEqualValuesForTheSameFile() throws Exception {
        assertEquals(example("everything.conf"), example("everything.conf"));
    }

    @Test
    void keepsSecretsOutOfText() throws Exception {
        String text = example("everything.conf").toString();

        assertFalse(text.contains("abcd"), text);
        assertFalse(text.contains("word #1"), text);
    }

    private static Retention retention(DvrConfiguration read, String name) {
        return read.ruleFor(new StreamKey("live", name)).dvr().orElseThrow().retention();
    }

    private DvrConfiguration example(String name) throws IOException, URISyntaxException, ConfigurationException {
        var url = Objects.requireNonNull(getClass().getResource("examples/" + name), name);
        return Configuration.read(Path.of(url.toURI()), home, "host");
    }

    private DvrConfiguration read(String text) throws IOException, ConfigurationException {
        Path file = Files.write(home.resolve("cluster-dvr.conf"), text.getBytes(StandardCharsets.UTF_8));
        return Configuration.read(file, home, "host");
    }
}
