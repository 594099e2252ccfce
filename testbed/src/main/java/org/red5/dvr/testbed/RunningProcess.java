package org.red5.dvr.testbed;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A child process whose output is collected as it comes and whose end is bounded; it is killed when this JVM ends. All methods
 * may be called from any thread. Signals go through the process handle: {@code Process.destroy} would close the streams under
 * those who read them.
 */
public final class RunningProcess implements AutoCloseable {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(3);
    private static final int SHOWN_ERROR_CHARS = 4000;

    private final Process process;
    private final String name;
    private final Collector output;
    private final Collector errors;
    private final Thread hook;

    private RunningProcess(Process process, String name, Optional<OutputReader> reader) {
        this.process = process;
        this.name = name;
        this.output = new Collector(process.getInputStream(), name + " output", reader);
        this.errors = new Collector(process.getErrorStream(), name + " errors", Optional.empty());
        this.hook = new Thread(process.toHandle()::destroyForcibly, name + " end");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    static RunningProcess start(ProcessBuilder builder) throws IOException {
        return new RunningProcess(builder.start(), name(builder), Optional.empty());
    }

    /** Lets {@code reader}, in a thread of its own, take the standard output instead of collecting it. */
    static RunningProcess start(ProcessBuilder builder, OutputReader reader) throws IOException {
        return new RunningProcess(builder.start(), name(builder), Optional.of(reader));
    }

    private static String name(ProcessBuilder builder) {
        return builder.command().get(0).replaceFirst(".*/", "");
    }

    /** What the process reads as its standard input. */
    public OutputStream input() {
        return process.getOutputStream();
    }

    /** What it has written to standard output so far. */
    public byte[] output() {
        return output.bytes();
    }

    /** What it has written to standard error so far. */
    public String errors() {
        return new String(errors.bytes(), StandardCharsets.UTF_8);
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for the end and for all of the output; a process that takes longer is killed, and that is an error. */
    public Result await(Duration limit) throws IOException, InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            process.toHandle().destroyForcibly();
            throw new IOException(name + " took longer than " + limit.toSeconds() + " s: " + shownErrors());
        }
        return finished();
    }

    /** Ends the process, by SIGTERM and after 3 s by SIGKILL. */
    public Result stop() throws IOException, InterruptedException {
        process.toHandle().destroy();
        if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            process.toHandle().destroyForcibly();
        }
        process.waitFor();
        return finished();
    }

    private Result finished() throws InterruptedException {
        output.join();
        errors.join();
        removeHook();
        return new Result(name, process.exitValue(), output(), errors());
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This JVM is ending: the hook has its job to do.
            return;
        }
    }

    private String shownErrors() {
        String text = errors();
        return text.substring(Math.max(0, text.length() - SHOWN_ERROR_CHARS));
    }

    /** Kills the process if it is still there. */
    @Override
    public void close() {
        process.toHandle().destroyForcibly();
        removeHook();
    }

    /**
     * What a process left behind when it ended.
     *
     * @param exitCode 128 + signal number if a signal ended it
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, and copied nowhere.
    public record Result(String name, int exitCode, byte[] output, String errors) {
        /** Throws if the exit code is not 0. */
        public Result requireSuccess() throws IOException {
            if (exitCode != 0) {
                throw new IOException(name + " ended with " + exitCode + ": " + errors);
            }
            return this;
        }

        public String outputText() {
            return new String(output, StandardCharsets.UTF_8);
        }
    }

    /** Takes the standard output as it comes; the process stops where nobody reads on. */
    interface OutputReader {
        void read(InputStream output) throws IOException;
    }

    /** Reads one stream of the process to its end. */
    private static final class Collector {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Thread thread;

        Collector(InputStream stream, String name, Optional<OutputReader> reader) {
            OutputReader used = reader.orElse(this::collect);
            this.thread = new Thread(() -> read(used, stream), name);
            thread.setDaemon(true);
            thread.start();
        }

        private void read(OutputReader reader, InputStream stream) {
            try (stream) {
                reader.read(stream);
            } catch (IOException e) {
                throw new UncheckedIOException(thread.getName(), e);
            }
        }

        private void collect(InputStream stream) throws IOException {
            byte[] buffer = new byte[65536];
            for (int length = stream.read(buffer); length >= 0; length = stream.read(buffer)) {
                bytes.write(buffer, 0, length);
            }
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }

        void join() throws InterruptedException {
            thread.join();
        }
    }
}
