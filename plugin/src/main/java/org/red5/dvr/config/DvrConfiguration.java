package org.red5.dvr.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.StreamKey;

/**
 * A whole configuration; immutable, so that a server can put another in its place at once.
 *
 * @param clusterKey what the servers of a cluster sign their requests with; empty: this one has no peers
 * @param node this server's name in the cluster
 * @param grid the cluster's segment grid
 * @param window length of the live playlist where a stream says nothing else
 * @param sync when recorded bytes are forced to the disk, where a stream says nothing else
 * @param checkMount whether a {@code dvr} path must be a mounted file system, where a stream says nothing else
 * @param republish who gets the name of a stream that is published already, where a stream says nothing else
 * @param editAuth who may lock and unlock ranges; empty: nobody
 * @param cors origins whose pages may send credentials, in lower case
 * @param streams the blocks for streams as they stand in the file
 * @param sources the blocks for sources in order of preference
 * @param notYet what the file says but this version does not do, in the file's order; for one line in the log
 */
public record DvrConfiguration(
        Optional<Secret> clusterKey,
        String node,
        SegmentGrid grid,
        Duration window,
        Sync sync,
        boolean checkMount,
        Republish republish,
        Optional<EditAuth> editAuth,
        Set<String> cors,
        StreamRules streams,
        List<SourceRule> sources,
        List<String> notYet) {
    /** Length of the live playlist where a file says nothing about it. */
    public static final Duration DEFAULT_WINDOW = Duration.ofMinutes(5);

    /** A configuration that records and serves nothing. */
    public static DvrConfiguration nothing(String node) {
        return new DvrConfiguration(
                Optional.empty(),
                node,
                SegmentGrid.DEFAULT,
                DEFAULT_WINDOW,
                Sync.SEGMENT,
                false,
                Republish.DEFAULT,
                Optional.empty(),
                Set.of(),
                new StreamRules(List.of()),
                List.of(),
                List.of());
    }

    public DvrConfiguration {
        cors = Set.copyOf(cors);
        sources = List.copyOf(sources);
        notYet = List.copyOf(notYet);
    }

    /** This configuration with the node's name and the grid of another: neither can change while recordings go on. */
    public DvrConfiguration withNodeAndGridOf(DvrConfiguration other) {
        return new DvrConfiguration(
                clusterKey,
                other.node,
                other.grid,
                window,
                sync,
                checkMount,
                republish,
                editAuth,
                cors,
                streams,
                sources,
                notYet);
    }

    /** Every directory that holds recordings of this server or copies of others', each once, in the file's order. */
    public List<Path> roots() {
        return Stream.concat(
                        streams.all().stream().flatMap(rule -> rule.dvr().stream()),
                        sources.stream().flatMap(source -> source.dvr().stream()))
                .map(DvrRule::root)
                .distinct()
                .toList();
    }

    /**
     * Where a stream's archive lies, what was recorded here and copies alike: as its block says, else as the first source says that it may
     * come from and that has a {@code dvr}.
     */
    public Optional<DvrRule> archiveOf(StreamKey stream) {
        return ruleFor(stream).dvr().or(() -> keptFrom(stream).flatMap(SourceRule::dvr));
    }

    /** The first source whose archive of a stream is kept here. */
    public Optional<SourceRule> keptFrom(StreamKey stream) {
        return sources.stream()
                .filter(source -> source.dvr().isPresent() && source.serves(stream))
                .findFirst();
    }

    /** Every segment cache; those of one directory have the same limits. */
    public List<CacheRule> caches() {
        return Stream.concat(
                        streams.all().stream().flatMap(rule -> rule.cache().stream()),
                        sources.stream().flatMap(source -> source.cache().stream()))
                .distinct()
                .toList();
    }

    /** The segment cache of a stream: its block's, else that of the first source that it may come from and that has one. */
    public Optional<CacheRule> cacheOf(StreamKey stream) {
        return streams.of(stream)
                .flatMap(StreamRule::cache)
                .or(() -> sources.stream()
                        .filter(source -> source.cache().isPresent() && source.serves(stream))
                        .findFirst()
                        .flatMap(SourceRule::cache));
    }

    /** What holds for a stream, by the {@link StreamRules#of block} for it. Without one the stream is not recorded. */
    public StreamSettings ruleFor(StreamKey stream) {
        Optional<StreamRule> rule = streams.of(stream);
        return new StreamSettings(
                rule.flatMap(StreamRule::dvr),
                rule.map(StreamRule::inputs).orElse(List.of()),
                rule.flatMap(StreamRule::window).orElse(window),
                rule.flatMap(StreamRule::sync).orElse(sync),
                rule.flatMap(StreamRule::checkMount).orElse(checkMount),
                rule.flatMap(StreamRule::republish).orElse(republish));
    }

    /** The streams that the built-in test picture is published as. */
    public List<StreamKey> testPictures() {
        return streams.all().stream()
                .filter(rule -> rule.inputs().contains(new InputRule.Fake()))
                .flatMap(rule -> rule.glob().only().stream())
                .toList();
    }

    /** The sources a stream may come from, in order of preference. */
    public List<SourceRule> sourcesFor(StreamKey stream) {
        return sources.stream().filter(source -> source.serves(stream)).toList();
    }
}
