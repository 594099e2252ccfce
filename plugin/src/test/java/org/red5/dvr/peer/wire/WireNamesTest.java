package org.red5.dvr.peer.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.peer.Scope;
import org.red5.dvr.timeline.GapReason;

/** The tokens of {@code docs/peer-interface.md}: a change of one is another version of the interface. */
class WireNamesTest {
    @Test
    void tokensAreThoseOfTheInterface() {
        assertEquals("own chain", tokens(WireNames.SCOPES, Scope.values()));
        assertEquals("none nochain chain", tokens(WireNames.POLICIES, RemoteDvr.values()));
        assertEquals("unknown up failing down refused itself", tokens(WireNames.STATES, PeerState.values()));
        assertEquals(
                "not-published server-down overloaded disk-full disk-error expired damaged codecs-changed timestamp-jump"
                        + " not-configured clock-behind too-many-takes not-reachable number-taken not-held newer-archive",
                tokens(WireNames.REASONS, GapReason.values()));
        assertEquals(Optional.empty(), WireNames.REASONS.parse("disk full"), "a sentence is no token");
    }

    private static <E extends Enum<E>> String tokens(WireNames<E> names, E[] values) {
        for (E value : values) {
            assertEquals(Optional.of(value), names.parse(names.of(value)));
        }
        return Arrays.stream(values).map(names::of).collect(Collectors.joining(" "));
    }

    @Test
    void everyCallHasAPath() {
        assertEquals("/peer/v2/status", PeerCall.STATUS.path());
        assertEquals("/peer/v2/index/live/a/5/t", PeerCall.INDEX.path("live/a", 5L, "t"));
        for (PeerCall call : PeerCall.values()) {
            assertEquals(Optional.of(call), PeerCall.of(call.toString()));
        }
        assertEquals(Optional.empty(), PeerCall.of("STATUS"));
    }

    @Test
    void aReplyTellsAnotherVersionInOneOfTwoWays() {
        Optional<String> none = Optional.empty();
        assertEquals(OptionalInt.of(1), Protocol.otherVersion(401, Optional.of("DVR1"), none));
        assertEquals(OptionalInt.of(1), Protocol.otherVersion(401, Optional.of("DVR1 to=x"), none));
        assertEquals(OptionalInt.of(3), Protocol.otherVersion(410, none, Optional.of("3")));
        for (String same : List.of("DVR2", "DVR2 to=x", "DVR", "DVR1234", "Basic DVR1", "DVR1x")) {
            assertEquals(OptionalInt.empty(), Protocol.otherVersion(401, Optional.of(same), none), same);
        }
        assertEquals(OptionalInt.empty(), Protocol.otherVersion(403, Optional.of("DVR1"), none));
        assertEquals(OptionalInt.empty(), Protocol.otherVersion(410, none, none));
        assertEquals(OptionalInt.empty(), Protocol.otherVersion(410, none, Optional.of("2")));
        assertEquals(OptionalInt.empty(), Protocol.otherVersion(401, none, Optional.of("3")), "only a 410 says it so");
    }
}
