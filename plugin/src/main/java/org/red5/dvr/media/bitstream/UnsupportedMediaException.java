package org.red5.dvr.media.bitstream;

/** Media that is well formed, and of a kind that is not recorded. The message names the codec. */
public final class UnsupportedMediaException extends Exception {
    public UnsupportedMediaException(String message) {
        super(message);
    }
}
