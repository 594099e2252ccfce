package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.file.Path;
import org.red5.dvr.timeline.StreamKey;

/** Says whether a stream may be written below a root now; asked before anything is created there. */
public interface RootCheck {
    /** The question for one stream and its root. */
    interface OfStream {
        void check() throws IOException;
    }

    /** Every root may be written to. */
    RootCheck NONE = (stream, root) -> {};

    /**
     * @throws IOException that says why not
     */
    void check(StreamKey stream, Path root) throws IOException;
}
