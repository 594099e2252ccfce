package org.red5.dvr.metrics;

/** What is recorded below one root, for JMX: {@code org.red5.dvr:type=Root,path="…"}. */
public interface DvrRootMXBean {
    String getRoot();

    long getSegmentsWritten();

    long getBytesWritten();

    /** Packets that found no room in the queue. */
    long getPacketsDropped();

    /** Takes being recorded. */
    int getTakesOpen();

    /** Streams that are published and cannot be recorded at present. */
    int getStreamsFailing();

    /** What waits to be written. */
    long getQueueBytes();

    /** Space left on the root's disk; -1 when it cannot be told. */
    long getDiskUsableBytes();

    /** Time to write a segment, since the start. */
    double getWriteMillisMean();

    /** Longest time to write a segment in the last minutes. */
    double getWriteMillisMax();
}
