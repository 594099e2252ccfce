package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PortsTest {
    private static final int JVMS = 3;
    private static final int PORTS = 20;

    /** Prints ports, and holds on to none of them, until its standard input ends. */
    static final class Taker {
        private Taker() {}

        public static void main(String[] arguments) throws IOException {
            for (int i = 0; i < PORTS; i++) {
                System.out.println(Ports.free());
            }
            System.out.flush();
            while (System.in.read() >= 0) {
                // Only the end matters.
            }
        }
    }

    @Test
    void jvmsThatRunAtOnceAreGivenDifferentPorts() throws Exception {
        List<Process> jvms = new ArrayList<>();
        Set<String> ports = new HashSet<>();
        try {
            for (int i = 0; i < JVMS; i++) {
                jvms.add(jvm());
            }
            for (Process jvm : jvms) {
                for (int i = 0; i < PORTS; i++) {
                    ports.add(jvm.inputReader(StandardCharsets.UTF_8).readLine());
                }
            }
            for (int i = 0; i < PORTS; i++) {
                ports.add(String.valueOf(Ports.free()));
            }
        } finally {
            jvms.forEach(Process::destroy);
        }
        assertEquals((JVMS + 1) * PORTS, ports.size(), ports.toString());
    }

    private static Process jvm() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = String.join(
                File.pathSeparator,
                Path.of("target/classes").toAbsolutePath().toString(),
                Path.of("target/test-classes").toAbsolutePath().toString());
        return new ProcessBuilder(java, "-cp", classes, Taker.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
