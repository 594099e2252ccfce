package org.red5.dvr.red5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.scope.ScopeType;

/** Time goes by when a test says so, and what is told to the thread is done at once. */
class TestPictureInputsTest {
    private static final long START_MICROS = 1_763_817_601_010_000L;
    private static final StreamKey CLOCK = new StreamKey("live", "clock");
    private static final StreamKey SECOND = new StreamKey("live", "room/second");
    private static final StreamKey ELSEWHERE = new StreamKey("other", "clock");

    private final ScheduledExecutorService thread = mock(ScheduledExecutorService.class);
    private final List<Runnable> ticks = new ArrayList<>();
    private final List<Recorded> begun = new ArrayList<>();
    private long nowMicros = START_MICROS;
    private TestPictureInputs inputs;

    private static final class Recorded implements TestPictureInputs.Broadcast {
        private final IScope app;
        private final String name;
        private final List<Integer> video = new ArrayList<>();
        private final List<Integer> audio = new ArrayList<>();
        private final List<byte[]> frames = new ArrayList<>();
        private boolean ended;
        private boolean broken;

        Recorded(IScope app, String name) {
            this.app = app;
            this.name = name;
        }

        @Override
        public void video(int timestampMillis, byte[] body) {
            if (broken) {
                throw new IllegalStateException("as asked for");
            }
            video.add(timestampMillis);
            frames.add(body);
        }

        @Override
        public void audio(int timestampMillis, byte[] body) {
            audio.add(timestampMillis);
        }

        @Override
        public void end() {
            ended = true;
        }
    }

    @BeforeEach
    void start() {
        doAnswer(call -> {
                    call.<Runnable>getArgument(0).run();
                    return null;
                })
                .when(thread)
                .execute(any());
        when(thread.scheduleAtFixedRate(any(), anyLong(), anyLong(), any())).thenAnswer(call -> {
            ticks.add(call.getArgument(0));
            return null;
        });
        inputs = new TestPictureInputs(
                List.of(CLOCK, SECOND, ELSEWHERE),
                (app, name) -> {
                    begun.add(new Recorded(app, name));
                    return begun.get(begun.size() - 1);
                },
                () -> nowMicros,
                thread);
    }

    @Test
    void publishesTheStreamsOfAnApplicationWhenItStarts() {
        pass(1_000);
        assertEquals(List.of(), begun);
        IScope live = app("live");
        inputs.notifyScopeCreated(live);
        inputs.notifyScopeCreated(app("unknown"));
        assertEquals(
                List.of("clock", "room/second"),
                begun.stream().map(each -> each.name).toList());
        assertTrue(begun.stream().allMatch(each -> each.app == live));
    }

    @Test
    void framesComeWithTheClockFromAKeyFrameOn() {
        inputs.notifyScopeCreated(app("live"));
        pass(10_000);
        Recorded clock = begun.get(0);
        // The configuration, and the frames that have begun in ten seconds.
        assertEquals(251, clock.video.size());
        assertEquals(0x17, clock.frames.get(1)[0]);
        for (int i = 1; i < 251; i++) {
            assertEquals((i - 1) * 40, clock.video.get(i));
        }
        // 48,000 samples a second, 1,024 in each, and the configuration.
        assertEquals(469, clock.audio.size() - 1, 1);
        for (int i = 2; i < clock.audio.size(); i++) {
            assertEquals(1_024 / 48.0, clock.audio.get(i) - clock.audio.get(i - 1), 1, "before " + i);
        }
    }

    @Test
    void anApplicationThatStartsAgainGetsItsStreamsAgain() {
        IScope live = app("live");
        inputs.notifyScopeCreated(live);
        pass(1_000);
        inputs.notifyScopeRemoved(live);
        int sent = begun.get(0).video.size();
        pass(1_000);
        assertTrue(begun.get(0).ended);
        assertEquals(sent, begun.get(0).video.size());
        inputs.notifyScopeCreated(app("live"));
        pass(1_000);
        assertEquals(4, begun.size());
        assertEquals(0, begun.get(2).video.get(1));
        assertEquals(0x17, begun.get(2).frames.get(1)[0]);
        inputs.notifyScopeRemoved(live); // Late news of the one before.
        assertTrue(!begun.get(2).ended);
    }

    @Test
    void whatWasMissedWhileTheServerStoodStillIsLeftOut() {
        inputs.notifyScopeCreated(app("live"));
        pass(1_000);
        int sent = begun.get(0).video.size();
        nowMicros += 60_000_000;
        pass(40);
        List<Integer> times = begun.get(0).video;
        assertTrue(times.size() <= sent + 3, times::toString);
        assertEquals(0x17, begun.get(0).frames.get(sent)[0], "decoding starts anew");
        assertEquals(60_000, times.get(sent) - times.get(sent - 1), 80);
    }

    @Test
    void aStreamBeginsWhenItsFramesAreOnTime() {
        inputs.notifyScopeCreated(app("live"));
        nowMicros += 60_000; // Nobody had time for the first frame when it was due.
        pass(20);
        assertEquals(1, begun.get(0).video.size(), "the configuration alone");
        pass(2_000);
        assertEquals(0x17, begun.get(0).frames.get(1)[0]);
        assertEquals(0, begun.get(0).video.get(1));
    }

    @Test
    void aStreamThatRed5DoesNotTakeDoesNotHoldUpTheOthers() {
        inputs.notifyScopeCreated(app("live"));
        pass(1_000);
        begun.get(0).broken = true;
        pass(1_000);
        assertTrue(begun.get(0).ended);
        assertEquals(51, begun.get(1).video.size());
    }

    @Test
    void closingEndsAll() {
        inputs.notifyScopeCreated(app("live"));
        inputs.close();
        assertTrue(begun.stream().allMatch(each -> each.ended));
    }

    private void pass(int millis) {
        for (int i = 0; i < millis; i += 20) {
            nowMicros += 20_000;
            ticks.forEach(Runnable::run);
        }
    }

    private static IScope app(String name) {
        IScope scope = mock(IScope.class);
        when(scope.getName()).thenReturn(name);
        when(scope.getType()).thenReturn(ScopeType.APPLICATION);
        return scope;
    }
}
