package org.red5.dvr.peer.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.media.DamagedBytes;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.NodeChanges;
import org.red5.dvr.peer.PeerState;
import org.red5.dvr.peer.PeerStatus;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.timeline.GapReason;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamListing;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.timeline.UtcRange;

/** What servers tell each other keeps its form and comes back as it was; whatever else comes is refused in one way. */
class WireTest {
    private static final TakeId TAKE = new TakeId("20261122T131502123Z-origin");
    private static final StreamKey CAMERA = new StreamKey("live", "room/für \"日本\"");

    private interface Parser {
        Object parse(byte[] bytes) throws MalformedReplyException;
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Sample(String name, byte[] bytes, Parser parser) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Sample> samples() {
        return Stream.of(
                new Sample("status", PeerStatusJson.render(status()), PeerStatusJson::parse),
                new Sample("streams", PeerStreamsJson.render(streams()), PeerStreamsJson::parse),
                new Sample("hours", HourListingJson.render(hours()), HourListingJson::parse),
                new Sample("follow", FollowReplyBytes.render(follow()), FollowReplyBytes::parse));
    }

    private static PeerStatus status() {
        return new PeerStatus(
                "a1",
                new InstanceId("0f1e2d3c4b5a6978"),
                1_763_817_600_123L,
                1_763_810_000_000L,
                4_000,
                Map.of(
                        "a1",
                        new NodeChanges(1_763_810_000_000L, 1_763_811_000_000L),
                        "origin",
                        new NodeChanges(1_763_809_000_000L, 0)),
                List.of(
                        new PeerStatus.Source("origin:5080", Optional.of("origin"), RemoteDvr.NOCHAIN, PeerState.UP),
                        new PeerStatus.Source("[::1]:5080", Optional.empty(), RemoteDvr.CHAIN, PeerState.DOWN)),
                "5f3a",
                Optional.of(List.of(
                        new PeerStatus.Stream(CAMERA, true, List.of("a1")),
                        new PeerStatus.Stream(new StreamKey("live", "door"), false, List.of("a1", "origin")))));
    }

    private static List<StreamListing> streams() {
        return List.of(
                new StreamListing(
                        CAMERA, true, Optional.of(new UtcRange(1_763_809_000_000_000L, 1_763_817_600_000_000L))),
                new StreamListing(new StreamKey("live", "door"), false, Optional.empty()),
                new StreamListing(new StreamKey("live", "gate"), false, Optional.empty(), false));
    }

    private static HourListing hours() {
        return new HourListing(
                true,
                Optional.of(new UtcRange(1_763_809_000_000_000L, 1_763_817_600_000_000L)),
                List.of(
                        new HourListing.Hour(
                                489_949, TAKE, "origin", 900, true, Optional.of("9c1185a5c5e9fc54612808977ee8f548")),
                        new HourListing.Hour(489_950, TAKE, "origin", 3, false, Optional.empty())),
                List.of(new TakeEnd(TAKE, 1_763_817_600_000_000L, GapReason.DISK_FULL)),
                List.of(new Unanswered("b:5080", "no answer within 800 ms")),
                new Skipped(Set.of("edge", "a1"), true));
    }

    private static FollowReply follow() {
        Segment first = new Segment(TAKE, 440_954_400, 1_763_817_600_012_345L, 4_000_000, 3, 2, true);
        Segment second = new Segment(TAKE, 440_954_401, 1_763_817_604_012_345L, 4_000_000, 4, 0, false);
        return new FollowReply(
                true,
                List.of(
                        new FollowReply.New(first, "origin", 3, 305_419_896, Optional.of(new byte[] {1, 2, 3, 4, 5})),
                        new FollowReply.New(second, "origin", 3, 0xf000_0000, Optional.empty())),
                List.of(new TakeEnd(TAKE, 1_763_817_600_000_000L, GapReason.NOT_PUBLISHED)));
    }

    @Test
    void statusHasTheFormOfTheInterface() throws Exception {
        String text = new String(PeerStatusJson.render(status()), UTF_8);
        assertEquals(
                "{\"node\":\"a1\",\"instance\":\"0f1e2d3c4b5a6978\",\"utc\":1763817600123,\"started\":1763810000000,\"grid\":4000,"
                        + "\"changed\":{\"a1\":{\"hours\":1763810000000,\"sources\":1763811000000},\"origin\":{\"hours\":1763809000000}},\"sources\":["
                        + "{\"address\":\"origin:5080\",\"node\":\"origin\",\"policy\":\"nochain\",\"state\":\"up\"},"
                        + "{\"address\":\"[::1]:5080\",\"policy\":\"chain\",\"state\":\"down\"}],\"tag\":\"5f3a\",\"streams\":["
                        + "{\"app\":\"live\",\"name\":\"room/für \\\"日本\\\"\",\"live\":true,\"path\":[\"a1\"]},"
                        + "{\"app\":\"live\",\"name\":\"door\",\"live\":false,\"path\":[\"a1\",\"origin\"]}]}",
                text);
        assertEquals(status(), PeerStatusJson.parse(text.getBytes(UTF_8)));
    }

