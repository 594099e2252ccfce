package org.red5.dvr.peer.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.config.Secret;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.time.SettableClock;

class PeerSignatureTest {
    private static final long START = 1_763_817_600_000L;
    private static final Map<String, String> HEADERS =
            Map.of("Range", "bytes=0-9", "CDN-Loop", "edge", "DVR-Asked", "b", "DVR-Hops", "7", "DVR-Wait", "900");

    private static final Optional<InstanceId> SERVER = Optional.of(new InstanceId("origin-1"));

    private final SettableClock clock = new SettableClock();
    private PeerSignature asker;
    private PeerSignature server;

    @BeforeEach
    void start() {
        clock.millis = START;
        asker = signature("abcd", "edge");
        server = signature("abcd", "origin");
    }

    private PeerSignature signature(String key, String node) {
        return new PeerSignature(new Secret(key), node, new InstanceId(node + "-1"), clock, new SecureRandom());
    }

    private static SignedRequest request(String method, String path, String query, Map<String, String> headers) {
        return SignedRequest.of(method, path, query, headers::get);
    }

    private static SignedRequest request() {
        return request("GET", "/peer/v2/hours/live/camera", "from=1&to=2", HEADERS);
    }

    @Test
    void takesWhatWasSignedOnce() {
        String signature = asker.sign(request(), SERVER);

        assertEquals(Verdict.GOOD, server.check(request(), signature));
        assertEquals(Verdict.REPLAYED, server.check(request(), signature));
        assertEquals(Verdict.GOOD, server.check(request(), asker.sign(request(), SERVER)));
    }

    /** The bytes of the interface, made with another tool: {@code openssl dgst -sha256 -hmac}. */
    @Test
    void macIsThatOfTheInterface() {
        String signature =
                "DVR2 node=edge, to=origin-1, time=1763817600000, nonce=AAAAAAAAAAAAAAAAAAAAAA, mac=g6mwVLdytoqU6W3rkNEXh0ix4Be3XZG0v1NKLsduTnU";
        assertEquals(Verdict.GOOD, server.check(request(), signature));
    }

    /** As servers of version 1 send it, to one that they know, one that they do not, and in a form before that. */
    @Test
    void thoseOfAnotherVersionAreTold() {
        SignedRequest request = request("GET", "/peer/v1/hours/live/camera", "from=1&to=2", HEADERS);
        String rest = "time=1763817600000, nonce=AAAAAAAAAAAAAAAAAAAAAA, mac=";
        for (String signature : List.of(
                "DVR1 node=edge, to=origin-1, " + rest + "92yc0BNG_MDWAzv6ECpkeHIaEfu98nZkAXjXm3VbsoE",
                "DVR1 node=edge, to=., " + rest + "3zTasIpgEAoW8meKwABc8dmdPE35ae7LANyQVFiQ0DQ",
                "DVR1 node=edge, " + rest + "A90ubRyis_xVMkF7WXj3KNPqotq7XPmajg3_8Vncj0E")) {
            server = signature("abcd", "origin");
            assertEquals(Verdict.WRONG, server.check(request, signature.replace("DVR1", "DVR2")));
            assertEquals(Verdict.OTHER_VERSION, server.check(request, signature));
            assertEquals(Optional.of(new PeerSignature.Signer("edge", 1)), PeerSignature.signer(signature));
            assertEquals(Verdict.REPLAYED, server.check(request, signature));
            assertEquals(Verdict.WRONG, signature("abce", "origin").check(request, signature));
        }
    }

    /** Somebody may listen on the way to one server, and send what he heard to another of the same cluster. */
    @Test
    void oneForAnotherServerIsRefused() {
        String captured = asker.sign(request(), InstanceId.parse("replica-1"));
        assertEquals(Verdict.MISDIRECTED, server.check(request(), captured));
        assertEquals(Verdict.WRONG, server.check(request(), captured.replace("to=replica-1", "to=origin-1")));
        assertEquals(Verdict.WRONG, server.check(request(), captured.replace("to=replica-1, ", "")));
        assertEquals(Verdict.GOOD, signature("abcd", "replica").check(request(), captured), "it is not used up");
    }

    /** A server that has the key, and no other, is told which one to sign for. */
    @Test
    void theChallengeTellsTheRecipientToWhoHasTheKey() {
        Verdict first = server.check(request(), asker.sign(request(), Optional.empty()));
        assertEquals(Verdict.UNDIRECTED, first);
        Optional<InstanceId> to = PeerSignature.recipient(server.challenge(first));
        assertEquals(SERVER, to);
        assertEquals(Verdict.GOOD, server.check(request(), asker.sign(request(), to)));
        Verdict other = server.check(request(), signature("abce", "edge").sign(request(), Optional.empty()));
        assertEquals(Optional.empty(), PeerSignature.recipient(server.challenge(other)));
        assertEquals(Optional.empty(), PeerSignature.recipient(server.challenge(server.check(request(), null))));
        assertEquals(Optional.empty(), PeerSignature.recipient("Basic to=x"));
    }

