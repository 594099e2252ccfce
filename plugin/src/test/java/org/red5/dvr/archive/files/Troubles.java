package org.red5.dvr.archive.files;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what an archive says is wrong with it, and counts nothing. */
public final class Troubles implements ArchiveMeter {
    private final List<String> now = new CopyOnWriteArrayList<>();
    private final List<String> begun = new CopyOnWriteArrayList<>();

    /** What is wrong, as it is at any time. */
    public List<String> now() {
        return now;
    }

    /** What has begun to be wrong, over or not. */
    public List<String> begun() {
        return begun;
    }

    @Override
    public void segmentsRecovered(long segments) {}

    @Override
    public void segmentsDamaged(long segments) {}

    @Override
    public void rootInUse(Path root) {}

    @Override
    public void rootFree(Path root) {}

    @Override
    public void troubleBegins(String sentence) {
        begun.add(sentence);
        now.add(sentence);
    }

    @Override
    public void troubleEnds(String sentence) {
        now.remove(sentence);
    }
}
