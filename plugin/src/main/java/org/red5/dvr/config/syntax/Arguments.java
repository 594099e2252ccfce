package org.red5.dvr.config.syntax;

import java.util.List;

/** The words of one directive, read from left to right; every mistake says what was expected in a word's place. */
public final class Arguments {
    private final Directive directive;
    private int index;

    public Arguments(Directive directive) {
        this.directive = directive;
    }

    /** Where the directive begins. */
    public Position start() {
        return directive.name().start();
    }

    public boolean hasNext() {
        return index < directive.words().size();
    }

    /** @param expected what the word is, for the mistake when there is none */
    public Token next(String expected) throws Rejected {
        if (!hasNext()) {
            throw atEnd(expected);
        }
        return directive.words().get(index++);
    }

    /** Checks that a directive without a block has no more words. */
    public void end() throws Rejected {
        if (hasNext()) {
            throw Rejected.expected("\";\"", next(""));
        }
        withoutBlock();
    }

    /** As {@link #end()}, but for words that are not to be shown. */
    public void endSecret() throws Rejected {
        if (hasNext()) {
            throw new Rejected(next("").start(), "expected \";\", found another word (not shown: it may be secret)");
        }
        withoutBlock();
    }

    /** Checks that there are no more words, and returns the directives in the block. */
    public List<Directive> block() throws Rejected {
        if (hasNext()) {
            throw Rejected.expected("\"{\" (a word with spaces is written in quotes)", next(""));
        }
        if (directive.block().isEmpty()) {
            throw atEnd("\"{\"");
        }
        return directive.block().get();
    }

    /** As {@link #block()}, but a semicolon does for an empty block. */
    public List<Directive> optionalBlock() throws Rejected {
        if (hasNext()) {
            throw Rejected.expected("\"{\" or \";\"", next(""));
        }
        return directive.block().orElse(List.of());
    }

    private void withoutBlock() throws Rejected {
        if (directive.block().isPresent()) {
            throw Rejected.expected("\";\", as " + directive.name() + " has no block", directive.end());
        }
    }

    private Rejected atEnd(String expected) {
        Token end = directive.end();
        boolean marked = end.kind() == Token.Kind.SEMICOLON || end.kind() == Token.Kind.OPEN;
        Token last = index == 0 ? directive.name() : directive.words().get(index - 1);
        return new Rejected(marked ? end.start() : last.end(), "expected " + expected + ", found " + end);
    }
}
