package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.util.List;

/** Segments and playlists. */
final class ServeBenchmark implements Benchmark {
    @Override
    public List<String> options() {
        return List.of();
    }

    @Override
    public Figures run(Options options) throws BenchException, IOException, InterruptedException {
        throw new BenchException("not yet");
    }
}
