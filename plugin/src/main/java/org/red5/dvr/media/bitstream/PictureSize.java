package org.red5.dvr.media.bitstream;

/** What size a picture can have. */
final class PictureSize {
    private static final int MOST = 16_384;

    private PictureSize() {}

    static void require(long width, long height) throws CorruptMediaException {
        if (width <= 0 || height <= 0 || width > MOST || height > MOST) {
            throw new CorruptMediaException("picture of " + width + " by " + height + " pixels");
        }
    }
}
