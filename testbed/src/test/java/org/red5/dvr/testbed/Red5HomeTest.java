package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Red5HomeTest {
    @TempDir
    Path folder;

    private Path home;
    private Path copy;

    @BeforeEach
    void installRed5() throws IOException {
        home = folder.resolve("red5");
        copy = folder.resolve("copy");
        for (String file : new String[] {"red5-service.jar", "conf/red5.xml", "log/red5.log", "webapps/dvr/old.html"}) {
            Files.createDirectories(home.resolve(file).getParent());
            Files.writeString(home.resolve(file), "");
        }
        jar("lib/spring.jar", "org/springframework/core/Ordered.class");
    }

    private void jar(String name, String entry) throws IOException {
        Files.createDirectories(home.resolve(name).getParent());
        try (ZipOutputStream jar = new ZipOutputStream(Files.newOutputStream(home.resolve(name)))) {
            jar.putNextEntry(new ZipEntry(entry));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "plugins/tomcat.jar, javax, dvr.war",
        "plugins/tomcat.jar, jakarta, dvr-jakarta.war",
        "lib/tomcat.jar, jakarta, dvr-jakarta.war"
    })
    void getsTheWebApplicationOfItsLine(String jar, String api, String war) throws IOException, UsageException {
        jar(jar, api + "/servlet/Servlet.class");
        assertEquals(war, Red5Home.in(home, copy).war());
    }

    @Test
    void isCopiedWithoutWhatWasWrittenThereAndWhatIsOurs() throws IOException, UsageException {
        jar("plugins/tomcat.jar", "jakarta/servlet/Servlet.class");
        Files.writeString(home.resolve("plugins").resolve(Red5Home.PLUGIN), "old");
        Files.createDirectories(copy.resolve("archive"));
        Red5Home.in(home, copy).copyTo(copy);
        assertTrue(Files.exists(copy.resolve("conf/red5.xml")));
        assertTrue(Files.exists(copy.resolve("plugins/tomcat.jar")));
        assertTrue(Files.exists(copy.resolve("archive")));
        assertFalse(Files.exists(copy.resolve("log")));
        assertFalse(Files.exists(copy.resolve("webapps/dvr")));
        assertFalse(Files.exists(copy.resolve("plugins").resolve(Red5Home.PLUGIN)));
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        saysThat("has no Tomcat", home, copy);
        saysThat("has no red5-service.jar", folder.resolve("nowhere"), copy);
        jar("plugins/tomcat.jar", "javax/servlet/Servlet.class");
        saysThat("not in each other", home, home.resolve("copy"));
        saysThat("not in each other", home, folder);
    }

    private static void saysThat(String expected, Path home, Path copy) {
        String message = assertThrows(UsageException.class, () -> Red5Home.in(home, copy))
                .getMessage();
        assertTrue(message.contains(expected), message);
    }
}
