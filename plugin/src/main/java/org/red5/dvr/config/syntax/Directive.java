package org.red5.dvr.config.syntax;

import java.util.List;
import java.util.Optional;

/**
 * A directive as it stands in the file: its name, its words and, where it has one, its block.
 *
 * @param name its first word
 * @param words the words behind the name
 * @param end the token that ends the words
 * @param block the directives in its braces; empty when it has no braces
 */
public record Directive(Token name, List<Token> words, Token end, Optional<List<Directive>> block) {}
