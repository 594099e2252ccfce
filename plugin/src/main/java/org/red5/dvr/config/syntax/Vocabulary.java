package org.red5.dvr.config.syntax;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The directives that are known, and where each of them may stand. */
public enum Vocabulary {
    FILE(
            "at the top level",
            "cluster_key, node, segment, window, sync, check_mount, republish, edit_auth, cors, stream, source"),
    STREAM("in a stream block", "dvr, cache, input, window, sync, check_mount, republish"),
    SOURCE("in a source block", "only, except, dvr, cache, backfill, replication_speed");

    /** More wrong letters than this, and a word is not taken for a misspelt one. */
    private static final int MOST_WRONG_LETTERS = 2;

    private final String place;
    private final String directives;

    Vocabulary(String place, String directives) {
        this.place = place;
        this.directives = directives;
    }

    /** Where these directives stand, for messages: "in a stream block". */
    public String place() {
        return place;
    }

    public List<String> directives() {
        return List.of(directives.split(", "));
    }

    public boolean knows(Token name) {
        return name.kind() == Token.Kind.WORD && directives().contains(name.text());
    }

    /** Refuses a word that is no directive here: says which are, and which was probably meant. */
    public Rejected refuse(Token name) {
        String expected = "a directive " + place + " (" + directives + ")";
        Rejected refusal = Rejected.expected(expected, name);
        return new Rejected(name.start(), refusal.text() + advice(name));
    }

    private String advice(Token name) {
        for (Vocabulary other : values()) {
            if (other.knows(name)) {
                return ", which stands " + other.place;
            }
        }
        return nearest(name.text())
                .map(known -> "; did you mean \"" + known + "\"?")
                .orElse("");
    }

    private Optional<String> nearest(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        int best = Math.min(MOST_WRONG_LETTERS, word.length() / 2) + 1;
        Optional<String> nearest = Optional.empty();
        for (String known : directives()) {
            int distance = Math.abs(known.length() - lower.length()) < best ? distance(lower, known) : best;
            if (distance < best) {
                best = distance;
                nearest = Optional.of(known);
            }
        }
        return nearest;
    }

    static boolean isDirective(Token token) {
        return Arrays.stream(values()).anyMatch(place -> place.knows(token));
    }

    /** Whether the word names a directive with a block. */
    static boolean hasBlock(Token token) {
        return token.kind() == Token.Kind.WORD
                && (token.text().equals("stream") || token.text().equals("source"));
    }

    /** Levenshtein's: letters to insert, delete or replace. */
    static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        Arrays.setAll(row, column -> column);
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
