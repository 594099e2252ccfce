package org.red5.dvr.web;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.http.Content;
import org.red5.dvr.http.HttpReply;
import org.red5.dvr.http.HttpReply.Header;
import org.red5.dvr.http.Text;
import org.red5.dvr.web.Asked.Caching;

/**
 * A file of the player page, kept in memory. Browsers are told to load and run nothing but such files, whatever somebody may get
 * into the page (Content Security Policy Level 3).
 */
public final class PageFile {
    private static final String FOLDER = "/assets/";
    private static final List<Header> POLICY = List.of(
            // hls.js makes its worker and its media source as blobs.
            new Header(
                    "Content-Security-Policy",
                    "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; img-src 'self' data:; object-src 'none';"
                            + " base-uri 'none'; form-action 'self'"),
            new Header("X-Content-Type-Options", "nosniff"),
            new Header("Referrer-Policy", "same-origin"));

    private final Content content;

    /**
     * @param type its media type
     * @param bytes all of it, not changed by anybody
     */
    public PageFile(String type, byte[] bytes) {
        content = Content.of(type, Caching.REVALIDATED.value(), new Text(bytes), List.of());
    }

    /** Finds the files of the page. Any thread may call. */
    @FunctionalInterface
    public interface Finder {
        /**
         * @param rawPath one that {@link #isFor} is true for
         */
        Optional<PageFile> find(String rawPath) throws IOException;
    }

    /** Whether a path, below the web application's and as sent, is one of the page, whether there is such a file or not. */
    public static boolean isFor(String rawPath) {
        return rawPath.equals("/") || (rawPath.startsWith(FOLDER) && rawPath.indexOf('/', FOLDER.length()) < 0);
    }

    /** The reply to a request for it. */
    HttpReply reply(Asked asked) {
        return asked.reply(content).with(POLICY);
    }
}
