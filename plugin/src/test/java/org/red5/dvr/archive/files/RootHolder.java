package org.red5.dvr.archive.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.red5.dvr.archive.LocalArchive;
import org.red5.dvr.timeline.SegmentGrid;

/** A server by itself: records a take below a root and goes down without a word when its standard input ends. */
final class RootHolder {
    private RootHolder() {}

    /** The root. */
    public static void main(String[] arguments) throws IOException {
        Path root = Path.of(arguments[0]);
        LocalArchive archive = new LocalArchive(stream -> Optional.of(root), List.of(root), SegmentGrid.DEFAULT);
        RootLocksTest.RECORDED.write(archive, RootLocksTest.STREAM);
        System.out.println("recorded");
        int ended = System.in.read();
        Runtime.getRuntime().halt(ended < 0 ? 0 : 1);
    }
}
