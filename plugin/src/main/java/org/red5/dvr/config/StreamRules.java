package org.red5.dvr.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.StreamKey;

/**
 * The {@code stream} blocks of a configuration, and the one that holds for a stream: blocks that name one stream are found by
 * that name, and only those with a {@code *} are compared. Immutable.
 */
public final class StreamRules {
    /** Fewest characters under {@code *} first, then fewest {@code *}: what is greater is more specific. */
    private static final Comparator<StreamRule> SPECIFIC = Comparator.<StreamRule>comparingInt(
                    rule -> rule.glob().literalCharacters())
            .thenComparing(rule -> rule.glob().stars(), Comparator.reverseOrder());

    private final List<StreamRule> all;
    private final Map<StreamKey, StreamRule> named = new HashMap<>();
    private final List<StreamRule> globs = new ArrayList<>();

    /**
     * @param inOrder the blocks as they stand in the file
     */
    public StreamRules(List<StreamRule> inOrder) {
        all = List.copyOf(inOrder);
        for (StreamRule rule : all) {
            rule.glob().only().ifPresentOrElse(stream -> named.put(stream, rule), () -> globs.add(rule));
        }
    }

    /** As they stand in the file. */
    public List<StreamRule> all() {
        return all;
    }

    /** The streams that have a block of their own, each with the one that holds. */
    public Map<StreamKey, StreamRule> named() {
        return Map.copyOf(named);
    }

    /** The blocks that have to be compared for a stream. A name without {@code *} is more specific than any other. */
    List<StreamRule> candidates(StreamKey stream) {
        @Nullable StreamRule own = named.get(stream);
        return own == null ? globs : List.of(own);
    }

    /**
     * The block that holds for a stream. Of those that match, the one with the fewest characters of the stream's name under
     * {@code *} wins, then the one with the fewest {@code *}, then the later one.
     */
    public Optional<StreamRule> of(StreamKey stream) {
        return candidates(stream).stream()
                .filter(each -> each.glob().matches(stream))
                .reduce((best, later) -> SPECIFIC.compare(later, best) >= 0 ? later : best);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StreamRules rules && all.equals(rules.all);
    }

    @Override
    public int hashCode() {
        return all.hashCode();
    }

    @Override
    public String toString() {
        return all.toString();
    }
}
