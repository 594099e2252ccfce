package org.red5.dvr.media.bitstream;

/**
 * What a NAL unit of supplemental enhancement information says (ITU-T H.264 sections 7.3.2.3 and D, H.265 sections 7.3.2.4 and D).
 *
 * @param readable whether all of its messages can be what they say that they are; browsers refuse the whole picture else
 * @param recoveryPoint whether it says that decoding can start here
 */
public record Sei(boolean readable, boolean recoveryPoint) {
    private static final int USER_DATA_REGISTERED = 4;
    private static final int USER_DATA_UNREGISTERED = 5;
    private static final int RECOVERY_POINT = 6;
    /** A country and a provider. */
    private static final int REGISTRATION_BYTES = 3;

    private static final int UUID_BYTES = 16;
    private static final byte TRAILING_BITS = (byte) 0x80;

    /** Reads the NAL unit between two places. */
    public static Sei of(NalSyntax syntax, byte[] data, int start, int end) {
        int from = Math.min(end, start + syntax.headerBytes());
        byte[] messages = NalUnits.unescape(data, from, end - from);
        int behind = end(messages);
        boolean recoveryPoint = false;
        int at = 0;
        while (at < behind) {
            int typeBytes = numberBytes(messages, at, behind);
            int sizeBytes = numberBytes(messages, at + typeBytes, behind);
            int type = number(messages, at, typeBytes);
            int size = number(messages, at + typeBytes, sizeBytes);
            at += typeBytes + sizeBytes;
            if (typeBytes == 0 || sizeBytes == 0 || size > behind - at || size < leastBytes(type)) {
                return new Sei(false, recoveryPoint);
            }
            recoveryPoint |= type == RECOVERY_POINT;
            at += size;
        }
        return new Sei(true, recoveryPoint);
    }

    /** Where the messages end: in front of the trailing bits, which some encoders leave out. */
    private static int end(byte[] messages) {
        int last = messages.length - 1;
        while (last >= 0 && messages[last] == 0) {
            last--;
        }
        return last >= 0 && messages[last] == TRAILING_BITS ? last : messages.length;
    }

    /** How many bytes a type or a size has; 0 when it does not end. */
    private static int numberBytes(byte[] messages, int from, int end) {
        int at = from;
        while (at < end && messages[at] == (byte) 0xff) {
            at++;
        }
        return at < end ? at + 1 - from : 0;
    }

    private static int number(byte[] messages, int from, int bytes) {
        return bytes == 0 ? 0 : 0xff * (bytes - 1) + (messages[from + bytes - 1] & 0xff);
    }

    private static int leastBytes(int type) {
        return switch (type) {
            case USER_DATA_REGISTERED -> REGISTRATION_BYTES;
            case USER_DATA_UNREGISTERED -> UUID_BYTES;
            default -> 0;
        };
    }
}
