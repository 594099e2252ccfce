package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Runs one benchmark in this JVM. */
public final class Bench {
    static final String USAGE = """
            usage: java -jar testbed.jar bench NAME [options] [--check]
              record    --streams N --seconds N --rounds N --hours N --clip FILE.flv --dir DIR
              load      --streams N --seconds N --rounds N --heap MB --clip FILE.flv --dir DIR
              playlist  --rounds N --hours N --dir DIR
              window    --days N --windows N --drop-caches 0|1 --dir DIR
              archive   --streams N --days N --rounds N --dir DIR
              serve     --seconds N --rounds N --connections N --client PROGRAM
                        --protocol nio|nio2 --dir DIR
              sync      --segments N --rounds N --dir DIR
              start     --streams N --days N --rounds N --dir DIR
              edge      --segments N --rounds N --clients N --seconds N --dir DIR
              audience  --viewers N --hours N --segments-per-hour N --rounds N
            With --check, a figure that misses its goal by more than 25 % makes the exit code 1.""";

    private Bench() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try {
            System.exit(run(Arrays.asList(arguments)));
        } catch (BenchException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static int run(List<String> words) throws BenchException, IOException, InterruptedException {
        String name = words.isEmpty() ? "" : words.get(0);
        List<String> rest = words.isEmpty() ? words : words.subList(1, words.size());
        Benchmark benchmark = switch (name) {
            case "record" -> new RecordBenchmark();
            case "load" -> new LoadBenchmark();
            case "playlist" -> new PlaylistBenchmark();
            case "window" -> new WindowBenchmark();
            case "archive" -> new ArchiveBenchmark();
            case "serve" -> new ServeBenchmark();
            case "sync" -> new SyncBenchmark();
            case "start" -> new StartBenchmark();
            case "edge" -> new EdgeBenchmark();
            case "audience" -> new AudienceBenchmark();
            default -> throw new BenchException(USAGE);
        };
        Options options = Options.parse(rest, benchmark.options());
        Figures figures = benchmark.run(options);
        figures.print(System.out);
        return options.check() && !figures.failed().isEmpty() ? 1 : 0;
    }
}
