package org.red5.dvr.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.red5.dvr.store.SegmentSource;
import org.red5.dvr.store.SegmentSourceContract;

/** The archive answers the same while it records and after it was opened again. */
class LocalArchiveContractTest {
    @Nested
    class WhileItRecords extends SegmentSourceContract {
        @Override
        protected SegmentSource source(LocalArchive archive, Path directory) {
            return archive;
        }

        @Override
        protected boolean seesRecording() {
            return true;
        }
    }

    @Nested
    class OpenedAgain extends SegmentSourceContract {
        private Optional<LocalArchive> reopened = Optional.empty();

        @Override
        protected SegmentSource source(LocalArchive archive, Path directory) throws IOException {
            reopened = Optional.of(new LocalArchive(stream -> Optional.empty(), List.of(directory), GRID));
            return reopened.get();
        }

        @Override
        protected boolean seesRecording() {
            return false;
        }

        @AfterEach
        void closeIt() {
            reopened.ifPresent(LocalArchive::close);
        }
    }
}
