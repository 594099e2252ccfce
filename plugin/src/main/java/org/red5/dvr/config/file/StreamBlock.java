package org.red5.dvr.config.file;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.config.DvrRule;
import org.red5.dvr.config.InputRule;
import org.red5.dvr.config.Republish;
import org.red5.dvr.config.StreamGlob;
import org.red5.dvr.config.StreamRule;
import org.red5.dvr.config.Sync;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Vocabulary;

/** Reads a {@code stream} block. */
final class StreamBlock extends BlockReader {
    private final StreamGlob glob;
    private final WindowReader windows;
    private final List<InputRule> inputs = new ArrayList<>();
    private Optional<DvrRule> dvr = Optional.empty();
    private Optional<CacheRule> cache = Optional.empty();
    private Optional<Duration> window = Optional.empty();
    private Optional<Sync> sync = Optional.empty();
    private Optional<Boolean> checkMount = Optional.empty();
    private Optional<Republish> republish = Optional.empty();

    StreamBlock(StreamGlob glob, Reading reading, WindowReader windows) {
        super(Vocabulary.STREAM, reading);
        this.glob = glob;
        this.windows = windows;
    }

    StreamRule rule() {
        return new StreamRule(glob, dvr, cache, inputs, window, sync, checkMount, republish);
    }

    @Override
    void read(String name, Arguments words) throws Rejected {
        switch (name) {
            case "dvr" -> dvr = Optional.of(reading().dvr(words));
            case "window" -> window = Optional.of(windows.read(words));
            case "cache" -> cache = Optional.of(reading().cache(words));
            case "input" -> readInput(words);
            case "sync" -> sync = Optional.of(sync(words));
            case "check_mount" -> checkMount = Optional.of(onOrOff(words));
            case "republish" -> republish = Optional.of(republish(words));
            default -> throw new IllegalStateException("not in the vocabulary: " + name);
        }
    }

    private void readInput(Arguments words) throws Rejected {
        InputRule input = Addresses.input(words);
        words.end();
        if (input instanceof InputRule.Dvr) {
            reading().namesPeer(words.start());
        } else if (input instanceof InputRule.Rtmp) {
            reading().notYet("input rtmp://");
        } else if (glob.only().isEmpty()) {
            throw new Rejected(words.start(), "expected a stream without \"*\" for the test picture, found " + glob);
        }
        inputs.add(input);
    }
}
