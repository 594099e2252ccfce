package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The executables need nothing of the system but what every program in C++ needs. */
class FfmpegTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** A line of the loader's: a name, and the file that was found for it. */
    private static final Pattern RESOLVED = Pattern.compile("\\s*(\\S+) => (\\S+).*");

    private static final Pattern OF_THE_SYSTEM = Pattern.compile(
            "(libc|libm|libmvec|libdl|librt|libpthread|libgcc_s|libstdc\\+\\+|ld-linux-x86-64)\\.so\\.\\d+");

    private static Ffmpeg ffmpeg;

    @BeforeAll
    static void unpack() throws IOException {
        ffmpeg = Ffmpeg.unpacked(CacheFolder.standard());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ffmpeg", "ffprobe"})
    void findsAllLibrariesAmongItsOwn(String executable) throws Exception {
        // What ldd does; the loader ends there, before the program begins.
        RunningProcess.Result listed = run(executable, Map.of("LD_TRACE_LOADED_OBJECTS", "1"));
        assertEquals("", listed.errors());
        assertFalse(listed.outputText().contains("not found"), listed.outputText());
        Map<String, Path> files = RESOLVED.matcher(listed.outputText())
                .results()
                .collect(Collectors.toMap(line -> line.group(1), line -> Path.of(line.group(2)), (one, same) -> one));
        Path own = ffmpeg.executable(executable).getParent();
        for (String unused :
                List.of("libasound.so.2", "libpulse.so.0", "libudev.so.1", "libxcb.so.1", "libxcb-shm.so.0")) {
            assertEquals(own.resolve("empty").resolve(unused), files.get(unused), listed.outputText());
        }
        for (Map.Entry<String, Path> file : files.entrySet()) {
            assertTrue(
                    file.getValue().normalize().startsWith(own)
                            || OF_THE_SYSTEM.matcher(file.getKey()).matches(),
                    file + " is the system's");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ffmpeg", "ffprobe"})
    void startsWithoutAWordFromTheLoader(String executable) throws Exception {
        RunningProcess.Result started = run(executable, Map.of(), "-version").requireSuccess();
        assertEquals("", started.errors());
        assertTrue(started.outputText().startsWith(executable + " version 8."), started.outputText());
    }

    @Test
    void encodesWhateverTheTestsSend() throws Exception {
        String encoders = run("ffmpeg", Map.of(), "-hide_banner", "-encoders")
                .requireSuccess()
                .outputText();
        for (String encoder : List.of("libx264", "libx265", "libsvtav1", "aac", "libmp3lame", "libopus")) {
            Matcher line = Pattern.compile("(?m)^ \\S+ " + encoder + " ").matcher(encoders);
            assertTrue(line.find(), "no " + encoder + ": " + encoders);
        }
    }

    /** With an environment of nothing but these variables and the path of our libraries. */
    private static RunningProcess.Result run(String executable, Map<String, String> variables, String... arguments)
            throws IOException, InterruptedException {
        ProcessBuilder builder = ffmpeg.command(executable, List.of(), arguments);
        String libraryPath = builder.environment().get("LD_LIBRARY_PATH");
        builder.environment().clear();
        builder.environment().putAll(variables);
        builder.environment().put("LD_LIBRARY_PATH", libraryPath);
        try (RunningProcess process = RunningProcess.start(builder)) {
            return process.await(LIMIT);
        }
    }
}
