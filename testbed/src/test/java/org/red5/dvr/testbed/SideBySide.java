package org.red5.dvr.testbed;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * A system test that waits most of its time, and holds on a busy machine too: the build runs two of them at once, each in a JVM of its
 * own. The others run alone.
 */
@Tag("side-by-side")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface SideBySide {}
