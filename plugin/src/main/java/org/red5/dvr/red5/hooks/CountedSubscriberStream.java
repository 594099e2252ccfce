package org.red5.dvr.red5.hooks;

import org.red5.server.api.stream.IPlayItem;
import org.red5.server.api.stream.StreamState;
import org.red5.server.stream.PlaylistSubscriberStream;

/** Red5's playback of streams by one client, which tells {@link Playbacks} what it plays, and its relay that it does. */
public class CountedSubscriberStream extends PlaylistSubscriberStream {
    private final Playbacks playbacks;
    private final RelayedStreams relayed;

    public CountedSubscriberStream(Playbacks playbacks, RelayedStreams relayed) {
        this.playbacks = playbacks;
        this.relayed = relayed;
    }

    @Override
    public void onChange(StreamState change, Object... about) {
        switch (change) {
            case PLAYING -> {
                String name = ((IPlayItem) about[0]).getName();
                boolean live = (Boolean) about[1];
                playbacks.begun(this, StreamKeys.of(getScope(), name), live);
                relayed.playing(getScope(), name);
            }
            case STOPPED, CLOSED -> playbacks.ended(this);
            default -> {
                // Pauses and seeks do not change who plays what.
            }
        }
        super.onChange(change, about);
    }
}
