package org.red5.dvr.config.syntax;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Arranges tokens as directives and blocks; knows where a semicolon or a brace is missing.
 *
 * <p>Two habits of operators help to name the right place: a directive's name at the beginning of a line starts a new
 * directive even where the semicolon before it is missing, and {@code stream} and {@code source} at the beginning of a
 * line never stand inside a block. Blocks are kept on a stack of our own, so no depth of nesting exhausts the thread's.
 */
public final class SyntaxParser {
    private final List<Token> tokens;
    private final Mistakes mistakes;
    private final Deque<OpenBlock> open = new ArrayDeque<>();
    private final List<Directive> top = new ArrayList<>();
    private int index;
    private int impliedCloses;

    /** A block whose closing brace has not been seen yet. */
    private record OpenBlock(String name, Position opened, List<Directive> content) {}

    private SyntaxParser(List<Token> tokens, Mistakes mistakes) {
        this.tokens = tokens;
        this.mistakes = mistakes;
    }

    public static List<Directive> parse(List<Token> tokens, Mistakes mistakes) {
        SyntaxParser parser = new SyntaxParser(tokens, mistakes);
        while (parser.peek().kind() != Token.Kind.END_OF_FILE) {
            parser.readOne();
        }
        parser.reportUnclosed(parser.peek());
        return parser.top;
    }

    private void readOne() {
        Token token = peek();
        switch (token.kind()) {
            case WORD, QUOTED_WORD -> readDirective();
            case CLOSE -> close();
            case OPEN -> {
                mistakes.addIllFormed(token.start(), "expected a directive before \"{\"");
                index++;
                open.push(new OpenBlock("{", token.start(), new ArrayList<>()));
            }
            case SEMICOLON -> {
                mistakes.addIllFormed(token.start(), "expected a directive, found \";\"");
                index++;
            }
            case END_OF_FILE -> throw new IllegalStateException("read behind the end of the file");
        }
    }

    private void readDirective() {
        Token name = peek();
        if (startsLine() && Vocabulary.hasBlock(name)) {
            reportUnclosed(name);
        }
        index++;
        List<Token> words = new ArrayList<>();
        while (peek().isWord() && !(startsLine() && Vocabulary.isDirective(peek()))) {
            words.add(next());
        }
        Token end = peek();
        switch (end.kind()) {
            case SEMICOLON -> add(new Directive(name, words, next(), Optional.empty()));
            case OPEN -> openBlock(name, words, next());
            default -> endOrOpenUnmarked(name, words, end);
        }
    }

    /** The words are over, but neither a semicolon nor a brace says so. */
    private void endOrOpenUnmarked(Token name, List<Token> words, Token found) {
        Token last = tokens.get(index - 1);
        boolean opens = found.isWord() && Vocabulary.hasBlock(name) && !Vocabulary.hasBlock(found);
        String expected = opens ? "\"{\"" : "\";\"";
        mistakes.addIllFormed(
                last.end(), "expected " + expected + " after the words of " + name + ", found " + where(last, found));
        if (opens) {
            openBlock(name, words, found);
        } else {
            add(new Directive(name, words, found, Optional.empty()));
        }
    }

    private static String where(Token last, Token found) {
        boolean elsewhere = found.start().line() != last.end().line() && found.kind() != Token.Kind.END_OF_FILE;
        return elsewhere ? found + " in line " + found.start().line() : found.toString();
    }

    private void openBlock(Token name, List<Token> words, Token brace) {
        List<Directive> content = new ArrayList<>();
        add(new Directive(name, words, brace, Optional.of(content)));
        open.push(new OpenBlock(name.text(), brace.start(), content));
    }

    private void add(Directive directive) {
        OpenBlock block = open.peek();
        (block == null ? top : block.content()).add(directive);
    }

    private void close() {
        Token brace = next();
        if (!open.isEmpty()) {
            open.pop();
        } else if (impliedCloses > 0) {
            impliedCloses--;
        } else {
            mistakes.addIllFormed(brace.start(), "expected a directive, found \"}\" without a block that is open");
        }
    }

    private void reportUnclosed(Token found) {
        for (OpenBlock block : open) {
            mistakes.addIllFormed(
                    found.start(),
                    "expected \"}\" for the block of \"" + block.name() + "\" that opens at " + block.opened()
                            + ", found " + found);
        }
        impliedCloses += open.size();
        open.clear();
    }

    private boolean startsLine() {
        return index == 0
                || tokens.get(index - 1).end().line()
                        < tokens.get(index).start().line();
    }

    private Token peek() {
        return tokens.get(index);
    }

    private Token next() {
        return tokens.get(index++);
    }
}
