package org.red5.dvr.web;

import java.util.List;
import org.red5.dvr.http.HttpRequest;
import org.red5.dvr.playback.Audience;
import org.red5.dvr.timeline.StorageStatus;
import org.red5.dvr.timeline.StreamKey;
import org.red5.dvr.timeline.UnrecordedTrack;

/** What is known of streams beside what is recorded, and who is told of viewers. Any thread may call. */
public interface StreamWatch {
    /** Knows nothing. */
    StreamWatch NONE = new StreamWatch() {
        @Override
        public StorageStatus storage(StreamKey stream) {
            return StorageStatus.UNKNOWN;
        }

        @Override
        public Audience audience(StreamKey stream) {
            return Audience.NOBODY;
        }

        @Override
        public List<UnrecordedTrack> unrecordedTracks(StreamKey stream) {
            return List.of();
        }

        @Override
        public void followed(StreamKey stream, HttpRequest request) {}
    };

    /** A stream's disk, and what was deleted. */
    StorageStatus storage(StreamKey stream);

    /** Who plays it here. */
    Audience audience(StreamKey stream);

    /** What its last publisher sent here that is not recorded. */
    List<UnrecordedTrack> unrecordedTracks(StreamKey stream);

    /** Somebody asked for a media playlist that goes on. */
    void followed(StreamKey stream, HttpRequest request);
}
