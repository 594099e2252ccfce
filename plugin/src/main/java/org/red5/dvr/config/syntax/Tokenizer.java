package org.red5.dvr.config.syntax;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a configuration file into words, braces and semicolons.
 *
 * <p>A word ends at white space, a brace or a semicolon. {@code #} at the beginning of a word starts a comment that goes
 * on to the end of the line; inside a word it is a character as any other. A quoted word stands on one line; in it
 * {@code \"} and {@code \\} mean the second character. Lines end with LF, CR LF or CR.
 */
public final class Tokenizer {
    private static final int END = -1;
    /** Marks that come along when text is pasted from a web page: a zero width space, a byte order mark. */
    private static final String INVISIBLE = "\u200B\uFEFF";

    private final String text;
    private final Mistakes mistakes;
    private final List<Token> tokens = new ArrayList<>();
    private int index;
    private int line = 1;
    private int column = 1;

    private Tokenizer(String text, Mistakes mistakes) {
        this.text = text;
        this.mistakes = mistakes;
    }

    /** The tokens of a file, the last of them its end; what cannot be read is reported and left out. */
    public static List<Token> tokenize(String text, Mistakes mistakes) {
        Tokenizer tokenizer = new Tokenizer(text, mistakes);
        while (tokenizer.peek() != END) {
            tokenizer.readOne();
        }
        Position end = tokenizer.position();
        tokenizer.tokens.add(new Token(Token.Kind.END_OF_FILE, "", end, end));
        return tokenizer.tokens;
    }

    /** Where a text ends when it begins at the first line. */
    public static Position endOf(String text) {
        Tokenizer tokenizer = new Tokenizer(text, new Mistakes(""));
        while (tokenizer.peek() != END) {
            tokenizer.advance();
        }
        return tokenizer.position();
    }

    private void readOne() {
        int c = peek();
        if (isSpace(c)) {
            advance();
        } else if (c == '#') {
            skipComment();
        } else if (c == '{') {
            single(Token.Kind.OPEN);
        } else if (c == '}') {
            single(Token.Kind.CLOSE);
        } else if (c == ';') {
            single(Token.Kind.SEMICOLON);
        } else if (c == '"') {
            readQuotedWord();
        } else {
            readWord();
        }
    }

    private void skipComment() {
        while (peek() != END && !isLineEnd(peek())) {
            advance();
        }
    }

    private void single(Token.Kind kind) {
        Position start = position();
        String character = Character.toString(peek());
        advance();
        tokens.add(new Token(kind, character, start, position()));
    }

    private void readWord() {
        Position start = position();
        int from = index;
        boolean sound = true;
        while (!endsWord(peek())) {
            sound = sound && isAllowedInWord();
            advance();
        }
        tokens.add(new Token(Token.Kind.WORD, sound ? text.substring(from, index) : "?", start, position()));
    }

    private boolean isAllowedInWord() {
        int c = peek();
        if (c == '"') {
            mistakes.addIllFormed(
                    position(), "expected quotes around the whole word, found a quote in the middle of it");
            return false;
        }
        if (Character.isISOControl(c) || Character.isSpaceChar(c) || INVISIBLE.indexOf(c) >= 0) {
            mistakes.addIllFormed(position(), "expected a word or a plain space, found the character " + name(c));
            return false;
        }
        return true;
    }

    private void readQuotedWord() {
        Position start = position();
        StringBuilder word = new StringBuilder();
        advance();
        while (peek() != '"') {
            if (peek() == END || isLineEnd(peek())) {
                mistakes.addIllFormed(start, "expected a closing quote on the same line, found none");
                tokens.add(new Token(Token.Kind.QUOTED_WORD, word.toString(), start, position()));
                return;
            }
            readQuotedCharacter(word);
        }
        advance();
        tokens.add(new Token(Token.Kind.QUOTED_WORD, word.toString(), start, position()));
        if (!endsWord(peek())) {
            mistakes.addIllFormed(position(), "expected a space, \"{\", \"}\" or \";\" after the closing quote");
        }
    }

    private void readQuotedCharacter(StringBuilder word) {
        Position start = position();
        int c = advance();
        if (c == '\\') {
            int escaped = peek();
            if (escaped != '"' && escaped != '\\') {
                mistakes.addIllFormed(start, "expected \\\" or \\\\ (a backslash in quotes is written twice)");
                return;
            }
            word.appendCodePoint(advance());
        } else if (Character.isISOControl(c)) {
            mistakes.addIllFormed(start, "expected a character that can be seen, found " + name(c));
        } else {
            word.appendCodePoint(c);
        }
    }

    private static String name(int c) {
        return String.format("U+%04X", c);
    }

    private static boolean isSpace(int c) {
        return c == ' ' || c == '\t' || isLineEnd(c);
    }

    private static boolean isLineEnd(int c) {
        return c == '\n' || c == '\r';
    }

    private static boolean endsWord(int c) {
        return c == END || isSpace(c) || c == '{' || c == '}' || c == ';';
    }

    private Position position() {
        return new Position(line, column);
    }

    private int peek() {
        return index < text.length() ? text.codePointAt(index) : END;
    }

    /** Steps over one character and returns it. */
    private int advance() {
        int c = peek();
        index += Character.charCount(c);
        boolean firstOfTwo = c == '\r' && peek() == '\n';
        if (isLineEnd(c) && !firstOfTwo) {
            line++;
            column = 1;
        } else if (!firstOfTwo) {
            column++;
        }
        return c;
    }
}
