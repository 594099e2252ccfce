package org.red5.dvr.config;

import java.nio.file.Path;

/**
 * Where streams are recorded, and how much is kept.
 *
 * @param root absolute, normalized directory; may not exist yet
 * @param retention what is kept
 */
public record DvrRule(Path root, Retention retention) {
    public DvrRule {
        if (!root.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path: " + root);
        }
    }
}
