package org.red5.dvr.red5;

import java.nio.ByteBuffer;
import org.red5.dvr.record.StreamSink;

/** Takes packets in and forgets them. */
final class DiscardingSink implements StreamSink {
    @Override
    public void video(int timestampMillis, ByteBuffer payload) {}

    @Override
    public void audio(int timestampMillis, ByteBuffer payload) {}

    @Override
    public void end() {}
}
