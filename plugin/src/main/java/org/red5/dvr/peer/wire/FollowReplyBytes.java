package org.red5.dvr.peer.wire;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.store.FollowReply;
import org.red5.dvr.timeline.Segment;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.util.JsonBytes;

/**
 * What is new of a stream as bytes: the length of a JSON text (four bytes, big endian), the text, and the bytes of the segments
 * that come with them.
 */
public final class FollowReplyBytes {
    private FollowReplyBytes() {}

    /** A segment without its bytes, and how many of them follow the text: all or none. */
    private record Head(FollowReply.New segment, int mediaBytes) {}

    private record Text(boolean live, List<Head> segments, List<TakeEnd> ends) {}

    public static byte[] render(FollowReply reply) {
        byte[] text = JsonBytes.render(json -> write(json, reply));
        int mediaBytes = reply.segments().stream()
                .mapToInt(each -> each.media().map(media -> media.length).orElse(0))
                .reduce(0, Math::addExact);
        ByteBuffer out = ByteBuffer.allocate(Math.addExact(Integer.BYTES + text.length, mediaBytes));
        out.putInt(text.length).put(text);
        reply.segments().forEach(each -> each.media().ifPresent(out::put));
        return out.array();
    }

    public static FollowReply parse(byte[] bytes) throws MalformedReplyException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int textBytes = in.remaining() < Integer.BYTES ? -1 : in.getInt();
        if (textBytes < 0 || textBytes > in.remaining()) {
            throw new MalformedReplyException(bytes.length + " bytes do not hold their text");
        }
        byte[] text = Arrays.copyOfRange(bytes, in.position(), in.position() + textBytes);
        in.position(in.position() + textBytes);
        Text head = PeerJson.parse(text, FollowReplyBytes::read);
        List<FollowReply.New> segments = new ArrayList<>();
        for (Head each : head.segments()) {
            segments.add(withMedia(each, in));
        }
        if (in.hasRemaining()) {
            throw new MalformedReplyException(in.remaining() + " bytes belong to no segment");
        }
        return new FollowReply(head.live(), segments, head.ends());
    }

    private static FollowReply.New withMedia(Head head, ByteBuffer in) throws MalformedReplyException {
        FollowReply.New segment = head.segment();
        if (head.mediaBytes() == 0) {
            return segment;
        }
        if (head.mediaBytes() < 0
                || head.mediaBytes() != segment.segment().bytes()
                || head.mediaBytes() > in.remaining()) {
            throw new MalformedReplyException(segment.segment().take() + "/"
                    + segment.segment().number() + " comes with " + head.mediaBytes() + " bytes of "
                    + segment.segment().bytes() + ", " + in.remaining() + " follow");
        }
        byte[] media = new byte[head.mediaBytes()];
        in.get(media);
        return new FollowReply.New(
                segment.segment(), segment.node(), segment.ordinal(), segment.crc(), Optional.of(media));
    }

    private static void write(JsonWriter json, FollowReply reply) throws IOException {
        json.beginObject().name("live").value(reply.live());
        json.name("segments").beginArray();
        for (FollowReply.New each : reply.segments()) {
            write(json, each);
        }
        json.endArray().name("ends");
        PeerJson.write(json, reply.ends());
        json.endObject();
    }

    private static void write(JsonWriter json, FollowReply.New each) throws IOException {
        Segment segment = each.segment();
        json.beginObject().name("take").value(segment.take().value());
        json.name("node").value(each.node());
        json.name("ordinal").value(each.ordinal());
        json.name("number").value(segment.number());
        json.name("start").value(segment.startUtcMicros());
        json.name("duration").value(segment.durationMicros());
        json.name("video").value(segment.videoBytes());
        json.name("audio").value(segment.audioBytes());
        json.name("independent").value(segment.independent());
        json.name("crc").value(Integer.toUnsignedLong(each.crc()));
        json.name("bytes").value(each.media().map(media -> media.length).orElse(0));
        json.endObject();
    }

    private static Text read(JsonReader json) throws IOException {
        boolean live = false;
        List<Head> segments = List.of();
        List<TakeEnd> ends = List.of();
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "live" -> live = json.nextBoolean();
                case "segments" -> segments = PeerJson.list(json, FollowReplyBytes::head);
                case "ends" -> ends = PeerJson.ends(json);
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new Text(live, segments, ends);
    }

    private static Head head(JsonReader json) throws IOException {
        TakeId take = null;
        String node = null;
        int ordinal = 0;
        Long number = null;
        long start = 0;
        long duration = 0;
        int video = 0;
        int audio = 0;
        boolean independent = false;
        long crc = 0;
        int mediaBytes = 0;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "take" -> take = PeerJson.take(json);
                case "node" -> node = PeerJson.node(json);
                case "ordinal" -> ordinal = json.nextInt();
                case "number" -> number = json.nextLong();
                case "start" -> start = json.nextLong();
                case "duration" -> duration = json.nextLong();
                case "video" -> video = json.nextInt();
                case "audio" -> audio = json.nextInt();
                case "independent" -> independent = json.nextBoolean();
                case "crc" -> crc = json.nextLong();
                case "bytes" -> mediaBytes = json.nextInt();
                default -> json.skipValue();
            }
        }
        json.endObject();
        Segment segment = new Segment(
                PeerJson.required(take, "take"),
                PeerJson.required(number, "number"),
                start,
                duration,
                video,
                audio,
                independent);
        return new Head(
                new FollowReply.New(segment, PeerJson.required(node, "node"), ordinal, (int) crc, Optional.empty()),
                mediaBytes);
    }
}
