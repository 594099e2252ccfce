package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.util.List;

/** One benchmark. */
interface Benchmark {
    /** The options it has, with their dashes. */
    List<String> options();

    /** Measures. */
    Figures run(Options options) throws BenchException, IOException, InterruptedException;
}
