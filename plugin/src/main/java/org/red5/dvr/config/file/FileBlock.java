package org.red5.dvr.config.file;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.EditAuth;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.config.Republish;
import org.red5.dvr.config.Secret;
import org.red5.dvr.config.SourceRule;
import org.red5.dvr.config.StreamGlob;
import org.red5.dvr.config.StreamRule;
import org.red5.dvr.config.StreamRules;
import org.red5.dvr.config.Sync;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Directive;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Token;
import org.red5.dvr.config.syntax.Vocabulary;
import org.red5.dvr.timeline.SegmentGrid;
import org.red5.dvr.timeline.ServerName;

/** Reads the top level of a file. */
final class FileBlock extends BlockReader {
    /** What a take's name on disk and a URL can hold. */

    /** As browsers send it: no path, and no port where it is the usual one. */
    private static final Pattern ORIGIN =
            Pattern.compile("https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\\[[0-9a-f:.]+](:[0-9]{1,5})?");

    private static final Duration SHORTEST_SEGMENT = Duration.ofSeconds(1);
    private static final Duration LONGEST_SEGMENT = Duration.ofMinutes(1);

    private final Supplier<String> defaultNode;
    private final WindowReader windows = new WindowReader();
    private final List<StreamRule> streams = new ArrayList<>();
    private final List<SourceRule> sources = new ArrayList<>();
    private Optional<Secret> clusterKey = Optional.empty();
    /** Whether the directive is there, with a mistake in it or without. */
    private boolean namesKey;

    private Optional<EditAuth> editAuth = Optional.empty();
    private Optional<String> node = Optional.empty();
    private SegmentGrid grid = SegmentGrid.DEFAULT;
    private Duration window = DvrConfiguration.DEFAULT_WINDOW;
    private Sync sync = Sync.SEGMENT;
    private boolean checkMount;
    private Republish republish = Republish.DEFAULT;
    private Set<String> cors = Set.of();

    /** @param defaultNode asked where the file names no node */
    FileBlock(Reading reading, Supplier<String> defaultNode) {
        super(Vocabulary.FILE, reading);
        this.defaultNode = defaultNode;
    }

    /** The configuration; to be called once all is read. Whoever calls it looks at the mistakes first. */
    DvrConfiguration configuration() {
        List<String> notYet = reading().allNotYet();
        return new DvrConfiguration(
                clusterKey,
                node.orElseGet(defaultNode),
                grid,
                window,
                sync,
                checkMount,
                republish,
                editAuth,
                cors,
                new StreamRules(streams),
                sources,
                notYet);
    }

    /** Checks what only the whole file can tell. */
    void checkWhole() {
        windows.check(grid, reading().mistakes());
        reading().checkRoots();
        if (!namesKey) {
            reading().requireKey();
        }
    }

    @Override
    void read(String name, Arguments words) throws Rejected {
        switch (name) {
            case "stream" -> readStream(words);
            case "source" -> readSource(words);
            case "node" -> node = Optional.of(node(words));
            case "segment" -> grid = grid(words);
            case "window" -> window = windows.read(words);
            case "cluster_key" -> {
                namesKey = true;
                clusterKey = Optional.of(secret(words, "a key"));
                words.endSecret();
            }
            case "edit_auth" -> editAuth = Optional.of(editAuth(words));
            case "cors" -> cors = cors(words);
            case "sync" -> sync = sync(words);
            case "check_mount" -> checkMount = onOrOff(words);
            case "republish" -> republish = republish(words);
            default -> throw new IllegalStateException("not in the vocabulary: " + name);
        }
    }

    private void readStream(Arguments words) throws Rejected {
        Token word = words.next("a stream such as live/camera or *");
        StreamGlob glob = glob(word);
        List<Directive> block = words.block();
        StreamBlock reader = new StreamBlock(glob, reading(), windows);
        reader.readAll(block);
        streams.add(reader.rule());
        refuseSecond("block", "for the stream " + glob, word.start());
    }

    private void readSource(Arguments words) throws Rejected {
        Token word = words.next("HOST:PORT such as streamer:8081");
        PeerAddress peer = Addresses.peer(word);
        reading().namesPeer(word.start());
        RemoteDvr remoteDvr = Addresses.remoteDvr(words);
        List<Directive> block = words.optionalBlock();
        SourceBlock reader = new SourceBlock(reading());
        reader.readAll(block);
        sources.add(reader.rule(peer, remoteDvr));
        refuseSecond("block", "for the source " + peer, word.start());
    }

    private static String node(Arguments words) throws Rejected {
        Token word = words.next("a name such as edge-1");
        if (!ServerName.isName(word.text())) {
            throw Rejected.expected(
                    "a name of letters, digits, \".\", \"_\" and \"-\", at most " + ServerName.MOST_CHARS, word);
        }
        words.end();
        return word.text();
    }

    private static SegmentGrid grid(Arguments words) throws Rejected {
        Duration period = Limits.age(words.next("a time such as 4s"), SHORTEST_SEGMENT, LONGEST_SEGMENT);
        words.end();
        return new SegmentGrid((int) period.toMillis());
    }

    private static Set<String> cors(Arguments words) throws Rejected {
        Set<String> origins = new LinkedHashSet<>();
        String expected = "an origin such as https://www.example.com";
        do {
            Token word = words.next(expected);
            String origin = word.text().toLowerCase(Locale.ROOT);
            if (!ORIGIN.matcher(origin).matches()) {
                throw Rejected.expected(expected, word);
            }
            origins.add(origin);
        } while (words.hasNext());
        words.end();
        return origins;
    }

    private static EditAuth editAuth(Arguments words) throws Rejected {
        String user = secret(words, "a user's name").value();
        Secret password = secret(words, "a password");
        words.endSecret();
        return new EditAuth(user, password);
    }

    private static Secret secret(Arguments words, String what) throws Rejected {
        Token word = words.next(what);
        if (word.text().isEmpty()) {
            throw new Rejected(word.start(), "expected " + what + ", found an empty word");
        }
        return new Secret(word.text());
    }
}
