package org.red5.dvr.testbed;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.red5.dvr.testbed.bench.BenchProcess;

/** The command {@code java -jar testbed.jar}. */
public final class Testbed {
    private Testbed() {}

    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        try {
            run(Arrays.asList(arguments));
        } catch (UsageException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static void run(List<String> words) throws IOException, ReflectiveOperationException, UsageException {
        if (!words.isEmpty() && words.get(0).equals("bench")) {
            System.exit(BenchProcess.run(words.subList(1, words.size())));
        }
        if (words.isEmpty() || !words.get(0).equals("red5")) {
            throw new UsageException("usage: java -jar testbed.jar " + Red5Options.USAGE
                    + "\n       java -jar testbed.jar bench NAME [options]");
        }
        new Red5Runner(Red5Options.parse(words.subList(1, words.size()))).run();
    }
}