    @Test
    void hoursAndStreamsHaveTheFormOfTheInterface() throws Exception {
        String text = new String(HourListingJson.render(hours()), UTF_8);
        assertEquals(
                "{\"live\":true,\"from\":1763809000000000,\"to\":1763817600000000,\"hours\":["
                        + "{\"hour\":489949,\"take\":\"20261122T131502123Z-origin\",\"node\":\"origin\",\"segments\":900,"
                        + "\"closed\":true,\"digest\":\"9c1185a5c5e9fc54612808977ee8f548\"},"
                        + "{\"hour\":489950,\"take\":\"20261122T131502123Z-origin\",\"node\":\"origin\",\"segments\":3,"
                        + "\"closed\":false}],\"ends\":[{\"take\":\"20261122T131502123Z-origin\","
                        + "\"utc\":1763817600000000,\"reason\":\"disk-full\"}],"
                        + "\"unanswered\":[{\"server\":\"b:5080\",\"why\":\"no answer within 800 ms\"}],"
                        + "\"skipped\":[\"a1\",\"edge\"],\"out_of_hops\":true}",
                text);
        assertEquals(hours(), HourListingJson.parse(text.getBytes(UTF_8)));
        assertEquals(streams(), PeerStreamsJson.parse(PeerStreamsJson.render(streams())));
    }

    @Test
    void followCarriesTheBytes() throws Exception {
        FollowReply back = FollowReplyBytes.parse(FollowReplyBytes.render(follow()));
        assertEquals(follow().ends(), back.ends());
        assertEquals(
                follow().segments().stream().map(FollowReply.New::segment).toList(),
                back.segments().stream().map(FollowReply.New::segment).toList());
        assertArrayEquals(
                new byte[] {1, 2, 3, 4, 5}, back.segments().get(0).media().orElseThrow());
        assertEquals(0xf000_0000, back.segments().get(1).crc());
        assertTrue(back.segments().get(1).media().isEmpty());
    }

    @Test
    void whatALaterVersionSaysIsSkipped() throws Exception {
        byte[] text = ("{\"live\":false,\"more\":{\"a\":[1,{}]},\"hours\":[],\"ends\":[{\"take\":\"" + TAKE
                        + "\",\"utc\":5,\"reason\":\"eaten by a dog\"}]}")
                .getBytes(UTF_8);
        assertEquals(
                new HourListing(false, Optional.empty(), List.of(), List.of(), List.of(), Skipped.NONE),
                HourListingJson.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{\"hours\":{}}",
                "{\"hours\":[{}]}",
                "{\"hours\":[{\"hour\":1e999999999,\"take\":\"20261122T131502123Z-o\",\"node\":\"o\"}]}",
                "{\"hours\":[{\"hour\":1,\"take\":\"../../x\",\"node\":\"o\"}]}",
                "{\"hours\":[{\"hour\":1,\"take\":\"20261122T131502123Z-o\",\"node\":\"<script>\"}]}",
                "{\"hours\":[{\"hour\":1,\"take\":\"20261122T131502123Z-o\",\"node\":\"o\",\"closed\":true}]}",
                "{\"hours\":[{\"hour\":1,\"take\":\"20261122T131502123Z-o\",\"node\":\"o\",\"digest\":\"9\"}]}",
                "{\"from\":2,\"to\":1}",
                "{\"unanswered\":[{\"server\":\"a\\nb\",\"why\":\"c\"}]}",
                "{} {}"
            })
    void whatIsNoListingIsRefused(String text) {
        assertThrows(MalformedReplyException.class, () -> HourListingJson.parse(text.getBytes(UTF_8)));
    }

    /** Deep nesting is skipped without a stack of that depth. */
    @Test
    void nestingDoesNoHarm() {
        byte[] deep = ("{\"x\":" + "[".repeat(1_000_000)).getBytes(UTF_8);
        assertThrows(MalformedReplyException.class, () -> PeerStatusJson.parse(deep));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void damagedBytesAreRefusedInOneWay(Sample sample) {
        Random random = new Random(4);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = DamagedBytes.damage(sample.bytes(), random);
            try {
                sample.parser().parse(bytes);
            } catch (MalformedReplyException e) {
                refused++;
            }
        }
        assertTrue(refused > 10_000, refused + " of 20000 were refused");
    }
}
