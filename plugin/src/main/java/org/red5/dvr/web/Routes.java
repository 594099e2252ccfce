package org.red5.dvr.web;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.playback.PlaybackException.Kind;
import org.red5.dvr.playback.Sentences;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;
import org.red5.dvr.web.Asked.Caching;
import org.red5.dvr.web.RequestPath.Place;
import org.red5.dvr.web.Route.Methods;

/** The table of routes: of the rows whose form a path has, the first answers. Any thread may call. */
final class Routes {
    private static final RequestPath.Form ANY = RequestPath.Form.of("/*");

    private final List<Route> rows;

    /** A request and the row that answers it. */
    record Found(Route route, Asked asked) {
        /** Whether the renderer is to be asked: the request is no preflight, and not refused. */
        boolean isForRenderer() {
            String method = asked.request().method();
            return route.methods().allow(method) && !method.equals("OPTIONS");
        }

        /** Whether the renderer reads a body: of the requests that change something. */
        boolean mayHaveBody() {
            return isForRenderer() && !Methods.READ.allow(asked.request().method());
        }
    }

    Routes(List<Route> rows) {
        this.rows = List.copyOf(rows);
    }

    /** There is a row for every request: if it is for nothing else, one that says so. */
    Found find(HttpRequest request) {
        try {
            RequestPath path = RequestPath.parse(request.rawPath());
            for (Route row : rows) {
                if (row.form().matches(path)) {
                    return found(row, request, path);
                }
            }
            throw nothingAt(request);
        } catch (MalformedPathException | PlaybackException e) {
            Route nowhere = new Route(ANY, Methods.READ, Caching.NO_STORE, asked -> CompletableFuture.failedFuture(e));
            return new Found(nowhere, new Asked(request, Optional.empty(), "", "", Caching.NO_STORE));
        }
    }

    static PlaybackException nothingAt(HttpRequest request) {
        return new PlaybackException(
                Kind.NOTHING_THERE, "There is nothing at " + Sentences.quote(request.rawPath()) + '.');
    }

    private static Found found(Route row, HttpRequest request, RequestPath path) throws MalformedPathException {
        Place place = row.form().place();
        Optional<StreamKey> stream = place.isOfStream() ? Optional.of(path.stream(place)) : Optional.empty();
        String take = place == Place.TAKE ? path.take() : "";
        return new Found(row, new Asked(request, stream, take, path.name(), row.caching()));
    }
}
