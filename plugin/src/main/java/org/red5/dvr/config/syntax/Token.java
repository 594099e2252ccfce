package org.red5.dvr.config.syntax;

/**
 * A piece of a configuration file.
 *
 * @param text a word without its quotes; the character itself for the others; empty at the end of the file
 * @param start where it begins
 * @param end one behind its last character
 */
public record Token(Kind kind, String text, Position start, Position end) {
    public enum Kind {
        WORD,
        QUOTED_WORD,
        OPEN,
        CLOSE,
        SEMICOLON,
        END_OF_FILE
    }

    boolean isWord() {
        return kind == Kind.WORD || kind == Kind.QUOTED_WORD;
    }

    /** For messages: in quotes, or "the end of the file". */
    @Override
    public String toString() {
        return kind == Kind.END_OF_FILE ? "the end of the file" : '"' + text + '"';
    }
}
