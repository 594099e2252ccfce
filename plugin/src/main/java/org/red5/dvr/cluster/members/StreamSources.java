package org.red5.dvr.cluster.members;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.InputRule;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.config.SourceRule;
import org.red5.dvr.config.StreamRule;
import org.red5.dvr.timeline.StreamKey;

/**
 * Which sources a stream has, by the configuration: the {@code dvr://} inputs of its block in their order, else the
 * {@code source} blocks that serve it.
 */
public final class StreamSources {
    private final Supplier<DvrConfiguration> inForce;
    /** Of the configuration that was in force last, made when it is needed first. */
    private volatile @Nullable Inputs inputs;

    /**
     * @param inForce the configuration, asked each time
     */
    public StreamSources(Supplier<DvrConfiguration> inForce) {
        this.inForce = inForce;
    }

    /**
     * The sources of a stream, in order of preference; a source is named once. A name that no server can store has none: no server is
     * asked for it, and nothing is remembered of it.
     */
    public List<StreamSource> of(StreamKey stream) {
        if (!LocalArchive.isStorable(stream)) {
            return List.of();
        }
        DvrConfiguration configuration = inForce.get();
        Set<StreamSource> inputs = new LinkedHashSet<>();
        for (InputRule input : configuration.ruleFor(stream).inputs()) {
            if (input instanceof InputRule.Dvr dvr) {
                inputs.add(new StreamSource(dvr.peer(), dvr.stream(), dvr.remoteDvr()));
            }
        }
        if (!inputs.isEmpty()) {
            return List.copyOf(inputs);
        }
        return configuration.sourcesFor(stream).stream()
                .map(source -> new StreamSource(source.peer(), stream, source.remoteDvr()))
                .toList();
    }

    /** Every peer that is named anywhere, with the policy of the first place, {@code source} blocks before inputs. */
    public Map<PeerAddress, RemoteDvr> peers() {
        DvrConfiguration configuration = inForce.get();
        Map<PeerAddress, RemoteDvr> peers = new LinkedHashMap<>();
        for (SourceRule source : configuration.sources()) {
            peers.putIfAbsent(source.peer(), source.remoteDvr());
        }
        for (StreamRule rule : configuration.streams().all()) {
            for (InputRule input : rule.inputs()) {
                if (input instanceof InputRule.Dvr dvr) {
                    peers.putIfAbsent(dvr.peer(), dvr.remoteDvr());
                }
            }
        }
        return peers;
    }

    /** Whether a {@code source} block takes all streams of a peer. */
    public boolean isForAll(PeerAddress peer) {
        return inForce.get().sources().stream()
                .anyMatch(source -> source.peer().equals(peer)
                        && source.only().isEmpty()
                        && source.except().isEmpty());
    }

    /** By which names a peer's stream is known here. */
    public Set<StreamKey> namesOf(PeerAddress peer, StreamKey there) {
        Set<StreamKey> names = new TreeSet<>(inputs().names().getOrDefault(new PeerStream(peer, there), Set.of()));
        if (sourceOf(there, peer, there).isPresent()) {
            names.add(there);
        }
        return names;
    }

    @SuppressWarnings("ReferenceEquality") // Of this very configuration.
    private Inputs inputs() {
        DvrConfiguration configuration = inForce.get();
        Inputs known = inputs;
        if (known == null || known.of() != configuration) {
            known = Inputs.of(configuration);
            inputs = known;
        }
        return known;
    }

    /** One stream of one peer, by its name there. */
    private record PeerStream(PeerAddress peer, StreamKey there) {}

    /**
     * The names here of the streams of peers that blocks for one stream have as inputs.
     *
     * @param of the configuration that says so
     */
    private record Inputs(DvrConfiguration of, Map<PeerStream, Set<StreamKey>> names) {
        private static Inputs of(DvrConfiguration configuration) {
            Map<PeerStream, Set<StreamKey>> names = new HashMap<>();
            configuration.streams().named().forEach((here, rule) -> {
                for (InputRule input : rule.inputs()) {
                    if (input instanceof InputRule.Dvr dvr) {
                        names.computeIfAbsent(new PeerStream(dvr.peer(), dvr.stream()), key -> new HashSet<>())
                                .add(here);
                    }
                }
            });
            return new Inputs(configuration, names);
        }
    }

    /** The source of a stream that is a peer's stream. */
    Optional<StreamSource> sourceOf(StreamKey here, PeerAddress peer, StreamKey there) {
        for (StreamSource source : of(here)) {
            if (source.peer().equals(peer) && source.stream().equals(there)) {
                return Optional.of(source);
            }
        }
        return Optional.empty();
    }
}
