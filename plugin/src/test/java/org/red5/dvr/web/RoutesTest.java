package org.red5.dvr.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.web.Asked.Caching;
import org.red5.dvr.web.Route.Methods;
import org.red5.dvr.web.Routes.Found;

/** Which row of the table a path leads to, and what the row says of it. */
class RoutesTest {
    private static final List<String> FORMS = List.of(
            "/<stream>/segments/<take>/init*.mp4",
            "/<stream>/segments/<take>/*.m4s",
            "/<stream>/archive-*.mp4",
            "/<stream>/locks",
            "/<stream>/*",
            "/metrics");

    private final Routes routes = new Routes(FORMS.stream()
            .map(form -> new Route(
                    RequestPath.Form.of(form),
                    form.endsWith("locks") ? Methods.EDIT : form.startsWith("/m") ? Methods.READ_HERE : Methods.READ,
                    Caching.NO_STORE,
                    asked -> CompletableFuture.completedFuture(HttpReply.sentence(200, form))))
            .toList());

    private Found find(String method, String path) {
        return routes.find(new HttpRequest(method, path, null, name -> null));
    }

    @ParameterizedTest
    @CsvSource({
        "/metrics, /metrics, '', '', metrics",
        "/live/a/locks, /<stream>/locks, live/a, '', locks",
        "/live/a/b/locks, /<stream>/locks, live/a/b, '', locks",
        "/live/a/segments/locks, /<stream>/locks, live/a/segments, '', locks",
        "/live/a/lock%73, /<stream>/locks, live/a, '', locks",
        "/live/a/locks2, /<stream>/*, live/a, '', locks2",
        "/live/a/, /<stream>/*, live/a, '', ''",
        "/live/metrics/metrics, /<stream>/*, live/metrics, '', metrics",
        "/live/a/archive-5-6.mp4, /<stream>/archive-*.mp4, live/a, '', archive-5-6.mp4",
        "/live/a/archive-.mp4, /<stream>/archive-*.mp4, live/a, '', archive-.mp4",
        "/live/a/archive.mp4, /<stream>/*, live/a, '', archive.mp4",
        "/live/a/segments/t/5-v.m4s, /<stream>/segments/<take>/*.m4s, live/a, t, 5-v.m4s",
        "/live/a/segments/t%20x/init.mp4, /<stream>/segments/<take>/init*.mp4, live/a, t x, init.mp4",
        "/live/a/segments/segments/t/5.m4s, /<stream>/segments/<take>/*.m4s, live/a/segments, t, 5.m4s",
        "/live/a/segments/t/archive-5-6.mp4, /<stream>/archive-*.mp4, live/a/segments/t, '', archive-5-6.mp4",
        "/live/a/xsegments/t/5.m4s, /<stream>/*, live/a/xsegments/t, '', 5.m4s",
        "/live/segments/t/5.m4s, /<stream>/*, live/segments/t, '', 5.m4s",
    })
    void theFirstRowOfThatFormAnswers(String path, String form, String stream, String take, String name) {
        Found found = find("GET", path);
        Found same = find("POST", path);
        HttpReply reply = handled(found);
        assertEquals(HttpReply.sentence(200, form).contentLengthBytes(), reply.contentLengthBytes());
        assertEquals(found.route(), same.route());
        assertEquals(stream, found.asked().ofStream().map(Object::toString).orElse(""));
        assertEquals(take, found.asked().take());
        assertEquals(name, found.asked().name());
    }

    private static HttpReply handled(Found found) {
        try {
            return found.route().renderer().render(found.asked()).join();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void forWhatIsNothingThereIsARowAsWell() {
        for (String path : List.of("/", "/nothing", "//", "/live/a", "/live/locks", "/live/%GG/locks", "/live/a/%GG")) {
            Found found = find("GET", path);
            assertEquals(Methods.READ, found.route().methods(), path);
            assertEquals(Optional.empty(), found.asked().ofStream(), path);
        }
    }

    @Test
    void aBodyIsForWhatChangesSomething() {
        assertEquals(
                List.of("POST /live/a/locks", "DELETE /live/a/locks"),
                Stream.of("GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT")
                        .flatMap(method -> Stream.of("/live/a/locks", "/live/a/index.m3u8", "/metrics")
                                .filter(path -> find(method, path).mayHaveBody())
                                .map(path -> method + ' ' + path))
                        .toList());
    }
}
