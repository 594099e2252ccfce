package org.red5.dvr.red5.hooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.scope.IScope;

class StreamKeysTest {
    private final IScope global = below(null, "default");
    private final IScope live = below(global, "live");

    private static IScope below(IScope parent, String name) {
        IScope scope = mock(IScope.class);
        when(scope.getName()).thenReturn(name);
        when(scope.getParent()).thenReturn(parent);
        when(scope.hasParent()).thenReturn(parent != null);
        return scope;
    }

    @Test
    void applicationIsTheScopeBelowTheGlobalOne() {
        assertEquals(new StreamKey("live", "camera"), StreamKeys.of(live, "camera"));
    }

    @Test
    void roomsLeadTheName() {
        IScope door = below(below(live, "room 1"), "door");
        assertEquals(new StreamKey("live", "room 1/door/a/b"), StreamKeys.of(door, "a/b"));
    }

    @Test
    void globalScopeHasNoStreams() {
        assertThrows(IllegalArgumentException.class, () -> StreamKeys.of(global, "camera"));
    }
}
