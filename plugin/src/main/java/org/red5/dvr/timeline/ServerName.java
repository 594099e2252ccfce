package org.red5.dvr.timeline;

import java.util.regex.Pattern;

/**
 * What a server of a cluster may be called: letters, digits, {@code .}, {@code _} and {@code -}, the first a letter or digit, at most
 * {@value #MOST_CHARS}. It stands in names of files, addresses, headers and logs as it is.
 */
public final class ServerName {
    public static final int MOST_CHARS = 63;
    /** A regular expression for one, to stand in others. */
    public static final String FORM = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";

    private static final Pattern NAME = Pattern.compile(FORM);
    private static final Pattern OTHERS = Pattern.compile("[^A-Za-z0-9._-]");
    private static final Pattern NO_BEGINNING = Pattern.compile("^[^A-Za-z0-9]+");

    private ServerName() {}

    /** Whether a text may be the name of a server. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** A text with a dash for each character that no name has. */
    public static String withoutOthers(String text) {
        return OTHERS.matcher(text).replaceAll("-");
    }

    /**
     * The name nearest to a text; empty when there is nothing in it that a name may begin with.
     *
     * @param mostChars of it
     */
    public static String nearest(String text, int mostChars) {
        String name = NO_BEGINNING.matcher(withoutOthers(text)).replaceFirst("");
        return name.substring(0, Math.min(name.length(), mostChars));
    }
}
