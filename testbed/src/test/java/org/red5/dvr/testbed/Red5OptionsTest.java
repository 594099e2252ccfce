package org.red5.dvr.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Red5OptionsTest {
    @Test
    void readsTheShortForm() throws UsageException {
        Red5Options options = parse("--dir /srv/a --rtmp-port 1935 --http-port 5080 --conf /etc/dvr.conf");
        Path dir = Path.of("/srv/a");
        assertEquals(
                new Red5Options(
                        dir,
                        1935,
                        5080,
                        Optional.empty(),
                        Optional.of(Path.of("/etc/dvr.conf")),
                        "0.0.0.0",
                        HttpProtocol.NIO,
                        List.of(),
                        List.of(),
                        false),
                options);
    }

    @Test
    void readsEveryOption() throws UsageException {
        Red5Options options = parse("--dir a --rtmp-port 1 --http-port 65535 --bind 127.0.0.1 --http-protocol nio2"
                + " --app one --app two --overlay /o --red5 /opt/red5 --exit-on-eof");
        assertEquals(HttpProtocol.NIO2, options.httpProtocol());
        assertEquals(List.of("one", "two"), options.apps());
        assertEquals(List.of(Path.of("/o")), options.overlays());
        assertEquals("127.0.0.1", options.bind());
        assertEquals(Optional.of(Path.of("/opt/red5")), options.red5());
        assertEquals(Optional.empty(), options.conf());
        assertTrue(options.exitOnEof());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--dir a --rtmp-port 1 | --http-port",
                "--dir a --rtmp-port x --http-port 2 | \"x\"",
                "--dir a --rtmp-port 0 --http-port 2 | 1 to 65535",
                "--dir a --rtmp-port 65536 --http-port 2 | 1 to 65535",
                "--dir a --rtmp-port 1 --http-port | needs a value",
                "--dir a --rtmp-port 1 --http-port 2 --http-protocol apr | nio or nio2",
                "--dir a --rtmp-port 1 --http-port 2 --what | --what"
            })
    void saysWhatIsWrong(String line, String expected) {
        String message = assertThrows(UsageException.class, () -> parse(line)).getMessage();
        assertTrue(message.contains(expected), message);
    }

    private static Red5Options parse(String line) throws UsageException {
        return Red5Options.parse(Arrays.asList(line.split(" ")));
    }
}
