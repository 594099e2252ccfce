package org.red5.dvr.peer.wire;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.timeline.GapReason;

/**
 * The words that stand on the wire for the values of an enum. They are chosen here, so that another name in the code and another sentence for people
 * change no byte.
 */
public final class WireNames<E extends Enum<E>> {
    public static final WireNames<Scope> SCOPES = new WireNames<>(Scope.class, scope -> switch (scope) {
        case OWN -> "own";
        case CHAIN -> "chain";
    });

    static final WireNames<RemoteDvr> POLICIES = new WireNames<>(RemoteDvr.class, policy -> switch (policy) {
        case NONE -> "none";
        case NOCHAIN -> "nochain";
        case CHAIN -> "chain";
    });

    static final WireNames<PeerState> STATES = new WireNames<>(PeerState.class, state -> switch (state) {
        case UNKNOWN -> "unknown";
        case UP -> "up";
        case FAILING -> "failing";
        case DOWN -> "down";
        case REFUSED -> "refused";
        case IGNORED -> "itself";
    });

    static final WireNames<GapReason> REASONS = new WireNames<>(GapReason.class, reason -> switch (reason) {
        case NOT_PUBLISHED -> "not-published";
        case SERVER_DOWN -> "server-down";
        case OVERLOADED -> "overloaded";
        case DISK_FULL -> "disk-full";
        case DISK_ERROR -> "disk-error";
        case EXPIRED -> "expired";
        case DAMAGED -> "damaged";
        case CONFIGURATION_CHANGED -> "codecs-changed";
        case TIMESTAMP_JUMP -> "timestamp-jump";
        case NOT_CONFIGURED -> "not-configured";
        case CLOCK_BEHIND -> "clock-behind";
        case TOO_MANY_TAKES -> "too-many-takes";
        case NOT_REACHABLE -> "not-reachable";
        case NUMBER_TAKEN -> "number-taken";
        case NOT_HELD -> "not-held";
        case NEWER_ARCHIVE -> "newer-archive";
    });

    private final Map<E, String> names;
    private final Map<String, E> values = new HashMap<>();

    private WireNames(Class<E> type, Function<E, String> nameOf) {
        names = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            String name = nameOf.apply(value);
            names.put(value, name);
            if (values.put(name, value) != null) {
                throw new IllegalStateException("two values of " + type + " are " + name);
            }
        }
    }

    public String of(E value) {
        return names.getOrDefault(value, "");
    }

    /** The value of a word; empty when this version knows none. */
    public Optional<E> parse(String word) {
        return Optional.ofNullable(values.get(word));
    }
}
