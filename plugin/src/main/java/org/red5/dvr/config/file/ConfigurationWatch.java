package org.red5.dvr.config.file;

import java.util.Optional;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.syntax.ConfigurationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the configuration in force in step with its file, and says in the log what it did. Used by one thread. */
public final class ConfigurationWatch {
    private static final Logger log = LoggerFactory.getLogger(ConfigurationWatch.class);

    private final ConfigurationFile file;
    private final ConfigurationInForce inForce;

    public ConfigurationWatch(ConfigurationFile file, ConfigurationInForce inForce) {
        this.file = file;
        this.inForce = inForce;
    }

    /** Reads the file for the first time. With mistakes in it, nothing is recorded or served until they are put right. */
    public void start() {
        try {
            DvrConfiguration read = file.read();
            begin(read);
            inForce.use(read);
        } catch (ConfigurationException e) {
            log.error("nothing is recorded until the configuration is put right:\n{}", e.getMessage());
            inForce.refuse(e.mistakes());
        }
    }

    /** Looks at the file once, and puts it in force if it has changed and has no mistake. */
    public void look() {
        try {
            Optional<DvrConfiguration> changed = file.changed();
            if (changed.isPresent()) {
                use(changed.get());
            }
        } catch (ConfigurationException e) {
            log.error(
                    "the configuration has changed, but what was in force stays until it is put right:\n{}",
                    e.getMessage());
            inForce.refuse(e.mistakes());
        }
    }

    private void use(DvrConfiguration next) {
        DvrConfiguration before = inForce.get();
        if (!inForce.isFromFile()) {
            begin(next);
        } else if (!next.notYet().equals(before.notYet())) {
            warnOfNotYet(next);
        }
        inForce.use(next);
        DvrConfiguration now = inForce.get();
        log.info("the configuration has changed and is in force: {}", ConfigurationChange.between(before, now));
        if (!next.equals(now)) {
            log.warn(
                    "node and segment count from the next start of Red5; until then this is {} with segments of {} ms",
                    now.node(),
                    now.grid().periodMillis());
        }
    }

    private void begin(DvrConfiguration first) {
        log.info("cluster DVR starts as node {} with {}", first.node(), file);
        warnOfNotYet(first);
    }

    private static void warnOfNotYet(DvrConfiguration read) {
        if (!read.notYet().isEmpty()) {
            log.warn(
                    "the configuration names what is not in this version, and without effect: {}",
                    String.join(", ", read.notYet()));
        }
    }
}
