package org.red5.dvr.metrics;

import java.util.List;

/** What an operator is told of the way that streams come in. Any thread may call; nothing here blocks. */
public interface IngestHealth {
    /** Of a server to which nothing is published. */
    IngestHealth NOTHING = new IngestHealth() {
        @Override
        public List<String> troubles() {
            return List.of();
        }

        @Override
        public List<String> warnings() {
            return List.of();
        }
    };

    /** A sentence for each thing that keeps streams from coming in. */
    List<String> troubles();

    /** A sentence for each thing that may be meant so. */
    List<String> warnings();
}
