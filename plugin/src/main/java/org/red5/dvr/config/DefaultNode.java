package org.red5.dvr.config;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.timeline.ServerName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's name while its configuration gives none: the host's and eight hexadecimal digits, made once and kept in a file
 * of this installation. The file says for which host and folder it was made, so that a copy of the folder, or an image that many
 * containers run, does not give several servers one name. Where nothing can be written the digits are others at each start:
 * a name must be no other server's before it is the same as yesterday. Any thread may call; a first call reads the disk.
 */
public final class DefaultNode implements Supplier<String> {
    /** The file's name, in Red5's home or, where that cannot be written, beside the configuration. */
    static final String FILE = "cluster-dvr.node";

    private static final Logger log = LoggerFactory.getLogger(DefaultNode.class);

    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{8}");
    /** What the digits and the dash before them leave of a name. */
    private static final int LONGEST_HOST = ServerName.MOST_CHARS - 9;

    private final String host;
    private final Path home;
    private final List<Path> files;
    private final SecureRandom random;

    @GuardedBy("this")
    private @Nullable String made;

    /**
     * @param host the host's name, whatever characters it has
     * @param home Red5's home
     * @param configuration its configuration file
     * @param random where digits come from
     */
    public DefaultNode(String host, Path home, Path configuration, SecureRandom random) {
        this.host = host;
        this.home = home.toAbsolutePath().normalize();
        this.files = List.of(home.resolve(FILE), configuration.resolveSibling(FILE));
        this.random = random;
    }

    /** The name: letters, digits, {@code .}, {@code _} and {@code -}. */
    @Override
    public synchronized String get() {
        if (made == null) {
            String fits = ServerName.nearest(host, LONGEST_HOST);
            made = (fits.isEmpty() ? "red5" : fits) + '-' + kept().orElseGet(this::make);
        }
        return made;
    }

    /** The digits that an earlier start made for this host and folder. */
    private Optional<String> kept() {
        for (Path file : files) {
            try {
                if (Files.isRegularFile(file)) {
                    String text = Files.readString(file);
                    String digits = text.substring(0, Math.min(text.length(), 8));
                    if (DIGITS.matcher(digits).matches() && text.equals(text(digits))) {
                        return Optional.of(digits);
                    }
                    log.info("{} is not this server's, which gets a name of its own", file);
                }
            } catch (IOException e) {
                log.warn("{} cannot be read: {}", file, e.toString());
            }
        }
        return Optional.empty();
    }

    private String make() {
        String digits = String.format("%08x", random.nextInt());
        for (Path file : files) {
            if (keep(file, text(digits))) {
                return digits;
            }
        }
        log.warn(
                "this server's name in the cluster is another after each start, as neither {} nor {} can be written;"
                        + " \"node NAME;\" in its configuration gives it one that stays",
                files.get(0),
                files.get(1));
        return digits;
    }

    private static boolean keep(Path file, String text) {
        try {
            // Half a file would be another's.
            Path whole = Files.writeString(file.resolveSibling(FILE + ".new"), text);
            Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException e) {
            log.debug("{} cannot be written: {}", file, e.toString());
            return false;
        }
    }

    private String text(String digits) {
        return digits + " is part of the name in the cluster of the Red5 in " + home + " on " + host + ".\n";
    }
}
