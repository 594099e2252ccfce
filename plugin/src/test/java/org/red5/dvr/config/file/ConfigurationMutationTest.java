package org.red5.dvr.config.file;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.red5.dvr.config.syntax.ConfigurationException;
import org.red5.dvr.config.syntax.Mistake;
import org.red5.dvr.config.syntax.Position;

/** Damaged files: whatever was done to them, they are read or refused with a place inside the file. */
class ConfigurationMutationTest {
    private static final int ROUNDS = 2_000;
    private static final byte[] PIECES = "{};\"\\#\n\r \t*/%:=2dG\u00A0🎥\uFEFF\u0000".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path home;

    @Test
    void refusesDamagedFilesWithAPlaceInsideThem() throws IOException {
        Random random = new Random(42);
        byte[] valid = everything();
        Path file = home.resolve("cluster-dvr.conf");
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = valid;
            for (int i = random.nextInt(4); i >= 0; i--) {
                damaged = damage(damaged, random);
            }
            Files.write(file, damaged);
            refused += readOrRefuse(file, damaged, round) ? 0 : 1;
        }
        assertTrue(refused > ROUNDS / 10 && refused < ROUNDS, refused + " of " + ROUNDS + " were refused");
    }

    private boolean readOrRefuse(Path file, byte[] bytes, int round) {
        try {
            Configuration.read(file, home, "host");
            return true;
        } catch (ConfigurationException e) {
            for (Mistake mistake : e.mistakes()) {
                assertTrue(isInside(mistake.position(), bytes), () -> "round " + round + ": " + mistake);
            }
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError("round " + round + ": " + new String(bytes, StandardCharsets.UTF_8), e);
        }
    }

    private static boolean isInside(Position position, byte[] bytes) {
        List<String> lines = Arrays.asList(new String(bytes, StandardCharsets.UTF_8).split("\r\n|\r|\n", -1));
        if (position.line() > lines.size()) {
            return false;
        }
        String line = lines.get(position.line() - 1);
        return position.column() <= line.codePointCount(0, line.length()) + 1;
    }

    private static byte[] damage(byte[] bytes, Random random) {
        int from = random.nextInt(bytes.length);
        int length = Math.min(1 + random.nextInt(8), bytes.length - from);
        byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
        byte[] piece = switch (random.nextInt(5)) {
            case 0 -> new byte[] {PIECES[random.nextInt(PIECES.length)]};
            case 1 -> new byte[] {(byte) random.nextInt(256)};
            case 2 -> Arrays.copyOfRange(bytes, from, from + length);
            case 3 -> "🎥\u00A0".getBytes(StandardCharsets.UTF_8);
            default -> new byte[0];
        };
        boolean cut = random.nextInt(50) == 0;
        int kept = cut ? rest.length : random.nextBoolean() ? length : 0;
        byte[] damaged = Arrays.copyOf(bytes, from + piece.length + rest.length - kept);
        System.arraycopy(piece, 0, damaged, from, piece.length);
        System.arraycopy(rest, kept, damaged, from + piece.length, rest.length - kept);
        return damaged;
    }

    private static byte[] everything() throws IOException {
        try (InputStream in = Objects.requireNonNull(
                ConfigurationMutationTest.class.getResourceAsStream("examples/everything.conf"))) {
            return in.readAllBytes();
        }
    }
}