    @Test
    void signatureHasTheFormAndNotTheKey() {
        String signature = signature("abcd-secret", "edge").sign(request(), SERVER);

        assertTrue(
                signature.matches("DVR2 node=edge, to=origin-1, time=1763817600000, nonce=[\\w-]{22}, mac=[\\w-]{43}"),
                signature);
        assertFalse(signature.contains("abcd"), signature);
    }

    @Test
    void anyChangeIsRefused() {
        List<SignedRequest> changed = new ArrayList<>(List.of(
                request("HEAD", "/peer/v2/hours/live/camera", "from=1&to=2", HEADERS),
                request("GET", "/peer/v2/hours/live/camerb", "from=1&to=2", HEADERS),
                request("GET", "/peer/v2/hours/live/camera", "from=1&to=3", HEADERS),
                request("GET", "/peer/v2/hours/live/camera", "", HEADERS)));
        for (String name : HEADERS.keySet()) {
            Map<String, String> without = new HashMap<>(HEADERS);
            without.remove(name);
            Map<String, String> other = new HashMap<>(HEADERS);
            other.replace(name, HEADERS.get(name) + "0");
            changed.add(request("GET", "/peer/v2/hours/live/camera", "from=1&to=2", without));
            changed.add(request("GET", "/peer/v2/hours/live/camera", "from=1&to=2", other));
        }
        assertEquals(14, changed.size());
        for (SignedRequest each : changed) {
            assertEquals(Verdict.WRONG, server.check(each, asker.sign(request(), SERVER)), each.toString());
        }
    }

    @Test
    void anotherKeyOrNodeOrTimeOrNonceIsRefused() {
        String good = asker.sign(request(), SERVER);
        assertEquals(
                Verdict.WRONG, server.check(request(), signature("abce", "edge").sign(request(), SERVER)));
        assertEquals(Verdict.WRONG, server.check(request(), good.replace("node=edge", "node=edgf")));
        assertEquals(Verdict.WRONG, server.check(request(), good.replace("time=1763817600000", "time=1763817600001")));
        assertEquals(
                Verdict.WRONG, server.check(request(), good.replaceFirst("nonce=.{22}", "nonce=" + "A".repeat(22))));
        assertEquals(Verdict.WRONG, server.check(request(), good.replaceFirst("mac=.{43}", "mac=" + "A".repeat(43))));
        assertEquals(Verdict.GOOD, server.check(request(), good), "the good one is not used up by the bad ones");
    }

