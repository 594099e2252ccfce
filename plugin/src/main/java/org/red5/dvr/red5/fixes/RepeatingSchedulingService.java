package org.red5.dvr.red5.fixes;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.red5.server.api.scheduling.IScheduledJob;
import org.red5.server.scheduling.JDKSchedulingService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Red5's scheduler, with repeating jobs that repeat. In Red5 1.3.17 a job forgets what to do after its first run, so that
 * playback of recorded streams stops when the client's first buffer is full.
 */
public class RepeatingSchedulingService extends JDKSchedulingService {
    private static final Logger log = LoggerFactory.getLogger(RepeatingSchedulingService.class);

    @Override
    public String addScheduledJob(int intervalMillis, IScheduledJob job) {
        return addScheduledJobAfterDelay(intervalMillis, job, intervalMillis);
    }

    @Override
    public String addScheduledJobAfterDelay(int intervalMillis, IScheduledJob job, int delayMillis) {
        String name = getJobName();
        ScheduledFuture<?> repetition =
                scheduler.scheduleAtFixedRate(() -> run(name, job), delayMillis, intervalMillis, TimeUnit.MILLISECONDS);
        keyMap.put(name, repetition);
        return name;
    }

    /** As in Red5, a run that fails does not end the repetition. */
    private void run(String name, IScheduledJob job) {
        try {
            job.execute(this);
        } catch (RuntimeException | CloneNotSupportedException e) {
            log.warn("{} ({}) failed", name, job, e);
        }
    }
}
