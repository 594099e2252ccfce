package org.red5.dvr.peer.wire;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.red5.dvr.store.HourListing;
import org.red5.dvr.store.Skipped;
import org.red5.dvr.timeline.TakeEnd;
import org.red5.dvr.timeline.TakeId;
import org.red5.dvr.timeline.Unanswered;
import org.red5.dvr.util.JsonBytes;

/** A list of a stream's hours as JSON. */
public final class HourListingJson {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{32}");

    private HourListingJson() {}

    public static byte[] render(HourListing listing) {
        return JsonBytes.render(json -> write(json, listing));
    }

    public static HourListing parse(byte[] text) throws MalformedReplyException {
        return PeerJson.parse(text, HourListingJson::read);
    }

    /** Whether a text may be the digest of an index. */
    public static boolean isDigest(String text) {
        return DIGEST.matcher(text).matches();
    }

    private static void write(JsonWriter json, HourListing listing) throws IOException {
        json.beginObject().name("live").value(listing.live());
        PeerStreamsJson.write(json, listing.span());
        json.name("hours").beginArray();
        for (HourListing.Hour hour : listing.hours()) {
            write(json, hour);
        }
        json.endArray().name("ends");
        PeerJson.write(json, listing.ends());
        if (!listing.unanswered().isEmpty()) {
            json.name("unanswered").beginArray();
            for (Unanswered unanswered : listing.unanswered()) {
                json.beginObject().name("server").value(unanswered.server());
                json.name("why").value(unanswered.why()).endObject();
            }
            json.endArray();
        }
        if (!listing.skipped().nodes().isEmpty()) {
            json.name("skipped").beginArray();
            for (String node : new TreeSet<>(listing.skipped().nodes())) {
                json.value(node);
            }
            json.endArray();
        }
        if (listing.skipped().isOutOfHops()) {
            json.name("out_of_hops").value(true);
        }
        json.endObject();
    }

    private static void write(JsonWriter json, HourListing.Hour hour) throws IOException {
        json.beginObject().name("hour").value(hour.hour());
        json.name("take").value(hour.take().value());
        json.name("node").value(hour.node());
        json.name("segments").value(hour.segments());
        json.name("closed").value(hour.closed());
        if (hour.digest().isPresent()) {
            json.name("digest").value(hour.digest().get());
        }
        json.endObject();
    }

    private static HourListing read(JsonReader json) throws IOException {
        boolean live = false;
        Long fromMicros = null;
        Long toMicros = null;
        List<HourListing.Hour> hours = List.of();
        List<TakeEnd> ends = List.of();
        List<Unanswered> unanswered = List.of();
        Set<String> skipped = Set.of();
        boolean isOutOfHops = false;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "live" -> live = json.nextBoolean();
                case "from" -> fromMicros = json.nextLong();
                case "to" -> toMicros = json.nextLong();
                case "hours" -> hours = PeerJson.list(json, HourListingJson::hour);
                case "ends" -> ends = PeerJson.ends(json);
                case "unanswered" -> unanswered = PeerJson.list(json, HourListingJson::unanswered);
                case "skipped" -> skipped = new HashSet<>(PeerJson.list(json, PeerJson::node));
                case "out_of_hops" -> isOutOfHops = json.nextBoolean();
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new HourListing(
                live,
                PeerStreamsJson.span(fromMicros, toMicros),
                hours,
                ends,
                unanswered,
                new Skipped(skipped, isOutOfHops));
    }

    private static HourListing.Hour hour(JsonReader json) throws IOException {
        Long hour = null;
        TakeId take = null;
        String node = null;
        int segments = 0;
        boolean closed = false;
        Optional<String> digest = Optional.empty();
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "hour" -> hour = json.nextLong();
                case "take" -> take = PeerJson.take(json);
                case "node" -> node = PeerJson.node(json);
                case "segments" -> segments = json.nextInt();
                case "closed" -> closed = json.nextBoolean();
                case "digest" -> digest = Optional.of(digest(json));
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new HourListing.Hour(
                PeerJson.required(hour, "hour"),
                PeerJson.required(take, "take"),
                PeerJson.required(node, "node"),
                segments,
                closed,
                digest);
    }

    private static String digest(JsonReader json) throws IOException {
        String digest = json.nextString();
        if (!isDigest(digest)) {
            throw new MalformedReplyException("a digest is not 32 hexadecimal digits");
        }
        return digest;
    }

    private static Unanswered unanswered(JsonReader json) throws IOException {
        String server = null;
        String why = null;
        json.beginObject();
        while (json.hasNext()) {
            switch (json.nextName()) {
                case "server" -> server = PeerJson.word(json);
                case "why" -> why = PeerJson.word(json);
                default -> json.skipValue();
            }
        }
        json.endObject();
        return new Unanswered(PeerJson.required(server, "server"), PeerJson.required(why, "why"));
    }
}
