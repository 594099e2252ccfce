package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Loads an HTTP server: with {@link HttpLoad}, or with a program of the user's, called as {@code PROGRAM -p PORT -c
 * CONNECTIONS -d SECONDS -I FIRST,LAST PATH} with {@code %d} in the path, which prints JSON with {@code done}, {@code
 * GB}, {@code secs} and {@code cli_cpu} (seconds) and may have {@code bad} and {@code non2xx}.
 */
final class HttpClients {
    private final Optional<Path> program;
    private final int connections;
    private final int core;

    /**
     * @param core for the program, which is started anew each time; negative for any
     */
    HttpClients(Optional<Path> program, int connections, int core) {
        this.program = program;
        this.connections = connections;
        this.core = core;
    }

    /** Asks a server for the paths, one after the other, for so long. */
    HttpLoad.Result run(int port, String pathPattern, ServedFiles files, int seconds)
            throws IOException, InterruptedException {
        if (program.isPresent()) {
            return external(program.get(), port, pathPattern, files, seconds);
        }
        try (HttpLoad load = new HttpLoad(port, connections, files.paths(pathPattern))) {
            return load.run(seconds);
        }
    }

    private HttpLoad.Result external(Path client, int port, String pathPattern, ServedFiles files, int seconds)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (core >= 0) {
            command.addAll(List.of("taskset", "-c", "" + core));
        }
        command.addAll(List.of(client.toString(), "-p", "" + port, "-c", "" + connections, "-d", "" + seconds));
        command.addAll(List.of("-I", files.firstNumber() + "," + files.lastNumber(), pathPattern));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0 || field(json, "bad") + field(json, "non2xx") > 0) {
            throw new IOException(client + " failed: " + json);
        }
        return new HttpLoad.Result(
                (long) field(json, "done"),
                (long) (field(json, "GB") * 1e9),
                field(json, "secs"),
                field(json, "cli_cpu"));
    }

    private static double field(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":([0-9.]+)").matcher(json);
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
    }
}
