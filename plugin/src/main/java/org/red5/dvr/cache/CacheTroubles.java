package org.red5.dvr.cache;

import java.nio.file.Path;
import org.red5.dvr.archive.files.ArchiveMeter;

/** What is wrong with the directories of caches, as a warning: nothing that was recorded is concerned. What is found damaged comes again, and is not counted. */
record CacheTroubles(ArchiveMeter meter) implements ArchiveMeter {
    @Override
    public void segmentsRecovered(long segments) {}

    @Override
    public void segmentsDamaged(long segments) {}

    @Override
    public void troubleBegins(String sentence) {
        meter.troubleBegins(sentence);
    }

    @Override
    public void troubleEnds(String sentence) {
        meter.troubleEnds(sentence);
    }

    @Override
    public void rootInUse(Path root) {
        meter.troubleBegins(inUse(root));
    }

    @Override
    public void rootFree(Path root) {
        meter.troubleEnds(inUse(root));
    }

    private static String inUse(Path root) {
        return root + ": in use by another server, nothing is cached there";
    }
}
