package org.red5.dvr.peer.wire;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.config.Secret;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.timeline.ServerName;

/**
 * Signs requests to peers and checks those that come from them: HMAC-SHA256 (RFC 2104) keyed with the cluster's key, which
 * itself is never sent; {@code docs/peer-interface.md} has the form. Any thread may call.
 */
public final class PeerSignature {
    /** So far may a peer's clock be from this server's. */
    public static final long TOLERANCE_MILLIS = 30_000;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int NONCE_BYTES = 16;
    private static final int MAC_BYTES = 32;
    /** Of any version: earlier ones say {@code to=.} where they do not know the recipient. */
    private static final Pattern FORM =
            Pattern.compile(Protocol.SCHEME + "(\\d{1,3}) node=(" + ServerName.FORM + "), (?:to=("
                    + InstanceId.FORM
                    + "|\\.), )?time=(\\d{1,15}), nonce=([A-Za-z0-9_-]{22}), mac=([A-Za-z0-9_-]{43})");

    private static final String CHALLENGE = Protocol.SCHEME + Protocol.VERSION;
    private static final Pattern CHALLENGE_FORM = Pattern.compile(CHALLENGE + " to=(" + InstanceId.FORM + ")");
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private final Supplier<Secret> key;
    private final String node;
    private final InstanceId instance;
    private final Clock clock;
    private final SecureRandom random;
    private final NonceMemory nonces;

    /**
     * @param key the cluster's key
     * @param node this server's name
     * @param instance this server's identity
     * @param random where nonces come from
     */
    public PeerSignature(Secret key, String node, InstanceId instance, Clock clock, SecureRandom random) {
        this(() -> key, node, instance, clock, random);
    }

    /**
     * @param key the cluster's key, asked for each request
     * @param node this server's name
     * @param instance this server's identity
     * @param random where nonces come from
     */
    public PeerSignature(Supplier<Secret> key, String node, InstanceId instance, Clock clock, SecureRandom random) {
        this.key = key;
        this.node = node;
        this.instance = instance;
        this.clock = clock;
        this.random = random;
        this.nonces = new NonceMemory(clock.millis(), TOLERANCE_MILLIS);
    }

    /**
     * The value of {@code Authorization} for a request that is sent now, and once.
     *
     * @param to the identity of the server that it is for, which no other takes it for; empty to be told it
     */
    public String sign(SignedRequest request, Optional<InstanceId> to) {
        byte[] bytes = new byte[NONCE_BYTES];
        random.nextBytes(bytes);
        String nonce = ENCODER.encodeToString(bytes);
        long utcMillis = clock.millis();
        @Nullable String recipient = to.map(InstanceId::value).orElse(null);
        String mac = ENCODER.encodeToString(mac(request.text(Protocol.VERSION, node, recipient, utcMillis, nonce)));
        return CHALLENGE + " node=" + node + ", "
                + to.map(id -> "to=" + id + ", ").orElse("") + "time=" + utcMillis + ", nonce=" + nonce + ", mac="
                + mac;
    }

    /**
     * Checks a request. It takes the same time whatever is wrong with its MAC, and nothing else of it is looked at before that.
     *
     * @param authorization the value of {@code Authorization}, null when there is none
     */
    public Verdict check(SignedRequest request, @Nullable String authorization) {
        Matcher form = FORM.matcher(authorization == null ? "" : authorization);
        boolean isFormed = form.matches();
        int version = isFormed ? Integer.parseInt(form.group(1)) : Protocol.VERSION;
        String signer = isFormed ? form.group(2) : "";
        @Nullable String to = isFormed ? form.group(3) : null;
        long utcMillis = isFormed ? Long.parseLong(form.group(4)) : 0;
        String nonce = isFormed ? form.group(5) : "";
        byte[] sent = isFormed ? decoded(form.group(6)) : new byte[MAC_BYTES];
        boolean isRight = MessageDigest.isEqual(mac(request.text(version, signer, to, utcMillis, nonce)), sent);
        if (!isFormed) {
            return authorization == null ? Verdict.MISSING : Verdict.MALFORMED;
        }
        if (!isRight) {
            return Verdict.WRONG;
        }
        if (version == Protocol.VERSION && to == null) {
            return Verdict.UNDIRECTED;
        }
        if (version == Protocol.VERSION && !instance.value().equals(to)) {
            return Verdict.MISDIRECTED;
        }
        Verdict fresh = nonces.firstTime(nonce, utcMillis, clock.millis());
        return fresh == Verdict.GOOD && version != Protocol.VERSION ? Verdict.OTHER_VERSION : fresh;
    }

    /**
     * The server that signed a request.
     *
     * @param node the name, as the signature says
     * @param version of the peer interface
     */
    public record Signer(String node, int version) {}

    /** The server that signed a request whose signature was checked; empty when it is malformed. */
    public static Optional<Signer> signer(String authorization) {
        Matcher form = FORM.matcher(authorization);
        return form.matches()
                ? Optional.of(new Signer(form.group(2), Integer.parseInt(form.group(1))))
                : Optional.empty();
    }

    /**
     * The value of {@code WWW-Authenticate} beside a refusal. A server that has the key is told the identity that requests are to be
     * signed for.
     */
    public String challenge(Verdict verdict) {
        boolean hasKey = verdict == Verdict.MISDIRECTED || verdict == Verdict.UNDIRECTED;
        return hasKey ? CHALLENGE + " to=" + instance : CHALLENGE;
    }

    /** The identity that a challenge tells; empty when it tells none. */
    public static Optional<InstanceId> recipient(String challenge) {
        Matcher form = CHALLENGE_FORM.matcher(challenge);
        return form.matches() ? Optional.of(new InstanceId(form.group(1))) : Optional.empty();
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
