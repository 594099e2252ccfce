package org.red5.dvr.config.file;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.red5.dvr.config.Republish;
import org.red5.dvr.config.StreamGlob;
import org.red5.dvr.config.Sync;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Directive;
import org.red5.dvr.config.syntax.Position;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Token;
import org.red5.dvr.config.syntax.Vocabulary;

/** Reads the directives of one block; a mistake in one of them does not keep the others from being read. */
abstract class BlockReader {
    /** Directives that may stand more than once in a block. */
    private static final Set<String> REPEATABLE = Set.of("stream", "source", "input", "only", "except");

    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(1);
    private static final Duration LONGEST_SILENCE = Duration.ofHours(1);

    private final Vocabulary vocabulary;
    private final Reading reading;
    private final Map<String, Position> firsts = new HashMap<>();

    BlockReader(Vocabulary vocabulary, Reading reading) {
        this.vocabulary = vocabulary;
        this.reading = reading;
    }

    final void readAll(List<Directive> directives) {
        for (Directive directive : directives) {
            try {
                readOne(directive);
            } catch (Rejected rejected) {
                reading.mistakes().add(rejected.position(), rejected.text());
            }
        }
    }

    private void readOne(Directive directive) throws Rejected {
        Token name = directive.name();
        if (!vocabulary.knows(name)) {
            throw vocabulary.refuse(name);
        }
        if (!REPEATABLE.contains(name.text())) {
            refuseSecond(name.toString(), vocabulary.place(), name.start());
        }
        read(name.text(), new Arguments(directive));
    }

    /** Refuses what has been named in this block before. */
    final void refuseSecond(String what, String where, Position position) throws Rejected {
        Position first = firsts.putIfAbsent(what + " " + where, position);
        if (first != null) {
            throw new Rejected(
                    position, "expected one " + what + " " + where + ", found a second; the first is at " + first);
        }
    }

    /** Reads a directive that may stand here. */
    abstract void read(String name, Arguments words) throws Rejected;

    final Reading reading() {
        return reading;
    }

    static Sync sync(Arguments words) throws Rejected {
        String expected = "\"segment\" or \"none\"";
        Token word = words.next(expected);
        Sync sync = switch (word.text()) {
            case "segment" -> Sync.SEGMENT;
            case "none" -> Sync.NONE;
            default -> throw Rejected.expected(expected, word);
        };
        words.end();
        return sync;
    }

    static Republish republish(Arguments words) throws Rejected {
        String expected = "\"take-over\" or \"refuse\"";
        Token word = words.next(expected);
        Republish republish = switch (word.text()) {
            case "take-over" -> words.hasNext() ? takeOver(words) : Republish.DEFAULT;
            case "refuse" -> Republish.REFUSE;
            default -> throw Rejected.expected(expected, word);
        };
        words.end();
        return republish;
    }

    private static Republish takeOver(Arguments words) throws Rejected {
        Token word = words.next("a time such as 3s");
        return new Republish(Optional.of(Limits.age(word, SHORTEST_SILENCE, LONGEST_SILENCE)));
    }

    static boolean onOrOff(Arguments words) throws Rejected {
        String expected = "\"on\" or \"off\"";
        Token word = words.next(expected);
        boolean on = switch (word.text()) {
            case "on" -> true;
            case "off" -> false;
            default -> throw Rejected.expected(expected, word);
        };
        words.end();
        return on;
    }

    static StreamGlob glob(Token word) throws Rejected {
        try {
            return StreamGlob.of(word.text());
        } catch (IllegalArgumentException e) {
            throw Rejected.expected("a stream such as live/camera", word);
        }
    }
}