    /** The last character of 32 bytes in base64 has two bits that say nothing. */
    @Test
    void thereIsOneSpellingOfAMac() {
        String good = asker.sign(request(), SERVER);
        char last = good.charAt(good.length() - 1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        String other = good.substring(0, good.length() - 1) + alphabet.charAt(alphabet.indexOf(last) ^ 1);
        assertEquals(Verdict.WRONG, server.check(request(), other));
    }

    @Test
    void noneOrAMalformedOneIsRefused() {
        String good = asker.sign(request(), SERVER);
        assertEquals(Verdict.MISSING, server.check(request(), null));
        for (String bad : List.of(
                "",
                "Basic YTpi",
                "DVRX" + good.substring(4),
                good + " ",
                good.replace("time=", "time=-"),
                good.replace("time=", "time=9999999"),
                good.substring(0, good.length() - 1),
                good.replace(", ", ","))) {
            assertEquals(Verdict.MALFORMED, server.check(request(), bad), bad);
        }
    }

    @Test
    void clocksMayDifferByHalfAMinute() {
        server = signature("abcd", "origin");
        for (long seconds : List.of(31L, 600L)) {
            clock.millis = START + 1_000_000 + seconds * 1_000;
            String early = asker.sign(request(), SERVER);
            clock.millis = START + 1_000_000 - seconds * 1_000;
            String late = asker.sign(request(), SERVER);
            clock.millis = START + 1_000_000;
            assertEquals(Verdict.EARLY_OR_LATE, server.check(request(), early));
            assertEquals(Verdict.EARLY_OR_LATE, server.check(request(), late));
        }
        clock.millis = START + 1_000_000 + 29_000;
        String early = asker.sign(request(), SERVER);
        clock.millis = START + 1_000_000 - 29_000;
        String late = asker.sign(request(), SERVER);
        clock.millis = START + 1_000_000;
        assertEquals(Verdict.GOOD, server.check(request(), early));
        assertEquals(Verdict.GOOD, server.check(request(), late));
    }

    /** What the server that ran before took may not be taken once more by the one that runs now. */
    @Test
    void whatWasSignedBeforeTheStartIsRefused() {
        String before = asker.sign(request(), SERVER);
        clock.millis += 10;
        assertEquals(Verdict.EARLY_OR_LATE, signature("abcd", "origin").check(request(), before));
    }

    @Test
    void noReplayIsTakenAsLongAsItsTimeWouldBe() {
        clock.millis = START + 29_000;
        String early = asker.sign(request(), SERVER);
        clock.millis = START;
        assertEquals(Verdict.GOOD, server.check(request(), early));
        for (int second = 0; second <= 70; second++) {
            clock.millis = START + second * 1_000L;
            server.check(request(), asker.sign(request(), SERVER));
            Verdict again = server.check(request(), early);
            assertTrue(again == Verdict.REPLAYED || again == Verdict.EARLY_OR_LATE, again.toString());
        }
    }

    @Test
    void aServerThatWasStartedByAClockAheadAnswersWhenThatIsPutRight() {
        clock.millis = START + 3_600_000;
        server = signature("abcd", "origin");
        clock.millis = START;
        server.check(request(), asker.sign(request(), SERVER));
        clock.millis += 10;
        String signature = asker.sign(request(), SERVER);
        clock.millis += 10;
        assertEquals(Verdict.GOOD, server.check(request(), signature));
        assertEquals(Verdict.REPLAYED, server.check(request(), signature));
    }

    /** What was seen by a wrong clock stays seen, and a flood then is no reason to refuse what comes by the right one. */
    @Test
    void aClockThatWasAheadForAWhileAndAFloodThenRefuseNothingNew() {
        NonceMemory memory = new NonceMemory(START, PeerSignature.TOLERANCE_MILLIS);
        int flood = NonceMemory.MOST_NONCES + 50_000;
        long ahead = START + 3_600_000;
        for (int i = 0; i < flood; i++) {
            assertEquals(Verdict.GOOD, memory.firstTime("ahead" + i, ahead + i / 10, ahead + i / 10));
        }
        for (int i = 0; i < 100_000; i++) {
            long now = START + 1_000 + i;
            assertEquals(Verdict.GOOD, memory.firstTime("now" + i, now, now), "at " + i);
            assertTrue(memory.size() <= NonceMemory.MOST_NONCES);
        }
        for (int i = 0; i < flood; i += 37) {
            assertTrue(memory.firstTime("ahead" + i, ahead + i / 10, ahead + i / 10) != Verdict.GOOD, "at " + i);
        }
    }

    @Test
    void whateverTheClockIsSetToNothingIsTakenTwice() {
        Random random = new Random(3);
        NonceMemory memory = new NonceMemory(START, PeerSignature.TOLERANCE_MILLIS);
        List<Long> taken = new ArrayList<>();
        long setBy = 0;
        int fresh = 0;
        for (int i = 0; i < 30_000; i++) {
            setBy = random.nextInt(500) == 0 ? (random.nextInt(7) - 3) * 40_000L : setBy;
            long now = START + 600_000 + i * 100L + setBy;
            long signed = now + random.nextInt(20_000) - 10_000;
            if (memory.firstTime("n" + taken.size(), signed, now) == Verdict.GOOD) {
                taken.add(signed);
                fresh++;
            }
            if (!taken.isEmpty()) {
                int again = random.nextInt(taken.size());
                assertTrue(memory.firstTime("n" + again, taken.get(again), now) != Verdict.GOOD, "at " + i);
                int recent = Math.max(0, taken.size() - 1 - random.nextInt(1_000));
                assertTrue(memory.firstTime("n" + recent, taken.get(recent), now) != Verdict.GOOD, "at " + i);
            }
        }
        assertTrue(fresh > 10_000, "taken: " + fresh);
    }

    @Test
    void memoryIsBoundedAndForgetsNothingThatWouldBeTaken() {
        NonceMemory memory = new NonceMemory(START, PeerSignature.TOLERANCE_MILLIS);
        int most = NonceMemory.MOST_NONCES;
        for (int i = 0; i < most * 2; i++) {
            assertEquals(Verdict.GOOD, memory.firstTime("n" + i, START + i / 10, START + i / 10));
            assertTrue(memory.size() <= most, "at " + i);
        }
        long now = START + most * 2 / 10;
        for (int i = 0; i < most * 2; i += 97) {
            Verdict again = memory.firstTime("n" + i, START + i / 10, now);
            assertTrue(again != Verdict.GOOD, "the one at " + i + " is taken again");
        }
    }
}
