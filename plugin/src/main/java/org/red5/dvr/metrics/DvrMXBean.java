package org.red5.dvr.metrics;

import java.util.List;

/** The whole server, for JMX: {@code org.red5.dvr:type=Dvr}. Numbers are the sums over all roots. */
public interface DvrMXBean {
    /** Whether nothing is wrong. */
    boolean isHealthy();

    /** What is wrong now, a sentence each. */
    List<String> getTroubles();

    long getSegmentsWritten();

    long getBytesWritten();

    /** Packets that found no room in a queue. */
    long getPacketsDropped();

    /** Segments deleted by the archive's limits. */
    long getSegmentsDeleted();

    /** Segments listed again after a crash. */
    long getSegmentsRecovered();

    /** Recorded segments found to be damaged. */
    long getSegmentsDamaged();

    /** Takes being recorded. */
    int getTakesOpen();

    /** What waits to be written. */
    long getQueueBytes();

    /** Clients that play live over RTMP. */
    int getLiveViewers();

    /** Clients that play recordings over RTMP. */
    int getPastViewers();

    /** Players that follow live playlists, about. */
    int getHlsViewers();

    /** Live streams that are pulled from sources. */
    int getRelays();

    /** Live streams that go to peers. */
    int getPeersServed();
}
