package org.red5.dvr.http;

import org.red5.dvr.bytes.MediaBytes.FileRegion;

/** Answers requests of one kind: viewers', operators', peers'. Any thread may call; none is held up for longer than a disk takes. */
public interface RequestHandler {
    /** Never throws for what a request holds: what goes wrong is told in the reply. */
    Reply handle(HttpRequest request);

    /** The reply when a region that was just promised cannot be read, before anything of it is sent. */
    HttpReply lost(HttpRequest request, FileRegion region, String why);

    /** Whether a request may have a body: it is refused otherwise. */
    default boolean mayHaveBody(HttpRequest request) {
        return false;
    }

    /** One that has the same reply to everything; there is no file in it. */
    static RequestHandler of(HttpReply reply) {
        return new RequestHandler() {
            @Override
            public Reply handle(HttpRequest request) {
                return reply;
            }

            @Override
            public HttpReply lost(HttpRequest request, FileRegion region, String why) {
                return reply;
            }
        };
    }
}
