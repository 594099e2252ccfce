package org.red5.dvr.peer.wire;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of the peer interface, and the names that all of its messages have. */
public final class Protocol {
    public static final int VERSION = 2;
    /** Before all paths, below the web application. */
    public static final String ROOT = "/peer/v" + VERSION + '/';
    /** Names the server that made a reply, or holds what is in it. */
    public static final String NODE = "DVR-Node";
    /** CRC-32C of a segment. */
    public static final String CRC = "DVR-CRC";
    /** The version of a server that refuses another one's. */
    public static final String SPOKEN = "DVR-Version";
    /** The status of such a refusal. */
    public static final int OTHER_VERSION_STATUS = 410;

    static final String SCHEME = "DVR";

    private static final Pattern CHALLENGE = Pattern.compile(SCHEME + "(\\d{1,3})(?: .*)?");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,3}");

    private Protocol() {}

    /**
     * The version of a server that does not understand this one; empty when a reply does not say that it is another.
     *
     * @param challenge the value of {@code WWW-Authenticate}: an older server knows no other way to say it
     * @param spoken the value of {@link #SPOKEN}
     */
    public static OptionalInt otherVersion(int status, Optional<String> challenge, Optional<String> spoken) {
        Optional<String> version = status == OTHER_VERSION_STATUS
                ? spoken.filter(text -> NUMBER.matcher(text).matches())
                : challenge
                        .filter(text -> status == 401)
                        .map(CHALLENGE::matcher)
                        .filter(Matcher::matches)
                        .map(form -> form.group(1));
        return version.map(Integer::parseInt)
                .filter(other -> other != VERSION)
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    /** What is wrong with two servers of different versions, behind the name of the one: a phrase for a person. */
    public static String differs(int version) {
        return "speaks version " + version + " of the peer interface and this server version " + VERSION
                + ": the older one has to be updated";
    }
}
