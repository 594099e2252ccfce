package org.red5.dvr.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;

/** The one user that may edit, and how a request proves to be from that user (HTTP Basic, RFC 7617). */
public final class BasicAuth {
    private static final String SCHEME = "basic ";

    private final byte[] expected;

    public BasicAuth(String user, String password) {
        expected = digest((user + ':' + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the value of an Authorization header is right; takes as long whatever is wrong with it. */
    public boolean admits(String authorization) {
        if (!authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            return false;
        }
        try {
            String credentials = authorization.substring(SCHEME.length()).trim();
            return MessageDigest.isEqual(expected, digest(Base64.getDecoder().decode(credentials)));
        } catch (IllegalArgumentException e) {
            return false; // It is not Base64.
        }
    }

    /** Of one length, so that not even that of the password shows. */
    private static byte[] digest(byte[] credentials) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(credentials);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
