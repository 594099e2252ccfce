package org.red5.dvr.config.file;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.red5.dvr.config.CacheRule;
import org.red5.dvr.config.DvrRule;
import org.red5.dvr.config.Retention;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Mistakes;
import org.red5.dvr.config.syntax.Position;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Token;

/** What the blocks of one file share while it is read: mistakes, directories, and what has no effect yet. */
final class Reading {
    private static final String FILE_SCHEME = "file://";

    private final Path home;
    private final Mistakes mistakes;
    private final Set<String> notYet = new LinkedHashSet<>();
    private final List<Root> archives = new ArrayList<>();
    private final List<Cache> caches = new ArrayList<>();
    private Optional<Position> firstPeer = Optional.empty();

    /** A directory and where the file names it. */
    private record Root(Path path, Position position) {}

    private record Cache(CacheRule rule, Position position) {}

    Reading(Path home, Mistakes mistakes) {
        this.home = home.toAbsolutePath().normalize();
        this.mistakes = mistakes;
    }

    Mistakes mistakes() {
        return mistakes;
    }

    /** Notes that something is accepted but has no effect in this version. */
    void notYet(String what) {
        notYet.add(what);
    }

    List<String> allNotYet() {
        return List.copyOf(notYet);
    }

    /** Notes that a peer is named, which is asked with signed requests. */
    void namesPeer(Position position) {
        firstPeer = firstPeer.or(() -> Optional.of(position));
    }

    /** Reports that there is no key to sign requests to peers with, when a peer is named. */
    void requireKey() {
        firstPeer.ifPresent(position -> mistakes.add(
                position,
                "expected a cluster_key in this file, the same as the peer's: without one no server answers another"));
    }

    DvrRule dvr(Arguments words) throws Rejected {
        Token word = words.next("a path such as /storage");
        Path root = path(word);
        Retention retention = Limits.retention(words);
        words.end();
        archives.add(new Root(root, word.start()));
        return new DvrRule(root, retention);
    }

    CacheRule cache(Arguments words) throws Rejected {
        Token word = words.next("a path such as /storage/cache");
        Path root = path(word);
        Retention limits = Limits.ageOrSize(words);
        words.end();
        CacheRule rule = new CacheRule(root, limits.age(), limits.bytes());
        caches.add(new Cache(rule, word.start()));
        return rule;
    }

    /** Reports every cache whose directory is an archive's, and those that have another cache's directory with other limits. */
    void checkRoots() {
        for (Cache cache : caches) {
            archives.stream()
                    .filter(archive -> archive.path().equals(cache.rule().root()))
                    .findFirst()
                    .ifPresent(archive -> mistakes.add(
                            cache.position(),
                            "expected a directory of the cache's own, found that of the archive at "
                                    + archive.position()));
            caches.stream()
                    .filter(first -> first.rule().root().equals(cache.rule().root()))
                    .findFirst()
                    .filter(first -> !first.rule().equals(cache.rule()))
                    .ifPresent(first -> mistakes.add(
                            cache.position(),
                            "expected the limits of the cache in the same directory at " + first.position()));
        }
    }

    private Path path(Token word) throws Rejected {
        if (Limits.looksLikeLimit(word)) {
            throw Rejected.expected("a path before the limits", word);
        }
        boolean scheme = word.text().startsWith(FILE_SCHEME);
        String text = scheme ? word.text().substring(FILE_SCHEME.length()) : word.text();
        try {
            Path path = home.getFileSystem().getPath(text);
            if (text.isEmpty() || (scheme && !path.isAbsolute())) {
                throw Rejected.expected("a path such as /storage" + (scheme ? " or file:///storage" : ""), word);
            }
            return home.resolve(path).normalize();
        } catch (InvalidPathException e) {
            throw new Rejected(
                    word.start(), "expected a path that this system can hold, found " + word + ": " + e.getReason());
        }
    }
}
