package org.red5.dvr.web;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.red5.dvr.bytes.MediaBytes.InMemory;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.store.Served;
import org.red5.dvr.timeline.TakeId;

/** Answers requests for what stands below {@code <stream>/segments/<take>/}: bytes that never change. Any thread may call. */
final class SegmentRequests {
    private static final String MEDIA_TYPE = "video/mp4";
    private static final int MAX_NUMBER_DIGITS = 15;
    /** Up to the year 5138, as elsewhere. */
    private static final int MAX_MILLIS_DIGITS = 14;

    private final String node;
    private final Playback playback;

    /**
     * @param node this server's name
     */
    SegmentRequests(String node, Playback playback) {
        this.node = node;
        this.playback = playback;
    }

    /** A segment: {@code <number>.m4s}, {@code <number>-v.m4s}. */
    CompletableFuture<HttpReply> segment(Asked asked) throws PlaybackException {
        MediaName name = MediaName.parse(asked, "");
        OptionalLong number = digits(name.of(), MAX_NUMBER_DIGITS);
        if (number.isEmpty()) {
            throw new PlaybackException(
                    Kind.BAD_REQUEST, Sentences.quote(name.of()) + " is not the number of a segment.");
        }
        TakeId take = take(asked);
        return playback.segment(asked.stream(), take, number.getAsLong(), name.part(), name.fill())
                .thenApply(found -> immutable(asked, take, "segment ", number.getAsLong() + name.tracks(), found));
    }

    /** The init segment: {@code init.mp4}, {@code init-a.mp4}. */
    CompletableFuture<HttpReply> init(Asked asked) throws PlaybackException {
        MediaName name = MediaName.parse(asked, "init");
        if (!name.of().isEmpty()) {
            throw MediaName.none(asked);
        }
        TakeId take = take(asked);
        return playback.initSegment(asked.stream(), take, name.part(), name.fill())
                .thenApply(found -> immutable(asked, take, "init segment ", "init" + name.tracks(), found));
    }

    /**
     * What stands at the address of an entry that is a hole, behind a take: {@code gap-<milliseconds>-<number>.m4s}, when the entry begins and,
     * if it is known, the number of the segment in front of it.
     */
    CompletableFuture<HttpReply> gap(Asked asked) throws PlaybackException {
        MediaName name = MediaName.parse(asked, "gap-");
        int hyphen = name.of().indexOf('-');
        OptionalLong start = digits(hyphen < 0 ? name.of() : name.of().substring(0, hyphen), MAX_MILLIS_DIGITS);
        OptionalLong before =
                hyphen < 0 ? OptionalLong.empty() : digits(name.of().substring(hyphen + 1), MAX_MILLIS_DIGITS);
        if (start.isEmpty() || (hyphen >= 0 && before.isEmpty())) {
            throw MediaName.none(asked);
        }
        TakeId take = take(asked);
        String known = "gap-" + start.getAsLong() + "-" + before.orElse(0) + name.tracks();
        return playback.emptySegment(asked.stream(), take, start.getAsLong(), before, name.part(), name.fill())
                .thenApply(bytes -> {
                    byte[] empty = bytes.orElseThrow(() -> new CompletionException(
                            nothing("There is no take " + Sentences.quote(take.value()) + " with these tracks.")));
                    return immutable(asked, take, known, new Served(new InMemory(empty), node, Served.From.MEMORY));
                });
    }

    private static TakeId take(Asked asked) throws PlaybackException {
        return TakeId.parse(asked.take())
                .orElseThrow(() -> nothing("There is no take " + Sentences.quote(asked.take()) + '.'));
    }

    private HttpReply immutable(Asked asked, TakeId take, String kind, String name, Optional<Served> found) {
        Served served = found.orElseThrow(() -> new CompletionException(nothing("There is no " + kind + name
                + " of the take " + Sentences.quote(take.value()) + " of "
                + Sentences.quote(asked.stream().fullName()) + '.')));
        return immutable(asked, take, name, served);
    }

    private HttpReply immutable(Asked asked, TakeId take, String name, Served served) {
        String etag = '"' + take.value() + '-' + name + '"';
        // RFC 9211: what this server did, and which one holds it.
        String status = served.from() == Served.From.PEER ? "fwd=miss; detail=\"" + served.server() + '"' : "hit";
        List<Header> origin = List.of(
                new Header("Cache-Status", '"' + node + "\"; " + status), new Header("DVR-Server", served.server()));
        return asked.media(MEDIA_TYPE, etag, served.bytes(), origin);
    }

    /** The number that a text is, of so many digits at most. */
    private static OptionalLong digits(String text, int most) {
        boolean isNumber =
                !text.isEmpty() && text.length() <= most && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    private static PlaybackException nothing(String sentence) {
        return new PlaybackException(Kind.NOTHING_THERE, sentence);
    }
}
