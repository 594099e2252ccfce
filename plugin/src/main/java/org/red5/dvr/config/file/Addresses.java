package org.red5.dvr.config.file;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.red5.dvr.config.InputRule;
import org.red5.dvr.config.PeerAddress;
import org.red5.dvr.config.RemoteDvr;
import org.red5.dvr.config.syntax.Arguments;
import org.red5.dvr.config.syntax.Rejected;
import org.red5.dvr.config.syntax.Token;
import org.red5.dvr.timeline.StreamKey;

/** Reads the addresses of servers and of streams on them. */
final class Addresses {
    /** Underscores are allowed: container networks use them in names. */
    private static final Pattern HOST_AND_PORT = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):(\\d{1,5})");

    private static final Pattern RTMP = Pattern.compile("rtmp://[^/\\s]+/[^/].*");
    private static final String REMOTE_DVR = "remote_dvr=";

    private Addresses() {}

    static PeerAddress peer(Token word) throws Rejected {
        return peer(word.text()).orElseThrow(() -> Rejected.expected("HOST:PORT such as streamer:8081", word));
    }

    private static Optional<PeerAddress> peer(String text) {
        Matcher matcher = HOST_AND_PORT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(matcher.group(2));
        boolean inRange = port >= 1 && port <= 65_535;
        return inRange ? Optional.of(new PeerAddress(matcher.group(1), port)) : Optional.empty();
    }

    /** {@code remote_dvr=} behind an address, or its default. */
    static RemoteDvr remoteDvr(Arguments words) throws Rejected {
        return words.hasNext() ? remoteDvr(words.next("")) : RemoteDvr.NOCHAIN;
    }

    private static RemoteDvr remoteDvr(Token word) throws Rejected {
        for (RemoteDvr value : RemoteDvr.values()) {
            if (word.text().equals(REMOTE_DVR + value.name().toLowerCase(Locale.ROOT))) {
                return value;
            }
        }
        throw Rejected.expected("remote_dvr=none, remote_dvr=nochain or remote_dvr=chain", word);
    }

    /** A stream's input with what stands behind it. */
    static InputRule input(Arguments words) throws Rejected {
        String forms = "an address such as rtmp://encoder/live/camera, dvr://streamer:8081/live/camera or fake://fake";
        Token word = words.next(forms);
        int behindScheme = word.text().indexOf("://") + 3;
        String scheme = word.text().substring(0, Math.max(0, behindScheme - 3));
        return switch (scheme) {
            case "rtmp" -> rtmp(word);
            case "dvr", "m4f" -> dvr(word, word.text().substring(behindScheme), words);
            case "fake" -> fake(word);
            default -> throw Rejected.expected(forms, word);
        };
    }

    private static InputRule rtmp(Token word) throws Rejected {
        if (!RTMP.matcher(word.text()).matches()) {
            throw Rejected.expected("an address such as rtmp://encoder/live/camera", word);
        }
        return new InputRule.Rtmp(word.text());
    }

    private static InputRule fake(Token word) throws Rejected {
        if (!word.text().equals("fake://fake")) {
            throw Rejected.expected("fake://fake", word);
        }
        return new InputRule.Fake();
    }

    private static InputRule dvr(Token word, String address, Arguments words) throws Rejected {
        int slash = address.indexOf('/');
        Optional<PeerAddress> peer = slash < 0 ? Optional.empty() : peer(address.substring(0, slash));
        Optional<StreamKey> stream = slash < 0 ? Optional.empty() : stream(address.substring(slash + 1));
        if (peer.isEmpty() || stream.isEmpty()) {
            throw Rejected.expected("an address such as dvr://streamer:8081/live/camera", word);
        }
        return new InputRule.Dvr(peer.get(), stream.get(), remoteDvr(words));
    }

    /** A stream's name in an address: percent-encoded, and without a slash in the application {@code live}. */
    private static Optional<StreamKey> stream(String encoded) {
        int slash = encoded.indexOf('/');
        Optional<String> app = slash < 0 ? Optional.of("live") : decode(encoded.substring(0, slash));
        Optional<String> name = decode(encoded.substring(slash + 1));
        boolean sound = app.isPresent()
                && name.isPresent()
                && !app.get().isEmpty()
                && !name.get().isEmpty()
                && app.get().indexOf('/') < 0;
        return sound ? Optional.of(new StreamKey(app.orElseThrow(), name.orElseThrow())) : Optional.empty();
    }

    private static Optional<String> decode(String encoded) {
        byte[] in = encoded.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(in.length);
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                out.put(in[i]);
                continue;
            }
            int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(in[i + 2], 16);
            if (low < 0) {
                return Optional.empty();
            }
            out.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            return Optional.of(
                    StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
