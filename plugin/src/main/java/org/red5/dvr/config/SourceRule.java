package org.red5.dvr.config;

import java.util.List;
import java.util.Optional;
import org.red5.dvr.timeline.StreamKey;

/**
 * A {@code source} block: another server whose streams are played, and with {@code dvr} kept, here.
 *
 * @param remoteDvr which servers are asked for the archive
 * @param only the streams that are taken; empty: all
 * @param except streams that are not taken even so
 * @param replication how what is missing is copied, with {@code dvr}
 */
public record SourceRule(
        PeerAddress peer,
        RemoteDvr remoteDvr,
        List<StreamGlob> only,
        List<StreamGlob> except,
        Optional<DvrRule> dvr,
        Optional<CacheRule> cache,
        Replication replication) {
    public SourceRule {
        only = List.copyOf(only);
        except = List.copyOf(except);
    }

    /** Whether a stream is taken from this source. */
    public boolean serves(StreamKey stream) {
        boolean wanted = only.isEmpty() || only.stream().anyMatch(glob -> glob.matches(stream));
        return wanted && except.stream().noneMatch(glob -> glob.matches(stream));
    }
}
