package org.red5.dvr.web;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.Text;
import org.red5.dvr.playback.Playback;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.View;
import org.red5.dvr.playback.Window;
import org.red5.dvr.playback.hls.MediaPlaylist;
import org.red5.dvr.playback.hls.MultivariantPlaylist;
import org.red5.dvr.timeline.Part;
import org.red5.dvr.timeline.Take;
import org.red5.dvr.util.Futures;
import org.red5.dvr.web.Asked.Caching;

/** Answers requests for the HLS playlists of a stream's windows. Any thread may call. */
final class PlaylistRequests {
    private static final String TYPE = "application/vnd.apple.mpegurl";
    /** A query is repeated at every address. */
    private static final long MOST_PASSED_CHARS = 16 << 20;

    private final Playback playback;
    private final RenderedPlaylists rendered;
    private final StreamWatch watch;

    /**
     * @param rendered keeps what was rendered
     * @param watch is told who follows a stream
     */
    PlaylistRequests(Playback playback, RenderedPlaylists rendered, StreamWatch watch) {
        this.playback = playback;
        this.rendered = rendered;
        this.watch = watch;
    }

    /** A playlist, by its name. */
    CompletableFuture<HttpReply> playlist(Asked asked) throws PlaybackException {
        Optional<PlaylistName> name = PlaylistName.parse(asked.name());
        Optional<Window> window =
                name.isEmpty() ? Optional.empty() : Window.parse(name.get().window());
        if (window.isEmpty() || (window.get().slides() && name.get().type().isPresent())) {
            throw MediaName.none(asked);
        }
        return name.get().part().isPresent()
                ? mediaPlaylist(asked, window.get(), name.get())
                : multivariantPlaylist(asked, window.get(), name.get());
    }

    private CompletableFuture<HttpReply> mediaPlaylist(Asked asked, Window window, PlaylistName name)
            throws PlaybackException {
        return playback.view(asked.stream(), window, name.part().orElseThrow(), name.type())
                .thenCompose(view -> Futures.of(() -> mediaPlaylist(asked, view, name)));
    }

    private HttpReply mediaPlaylist(Asked asked, View view, PlaylistName name) throws PlaybackException {
        String query = PassedQuery.of(asked.request().rawQuery());
        if (!view.isOver()) {
            watch.followed(asked.stream(), asked.request());
        }
        if ((long) view.timeline().segments().size() * query.length() > MOST_PASSED_CHARS) {
            throw new PlaybackException(Kind.BAD_REQUEST, "The query is too long for a window of this length.");
        }
        return playlist(asked, view, rendered.of(asked.stream(), name, view, query));
    }

    /** A window without a picture has the sound alone, and who plays it keeps to that: his player is set up for nothing else. */
    private CompletableFuture<HttpReply> multivariantPlaylist(Asked asked, Window window, PlaylistName name)
            throws PlaybackException {
        return playback.view(asked.stream(), window, Part.MUXED)
                .thenCompose(all -> Futures.from(() -> {
                    boolean hasPictures =
                            all.timeline().segments().stream().anyMatch(segment -> segment.videoBytes() > 0);
                    return hasPictures
                            ? CompletableFuture.completedFuture(all)
                            : playback.view(asked.stream(), window, Part.AUDIO);
                }))
                .thenCompose(view -> playback.takes(asked.stream(), view.timeline())
                        .thenCompose(takes -> Futures.of(() -> multivariantPlaylist(asked, view, takes, name))));
    }

    private static HttpReply multivariantPlaylist(Asked asked, View view, List<Take> takes, PlaylistName name)
            throws PlaybackException {
        String media = name.media(
                        view.part(),
                        MediaPlaylist.shortTargetSeconds(view),
                        view.shape().type())
                + PassedQuery.of(asked.request().rawQuery());
        return playlist(asked, view, new Text(MultivariantPlaylist.render(view, takes, media)));
    }

    private static HttpReply playlist(Asked asked, View view, Text text) {
        Caching caching = view.isOver() ? Caching.LIST_OVER : asked.caching();
        List<Header> headers = UnansweredHeader.of(view.timeline()).stream().toList();
        return asked.text(TYPE, caching, text, headers);
    }
}
