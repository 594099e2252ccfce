package org.red5.dvr.config.file;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.syntax.ConfigurationException;
import org.red5.dvr.config.syntax.Mistake;

/**
 * A configuration file that is looked at again and again. Its content is compared, not its date: files are replaced by
 * others, copied with their dates, and lie on volumes that tell nobody of a change. Used by one thread.
 */
public final class ConfigurationFile {
    /** What was found in the file's place: bytes, or why there are none. */
    private record Content(ByteBuffer bytes, List<Mistake> mistakes) {}

    private final Path file;
    private final Path home;
    private final Supplier<String> defaultNode;
    private Content seen = new Content(ByteBuffer.allocate(0), List.of());
    private Content judged = seen;

    /**
     * @param file where it is, usually {@code conf/cluster-dvr.conf} below Red5's home
     * @param home Red5's home: relative paths in the file are below it
     * @param defaultNode this server's name where the file gives none
     */
    public ConfigurationFile(Path file, Path home, Supplier<String> defaultNode) {
        this.file = file;
        this.home = home;
        this.defaultNode = defaultNode;
    }

    /**
     * Reads the file.
     *
     * @throws ConfigurationException with every mistake in the file, or that it cannot be read
     */
    public DvrConfiguration read() throws ConfigurationException {
        seen = content();
        return judge();
    }

    /**
     * What the file says, when that is new. A change counts when the file is found the same by two calls, one behind the
     * other: until then it may be half written, and half a configuration may keep less than the whole one.
     *
     * @return empty when there is nothing new
     * @throws ConfigurationException once for each content that cannot be used
     */
    public Optional<DvrConfiguration> changed() throws ConfigurationException {
        Content now = content();
        boolean isSteady = now.equals(seen);
        seen = now;
        return isSteady && !now.equals(judged) ? Optional.of(judge()) : Optional.empty();
    }

    private DvrConfiguration judge() throws ConfigurationException {
        judged = seen;
        if (!judged.mistakes().isEmpty()) {
            throw new ConfigurationException(judged.mistakes());
        }
        return Configuration.parse(judged.bytes().array(), file, home, defaultNode);
    }

    private Content content() {
        try {
            return new Content(ByteBuffer.wrap(Configuration.bytes(file, home)), List.of());
        } catch (ConfigurationException e) {
            return new Content(ByteBuffer.allocate(0), e.mistakes());
        }
    }

    /** Its path, for messages. */
    @Override
    public String toString() {
        return file.toString();
    }
}
