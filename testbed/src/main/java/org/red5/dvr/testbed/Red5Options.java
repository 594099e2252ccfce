package org.red5.dvr.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The command line of {@code red5}: where the server lives, where it listens and what is put into it.
 *
 * @param red5 a Red5 that is there, of which a copy is run; empty: the one in this jar
 * @param conf the DVR configuration to put in; empty keeps the one that is there, or takes the shipped one
 * @param apps names of further applications like {@code live}
 * @param overlays folders copied over the laid out server last, in this order
 * @param exitOnEof whether the server ends when its standard input does, so that it never outlives its starter
 */
record Red5Options(
        Path dir,
        int rtmpPort,
        int httpPort,
        Optional<Path> red5,
        Optional<Path> conf,
        String bind,
        HttpProtocol httpProtocol,
        List<String> apps,
        List<Path> overlays,
        boolean exitOnEof) {

    static final String USAGE =
            "red5 --dir DIR --rtmp-port PORT --http-port PORT [--red5 FOLDER] [--conf FILE] [--bind ADDRESS]"
                    + " [--http-protocol nio|nio2] [--app NAME]... [--overlay DIR]... [--exit-on-eof]";

    Red5Options {
        apps = List.copyOf(apps);
        overlays = List.copyOf(overlays);
    }

    static Red5Options parse(List<String> arguments) throws UsageException {
        Parser parser = new Parser();
        for (Iterator<String> words = arguments.iterator(); words.hasNext(); ) {
            parser.take(words.next(), words);
        }
        return parser.options();
    }

    /** Collects the options one by one. */
    private static final class Parser {
        private Optional<Path> dir = Optional.empty();
        private int rtmpPort;
        private int httpPort;
        private Optional<Path> red5 = Optional.empty();
        private Optional<Path> conf = Optional.empty();
        private String bind = "0.0.0.0";
        private HttpProtocol httpProtocol = HttpProtocol.NIO;
        private final List<String> apps = new ArrayList<>();
        private final List<Path> overlays = new ArrayList<>();
        private boolean exitOnEof;

        void take(String option, Iterator<String> words) throws UsageException {
            switch (option) {
                case "--dir" -> dir = Optional.of(Path.of(value(option, words)).toAbsolutePath());
                case "--rtmp-port" -> rtmpPort = port(option, value(option, words));
                case "--http-port" -> httpPort = port(option, value(option, words));
                case "--red5" ->
                    red5 = Optional.of(Path.of(value(option, words)).toAbsolutePath());
                case "--conf" ->
                    conf = Optional.of(Path.of(value(option, words)).toAbsolutePath());
                case "--bind" -> bind = value(option, words);
                case "--http-protocol" -> httpProtocol = protocol(value(option, words));
                case "--app" -> apps.add(value(option, words));
                case "--overlay" -> overlays.add(Path.of(value(option, words)));
                case "--exit-on-eof" -> exitOnEof = true;
                default -> throw new UsageException("unknown option " + option + "; expected: " + USAGE);
            }
        }

        Red5Options options() throws UsageException {
            if (dir.isEmpty() || rtmpPort == 0 || httpPort == 0) {
                throw new UsageException("--dir, --rtmp-port and --http-port are needed: " + USAGE);
            }
            return new Red5Options(
                    dir.get(), rtmpPort, httpPort, red5, conf, bind, httpProtocol, apps, overlays, exitOnEof);
        }

        private static String value(String option, Iterator<String> words) throws UsageException {
            if (!words.hasNext()) {
                throw new UsageException(option + " needs a value: " + USAGE);
            }
            return words.next();
        }

        private static int port(String option, String text) throws UsageException {
            try {
                int port = Integer.parseInt(text);
                if (port >= 1 && port <= 65535) {
                    return port;
                }
            } catch (NumberFormatException e) {
                throw new UsageException(option + " takes a port number, not \"" + text + "\"");
            }
            throw new UsageException(option + " takes a port from 1 to 65535, not " + text);
        }

        private static HttpProtocol protocol(String text) throws UsageException {
            try {
                return HttpProtocol.valueOf(text.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw new UsageException("--http-protocol takes nio or nio2, not \"" + text + "\"");
            }
        }
    }
}
