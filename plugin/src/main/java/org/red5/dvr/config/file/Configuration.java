package org.red5.dvr.config.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.syntax.ConfigurationException;
import org.red5.dvr.config.syntax.Directive;
import org.red5.dvr.config.syntax.Mistakes;
import org.red5.dvr.config.syntax.Position;
import org.red5.dvr.config.syntax.SyntaxParser;
import org.red5.dvr.config.syntax.Token;
import org.red5.dvr.config.syntax.Tokenizer;

/** Reads a configuration file. */
public final class Configuration {
    /** What is longer is no configuration, but a wrong path. */
    private static final int MOST_BYTES = 1 << 20;

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private Configuration() {}

    /**
     * Reads a file. The same file gives equal values.
     *
     * @param file where it is, usually {@code conf/cluster-dvr.conf} below Red5's home
     * @param home Red5's home: relative paths in the file are below it
     * @param defaultNode this server's name where the file gives none
     * @throws ConfigurationException with every mistake in the file, or that it cannot be read
     */
    public static DvrConfiguration read(Path file, Path home, String defaultNode) throws ConfigurationException {
        return parse(bytes(file, home), file, home, () -> defaultNode);
    }

    /**
     * Reads a file's bytes.
     *
     * @throws ConfigurationException that says why they cannot be read
     */
    static byte[] bytes(Path file, Path home) throws ConfigurationException {
        Mistakes mistakes = new Mistakes(shown(file, home));
        byte[] bytes = bytes(file, mistakes);
        mistakes.throwIfAny();
        return bytes;
    }

    /** Reads what stands in a file, for {@link #read}. */
    static DvrConfiguration parse(byte[] bytes, Path file, Path home, Supplier<String> defaultNode)
            throws ConfigurationException {
        Mistakes mistakes = new Mistakes(shown(file, home));
        String text = text(bytes, mistakes);
        mistakes.throwIfAny();
        return parse(text, home, defaultNode, mistakes);
    }

    private static DvrConfiguration parse(String text, Path home, Supplier<String> defaultNode, Mistakes mistakes)
            throws ConfigurationException {
        List<Token> tokens = Tokenizer.tokenize(text, mistakes);
        List<Directive> directives = SyntaxParser.parse(tokens, mistakes);
        if (directives.isEmpty() && mistakes.isEmpty()) {
            Token end = tokens.get(tokens.size() - 1);
            mistakes.add(end.start(), "expected a directive such as stream * { dvr dvr 2d; }, found " + end);
        }
        FileBlock reader = new FileBlock(new Reading(home, mistakes), defaultNode);
        reader.readAll(directives);
        reader.checkWhole();
        mistakes.throwIfAny();
        return reader.configuration();
    }

    /** A file below Red5's home is shown as the operator knows it, {@code conf/cluster-dvr.conf}. */
    private static String shown(Path file, Path home) {
        Path absolute = file.toAbsolutePath().normalize();
        Path absoluteHome = home.toAbsolutePath().normalize();
        return (absolute.startsWith(absoluteHome) ? absoluteHome.relativize(absolute) : file).toString();
    }

    private static byte[] bytes(Path file, Mistakes mistakes) {
        String expected = "expected a file that can be read, found ";
        if (Files.isDirectory(file)) {
            mistakes.add(Position.START, expected + "a directory");
            return new byte[0];
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                mistakes.add(Position.START, "expected a file of at most 1 MiB, found a longer one");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            mistakes.add(Position.START, expected + "none of this name");
        } catch (AccessDeniedException e) {
            mistakes.add(Position.START, expected + "one that Red5's user may not read");
        } catch (IOException e) {
            mistakes.add(Position.START, expected + "an error: " + e);
        }
        return new byte[0];
    }

    /** The text without a byte order mark; a byte that is not UTF-8 is reported where it stands. */
    private static String text(byte[] bytes, Mistakes mistakes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        String decoded = out.flip().toString();
        String text = decoded.startsWith(BYTE_ORDER_MARK) ? decoded.substring(1) : decoded;
        if (result.isError()) {
            String found = String.format("the byte 0x%02X", in.get(in.position()));
            mistakes.add(Tokenizer.endOf(text), "expected text in UTF-8, found " + found);
        }
        return text;
    }
}
