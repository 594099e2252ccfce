package org.red5.dvr.red5;

import org.red5.server.api.stream.IPlayItem;
import org.red5.server.api.stream.StreamState;
import org.red5.server.stream.PlaylistSubscriberStream;

/** Red5's playback of streams by one client, which tells {@link Playbacks} what it plays. */
class CountedSubscriberStream extends PlaylistSubscriberStream {
    private final Playbacks playbacks;

    CountedSubscriberStream(Playbacks playbacks) {
        this.playbacks = playbacks;
    }

    @Override
    public void onChange(StreamState change, Object... about) {
        switch (change) {
            case PLAYING -> {
                String name = ((IPlayItem) about[0]).getName();
                boolean live = (Boolean) about[1];
                playbacks.begun(this, StreamKeys.of(getScope(), name), live);
            }
            case STOPPED, CLOSED -> playbacks.ended(this);
            default -> {
                // Pauses and seeks do not change who plays what.
            }
        }
        super.onChange(change, about);
    }
}
