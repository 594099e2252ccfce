package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what a process uses, and ties it to a core; Linux only. */
final class ProcessMeter {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
    private static final int USER_TIME = 14;
    private static final int SYSTEM_TIME = 15;
    /** USER_HZ, the unit of /proc/PID/stat, is 100 per second on every Linux that runs Java. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int COMMAND_SECONDS = 60;

    private final long pid;

    ProcessMeter(long pid) {
        this.pid = pid;
    }

    /** CPU time of all threads so far, those that ended too. */
    double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        // The second field is the command in parentheses and may hold spaces.
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        long ticks = Long.parseLong(fields.get(USER_TIME - 3)) + Long.parseLong(fields.get(SYSTEM_TIME - 3));
        return ticks / TICKS_PER_SECOND;
    }

    long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1_024;
            }
        }
        throw new IOException("no VmRSS of process " + pid);
    }

    /** What is reachable on the heap of a JVM; makes it collect all its garbage. */
    long liveHeapBytes() throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Matcher total = TOTAL.matcher(run(List.of(jcmd, "" + pid, "GC.class_histogram")));
        if (!total.find()) {
            throw new IOException("jcmd shows no histogram of process " + pid);
        }
        return Long.parseLong(total.group(1));
    }

    /** Ties all threads, and those they start, to one core; false where there is only one, or no taskset. */
    boolean pin(int core) throws IOException, InterruptedException {
        if (Runtime.getRuntime().availableProcessors() < 2 || !isInstalled("taskset")) {
            return false;
        }
        run(List.of("taskset", "-a", "-c", "-p", "" + core, "" + pid));
        return true;
    }

    static boolean isInstalled(String command) {
        return List.of(System.getenv().getOrDefault("PATH", "").split(":")).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("bench-command", ".txt");
        try {
            Process process = new ProcessBuilder(new ArrayList<>(command))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command + " took longer than " + COMMAND_SECONDS + " s");
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IOException(command + " ended with " + process.exitValue() + ": " + text);
            }
            return text;
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
