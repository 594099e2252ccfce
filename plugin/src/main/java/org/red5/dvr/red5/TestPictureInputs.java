package org.red5.dvr.red5;

import java.io.Closeable;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.red5.dvr.media.testpicture.SilentSound;
import org.red5.dvr.media.testpicture.TestPicture;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.util.Unending;
import org.red5.server.api.listeners.IScopeListener;
import org.red5.server.api.scope.IBasicScope;
import org.red5.server.api.scope.IScope;
import org.red5.server.api.scope.ScopeType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the built-in test picture as the configured streams, in each application while it runs. All streams get the same
 * frames, each when the clock has come to it. Red5 tells of applications on any thread; everything else is done by the one
 * thread of the executor.
 */
final class TestPictureInputs implements IScopeListener, Closeable {
    /** A stream that is being published. */
    interface Broadcast {
        /** @param body nobody changes it */
        void video(int timestampMillis, byte[] body);

        void audio(int timestampMillis, byte[] body);

        void end();
    }

    /** Begins to publish. */
    interface Publisher {
        Broadcast begin(IScope app, String name);
    }

    private static final Logger log = LoggerFactory.getLogger(TestPictureInputs.class);
    private static final long TICK_MILLIS = 20;
    /** A server that stood still for longer leaves out what it missed. */
    private static final int MOST_BEHIND = 2 * TestPicture.FRAMES_PER_SECOND;

    /** A stream begins with a key frame that is not later than this, */
    private static final long MOST_LATE_MICROS = 40_000;
    /** or else with the last of so many: who receives it takes the delay for the way it came. */
    private static final int MOST_LATE_FRAMES = 5;

    /** One stream, and where its time stamps begin: at its first frame. */
    private static final class Input {
        private final IScope app;
        private final Broadcast broadcast;
        private long firstMicros = Long.MAX_VALUE;
        private int lateFrames;

        Input(IScope app, Broadcast broadcast) {
            this.app = app;
            this.broadcast = broadcast;
        }

        boolean hasBegun() {
            return firstMicros != Long.MAX_VALUE;
        }

        /** Whether it begins with a key frame that comes so late. */
        boolean begins(long micros, long lateMicros) {
            if (lateMicros > MOST_LATE_MICROS && ++lateFrames < MOST_LATE_FRAMES) {
                return false;
            }
            firstMicros = micros;
            return true;
        }

        /** Wraps after 24 days, as time stamps do. */
        int timestampMillis(long micros) {
            return (int) ((micros - firstMicros) / 1_000);
        }
    }

    private final Supplier<List<StreamKey>> streams;
    private final Publisher publisher;
    private final LongSupplier utcMicros;
    private final ScheduledExecutorService thread;
    private final TestPicture picture = new TestPicture();
    private final Map<String, IScope> apps = new HashMap<>();
    private final Map<StreamKey, Input> running = new LinkedHashMap<>();
    private long lastFrame;

    /**
     * @param streams those of the configuration in force
     * @param utcMicros the clock, microseconds since the Unix epoch; nothing is sent twice when it goes back
     * @param thread of this object's own
     */
    TestPictureInputs(
            Supplier<List<StreamKey>> streams,
            Publisher publisher,
            LongSupplier utcMicros,
            ScheduledExecutorService thread) {
        this.streams = streams;
        this.publisher = publisher;
        this.utcMicros = utcMicros;
        this.thread = thread;
        this.lastFrame = TestPicture.frameAt(utcMicros.getAsLong());
        thread.scheduleAtFixedRate(
                new Unending("the test picture", this::sendDue), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Another configuration is in force. */
    void changed() {
        execute(this::follow);
    }

    @Override
    public void notifyScopeCreated(IScope scope) {
        if (scope.getType() == ScopeType.APPLICATION) {
            execute(() -> {
                apps.put(scope.getName(), scope);
                follow();
            });
        }
    }

    @Override
    public void notifyScopeRemoved(IScope scope) {
        if (scope.getType() == ScopeType.APPLICATION) {
            execute(() -> {
                // It may have started again before it was told that it stopped.
                apps.remove(scope.getName(), scope);
                follow();
            });
        }
    }

    @Override
    public void notifyBasicScopeAdded(IBasicScope scope) {
        // Streams and the like: of no interest here.
    }

    @Override
    public void notifyBasicScopeRemoved(IBasicScope scope) {
        // As above.
    }

    /** Ends all streams. */
    @Override
    public void close() {
        execute(() -> List.copyOf(running.keySet()).forEach(this::end));
        thread.shutdown();
    }

    private void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("the test picture's thread has ended: {}", e.toString());
        }
    }

    /** Publishes what is configured, in the applications that run, and nothing else. */
    private void follow() {
        List<StreamKey> wanted = streams.get();
        for (StreamKey stream : List.copyOf(running.keySet())) {
            Input input = running.get(stream);
            if (input != null && (!wanted.contains(stream) || apps.get(stream.app()) != input.app)) {
                end(stream);
            }
        }
        for (StreamKey stream : wanted) {
            IScope app = apps.get(stream.app());
            if (app != null && !running.containsKey(stream)) {
                begin(stream, app);
            }
        }
    }

    private void begin(StreamKey stream, IScope app) {
        try {
            Broadcast broadcast = publisher.begin(app, stream.name());
            running.put(stream, new Input(app, broadcast));
            broadcast.video(0, picture.configuration());
            broadcast.audio(0, SilentSound.configuration());
            log.info("{}: the built-in test picture", stream);
        } catch (RuntimeException e) {
            log.error("{}: the built-in test picture cannot be published", stream, e);
        }
    }

    private void end(StreamKey stream) {
        Input input = running.remove(stream);
        if (input != null) {
            try {
                input.broadcast.end();
            } catch (RuntimeException e) {
                log.error("{}: the end of the built-in test picture failed", stream, e);
            }
        }
    }

    private void sendDue() {
        long due = TestPicture.frameAt(utcMicros.getAsLong());
        if (running.isEmpty()) {
            lastFrame = Math.max(lastFrame, due);
        } else if (due - lastFrame > MOST_BEHIND) {
            lastFrame = due - 1;
        }
        while (lastFrame < due && !running.isEmpty()) {
            lastFrame++;
            send(lastFrame);
        }
    }

    private void send(long frame) {
        byte[] video = picture.frame(frame);
        for (StreamKey stream : List.copyOf(running.keySet())) {
            Input input = running.get(stream);
            if (input != null) {
                try {
                    send(input, frame, video);
                } catch (RuntimeException e) {
                    log.error("{}: the built-in test picture is published no more", stream, e);
                    end(stream);
                }
            }
        }
    }

    private void send(Input input, long frame, byte[] video) {
        long micros = TestPicture.startMicros(frame);
        boolean isKeyFrame = TestPicture.isKeyFrame(video);
        if (!input.hasBegun() && !(isKeyFrame && input.begins(micros, utcMicros.getAsLong() - micros))) {
            return;
        }
        input.broadcast.video(input.timestampMillis(micros), video);
        long sound = SilentSound.frameAtOrAfter(micros);
        for (; SilentSound.startMicros(sound) < TestPicture.startMicros(frame + 1); sound++) {
            input.broadcast.audio(input.timestampMillis(SilentSound.startMicros(sound)), SilentSound.frame());
        }
    }
}
