package org.red5.dvr.config.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.config.DvrRule;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.config.SourceRule;
import org.red5.dvr.config.StreamGlob;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Vocabulary;

/** Reads a {@code source} block. */
final class SourceBlock extends BlockReader {
    private final List<StreamGlob> only = new ArrayList<>();
    private final List<StreamGlob> except = new ArrayList<>();
    private Optional<DvrRule> dvr = Optional.empty();
    private Optional<CacheRule> cache = Optional.empty();

    SourceBlock(Reading reading) {
        super(Vocabulary.SOURCE, reading);
    }

    SourceRule rule(PeerAddress peer, RemoteDvr remoteDvr) {
        return new SourceRule(peer, remoteDvr, only, except, dvr, cache);
    }

    @Override
    void read(String name, Arguments words) throws Rejected {
        switch (name) {
            case "only" -> readGlobs(words, only);
            case "except" -> readGlobs(words, except);
            case "dvr" -> {
                reading().notYet("dvr in a source block");
                dvr = Optional.of(reading().dvr(words));
            }
            case "cache" -> cache = Optional.of(reading().cache(words));
            default -> throw new IllegalStateException("not in the vocabulary: " + name);
        }
    }

    private static void readGlobs(Arguments words, List<StreamGlob> globs) throws Rejected {
        do {
            globs.add(glob(words.next("a stream such as live/camera or news/*")));
        } while (words.hasNext());
        words.end();
    }
}
