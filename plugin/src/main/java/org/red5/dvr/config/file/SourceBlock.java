package org.red5.dvr.config.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.config.DvrRule;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.config.Replication;
import org.red5.dvr.config.SourceRule;
import org.red5.dvr.config.StreamGlob;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Token;
import org.red5.dvr.config.syntax.Vocabulary;

/** Reads a {@code source} block. */
final class SourceBlock extends BlockReader {
    private final List<StreamGlob> only = new ArrayList<>();
    private final List<StreamGlob> except = new ArrayList<>();
    private Optional<DvrRule> dvr = Optional.empty();
    private Optional<CacheRule> cache = Optional.empty();
    private boolean isNewestFirst = Replication.DEFAULT.isNewestFirst();
    private OptionalLong bitsPerSecond = Replication.DEFAULT.bitsPerSecond();

    SourceBlock(Reading reading) {
        super(Vocabulary.SOURCE, reading);
    }

    SourceRule rule(PeerAddress peer, RemoteDvr remoteDvr) {
        return new SourceRule(peer, remoteDvr, only, except, dvr, cache, new Replication(isNewestFirst, bitsPerSecond));
    }

    @Override
    void read(String name, Arguments words) throws Rejected {
        switch (name) {
            case "only" -> readGlobs(words, only);
            case "except" -> readGlobs(words, except);
            case "dvr" -> dvr = Optional.of(reading().dvr(words));
            case "cache" -> cache = Optional.of(reading().cache(words));
            case "backfill" -> isNewestFirst = isNewestFirst(words);
            case "replication_speed" -> bitsPerSecond = OptionalLong.of(speed(words));
            default -> throw new IllegalStateException("not in the vocabulary: " + name);
        }
    }

    private static boolean isNewestFirst(Arguments words) throws Rejected {
        String expected = "\"newest\" or \"oldest\"";
        Token word = words.next(expected);
        boolean isNewest = switch (word.text()) {
            case "newest" -> true;
            case "oldest" -> false;
            default -> throw Rejected.expected(expected, word);
        };
        words.end();
        return isNewest;
    }

    private static long speed(Arguments words) throws Rejected {
        long speed = Limits.bitsPerSecond(words.next("a speed such as 50m"));
        words.end();
        return speed;
    }

    private static void readGlobs(Arguments words, List<StreamGlob> globs) throws Rejected {
        do {
            globs.add(glob(words.next("a stream such as live/camera or news/*")));
        } while (words.hasNext());
        words.end();
    }
}
