package org.red5.dvr.web;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.playback.PlaybackException;
import org.red5.dvr.timeline.StreamPath.MalformedPathException;
import org.red5.dvr.web.Asked.Caching;

/**
 * A row of the table of routes: what stands at the paths of one form.
 *
 * @param caching how long what is there may be kept, where the renderer knows no better
 */
record Route(RequestPath.Form form, Methods methods, Caching caching, Renderer renderer) {
    /**
     * Makes the reply to a GET or HEAD, and to what else the row allows. Any thread may call: one that may read disks, and waits for no other
     * server.
     */
    @FunctionalInterface
    interface Renderer {
        /** Fails, at once or later, with what is thrown here; what waits for other servers without a thread is completed later. */
        CompletableFuture<HttpReply> render(Asked asked) throws MalformedPathException, PlaybackException, IOException;
    }

    /** A renderer that has its reply when it returns. */
    @FunctionalInterface
    interface DirectRenderer {
        HttpReply render(Asked asked) throws MalformedPathException, PlaybackException, IOException;
    }

    /**
     * What may be done with what is there. Pages of other sites may only where that can be asked with OPTIONS.
     *
     * @param headers those that a page of another site may send
     */
    record Methods(List<String> all, String headers) {
        static final Methods READ = new Methods(List.of("GET", "HEAD", "OPTIONS"), "Range, If-Range, If-None-Match");
        /** For no page of another site. */
        static final Methods READ_HERE = new Methods(List.of("GET", "HEAD"), "");
        /** For who has the password. */
        static final Methods EDIT =
                new Methods(List.of("GET", "HEAD", "POST", "DELETE", "OPTIONS"), "Authorization, Content-Type");

        Methods {
            all = List.copyOf(all);
        }

        boolean allow(String method) {
            return all.contains(method);
        }

        /** As the header {@code Allow} has them. */
        String names() {
            return String.join(", ", all);
        }

        boolean isForOtherSites() {
            return allow("OPTIONS");
        }
    }

    /** A row of what players read. */
    static Route of(String form, Caching caching, Renderer renderer) {
        return new Route(RequestPath.Form.of(form), Methods.READ, caching, renderer);
    }

    /** A row of what players read and is there when its renderer returns. */
    static Route direct(String form, Caching caching, DirectRenderer renderer) {
        return direct(form, Methods.READ, caching, renderer);
    }

    /** A row of what is there when its renderer returns. */
    static Route direct(String form, Methods methods, Caching caching, DirectRenderer renderer) {
        return new Route(
                RequestPath.Form.of(form),
                methods,
                caching,
                asked -> CompletableFuture.completedFuture(renderer.render(asked)));
    }
}
