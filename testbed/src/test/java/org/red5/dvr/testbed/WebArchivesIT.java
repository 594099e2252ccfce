package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each line of Red5 gets a web application for its own servlet API, and nothing of the other. */
@SideBySide
class WebArchivesIT {
    @ParameterizedTest
    @CsvSource({"dvr.war, javax/servlet/, jakarta/servlet/", "dvr-jakarta.war, jakarta/servlet/, javax/servlet/"})
    void usesOneServletApi(String name, String used, String unused) throws IOException {
        try (ZipFile war = new ZipFile(Path.of("../webapp/target", name).toFile())) {
            List<? extends ZipEntry> classes = war.stream()
                    .filter(entry -> entry.getName().endsWith(".class"))
                    .toList();
            assertTrue(classes.size() >= 3, classes.toString());
            int using = 0;
            for (ZipEntry entry : classes) {
                String constants = content(war, entry);
                using += constants.contains(used) ? 1 : 0;
                assertEquals(-1, constants.indexOf(unused), entry.getName());
            }
            assertTrue(using >= 2, using + " classes use " + used);
            for (String file : List.of("assets/index.html", "assets/hls.min.js", "WEB-INF/web.xml")) {
                assertTrue(war.getEntry(file) != null, file);
            }
        }
    }

    private static String content(ZipFile war, ZipEntry entry) throws IOException {
        try (InputStream in = war.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
