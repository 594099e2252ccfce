package org.red5.dvr.webapp;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.servlet.ServletContext;
import org.red5.dvr.web.PageFile;

/** The files of the player page, read once. Any thread may call. */
final class Assets {
    private static final String FOLDER = "/assets/";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=utf-8",
            "js", "text/javascript;charset=utf-8",
            "css", "text/css;charset=utf-8",
            "svg", "image/svg+xml");

    private final Map<String, PageFile> files = new ConcurrentHashMap<>();

    /** The file of a path below the web application's; empty when there is none. */
    Optional<PageFile> find(ServletContext context, String path) throws IOException {
        String file = path.equals("/") ? FOLDER + "index.html" : path;
        if (!file.startsWith(FOLDER)
                || !NAME.matcher(file.substring(FOLDER.length())).matches()) {
            return Optional.empty();
        }
        PageFile known = files.get(file);
        if (known == null) {
            try (InputStream in = context.getResourceAsStream(file)) {
                if (in == null) {
                    return Optional.empty();
                }
                known = new PageFile(
                        TYPES.getOrDefault(extension(file), "text/plain;charset=utf-8"), in.readAllBytes());
                files.put(file, known);
            }
        }
        return Optional.of(known);
    }

    private static String extension(String file) {
        return file.substring(file.lastIndexOf('.') + 1);
    }
}
