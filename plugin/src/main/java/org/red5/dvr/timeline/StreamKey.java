package org.red5.dvr.timeline;

/**
 * Names a stream on every server of a cluster: the Red5 application and the stream's published name.
 *
 * <p>The application is the first element of the scope path. Sub-scopes ("rooms") become leading, slash separated
 * elements of the name, as they are in an RTMP address. Names are kept as published: any characters, never empty.
 *
 * @param app the application, for example {@code live}; no slash
 * @param name the stream's name, for example {@code camera} or {@code room/camera}
 */
public record StreamKey(String app, String name) implements Comparable<StreamKey> {
    private static final int MOST_SHOWN = 200;

    public StreamKey {
        if (app.isEmpty() || app.indexOf('/') >= 0) {
            throw new IllegalArgumentException("an application's name is not empty and has no slash: \"" + app + '"');
        }
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a stream's name is empty");
        }
    }

    @Override
    public int compareTo(StreamKey other) {
        int byApp = app.compareTo(other.app);
        return byApp != 0 ? byApp : name.compareTo(other.name);
    }

    /** {@code app/name}, every character as it was published. */
    public String fullName() {
        return app + '/' + name;
    }

    /**
     * {@code app/name} for messages and logs: whoever publishes thinks of the name, and it must not begin a line of its own there, nor
     * fill pages.
     */
    @Override
    public String toString() {
        StringBuilder shown = new StringBuilder();
        fullName().codePoints().limit(MOST_SHOWN).forEach(c -> {
            if (isPrintable(c)) {
                shown.appendCodePoint(c);
            } else {
                shown.append(String.format("\\u%04x", c));
            }
        });
        return fullName().codePoints().skip(MOST_SHOWN).findAny().isPresent()
                ? shown.append('…').toString()
                : shown.toString();
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
