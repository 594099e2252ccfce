package org.red5.dvr.cluster;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.config.Secret;

/**
 * Signs requests to peers and checks those that come from them: HMAC-SHA256 (RFC 2104) keyed with the cluster's key, which
 * itself is never sent; {@code docs/peer-interface.md} has the form. Any thread may call.
 */
public final class PeerSignature {
    /** So far may a peer's clock be from this server's. */
    static final long TOLERANCE_MILLIS = 30_000;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int NONCE_BYTES = 16;
    private static final int MAC_BYTES = 32;
    private static final Pattern FORM = Pattern.compile("DVR1 node=([A-Za-z0-9._-]{1,253}), time=(\\d{1,15}), "
            + "nonce=([A-Za-z0-9_-]{22}), mac=([A-Za-z0-9_-]{43})");
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    /** What a check comes to; all but the first are refused, and the asker is not told which it is. */
    public enum Verdict {
        GOOD("good"),
        MISSING("it has no signature"),
        MALFORMED("its signature is malformed"),
        WRONG("its signature is wrong: another key, or the request was changed on its way"),
        EARLY_OR_LATE("its time is more than 30 s from this server's, or before this server's start"),
        REPLAYED("its signature was used before");

        private final String why;

        Verdict(String why) {
            this.why = why;
        }

        /** For an operator. */
        public String why() {
            return why;
        }
    }

    private final Supplier<Secret> key;
    private final String node;
    private final Clock clock;
    private final SecureRandom random;
    private final NonceMemory nonces;

    /**
     * @param key the cluster's key
     * @param node this server's name
     * @param random where nonces come from
     */
    public PeerSignature(Secret key, String node, Clock clock, SecureRandom random) {
        this(() -> key, node, clock, random);
    }

    /**
     * @param key the cluster's key, asked for each request
     * @param node this server's name
     * @param random where nonces come from
     */
    public PeerSignature(Supplier<Secret> key, String node, Clock clock, SecureRandom random) {
        this.key = key;
        this.node = node;
        this.clock = clock;
        this.random = random;
        this.nonces = new NonceMemory(clock.millis(), TOLERANCE_MILLIS);
    }

    /** The value of {@code Authorization} for a request that is sent now, and once. */
    public String sign(SignedRequest request) {
        byte[] bytes = new byte[NONCE_BYTES];
        random.nextBytes(bytes);
        String nonce = ENCODER.encodeToString(bytes);
        long utcMillis = clock.millis();
        String mac = ENCODER.encodeToString(mac(request.text(node, utcMillis, nonce)));
        return "DVR1 node=" + node + ", time=" + utcMillis + ", nonce=" + nonce + ", mac=" + mac;
    }

    /**
     * Checks a request. It takes the same time whatever is wrong with its MAC, and nothing else of it is looked at before that.
     *
     * @param authorization the value of {@code Authorization}, null when there is none
     */
    public Verdict check(SignedRequest request, @Nullable String authorization) {
        Matcher form = FORM.matcher(authorization == null ? "" : authorization);
        boolean isFormed = form.matches();
        String signer = isFormed ? form.group(1) : "";
        long utcMillis = isFormed ? Long.parseLong(form.group(2)) : 0;
        String nonce = isFormed ? form.group(3) : "";
        byte[] sent = isFormed ? decoded(form.group(4)) : new byte[MAC_BYTES];
        boolean isRight = MessageDigest.isEqual(mac(request.text(signer, utcMillis, nonce)), sent);
        if (!isFormed) {
            return authorization == null ? Verdict.MISSING : Verdict.MALFORMED;
        }
        if (!isRight) {
            return Verdict.WRONG;
        }
        return nonces.firstTime(nonce, utcMillis, clock.millis());
    }

    /** A MAC whose last character has bits beyond its 32 bytes is not ours. */
    private static byte[] decoded(String mac) {
        byte[] bytes = DECODER.decode(mac);
        return ENCODER.encodeToString(bytes).equals(mac) ? bytes : new byte[0];
    }

    private byte[] mac(String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key.get().value().getBytes(StandardCharsets.UTF_8), ALGORITHM));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
