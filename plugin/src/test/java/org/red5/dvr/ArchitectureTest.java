package org.red5.dvr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Imports run downwards only; and the rules that say so do fail on {@code fixture.broken}, which breaks each of them. */
class ArchitectureTest {
    private static final String ROOT = "org.red5.dvr";
    private static final String BROKEN_ROOT = ROOT + ".fixture.broken";
    private static final int MOST_FILES = 25;
    private static final PackageRules RULES = new PackageRules(ROOT);
    private static final PackageRules BROKEN_RULES = new PackageRules(BROKEN_ROOT);

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);
    private static final JavaClasses BROKEN = new ClassFileImporter().importPackages(BROKEN_ROOT);

    static List<ArchRule> rules() {
        Stream<ArchRule> others = Stream.of(
                RULES.noPackageOutsideTheMap(),
                RULES.noCycles(),
                RULES.atMostFiles(MOST_FILES),
                RULES.red5InOnePlace(),
                RULES.noServlets());
        return Stream.of(RULES.downwardsOnly().stream(), RULES.noClassCycles().stream(), others)
                .flatMap(each -> each)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void holds(ArchRule rule) {
        rule.check(OURS);
    }

    @Test
    void seesOurClasses() {
        assertTrue(OURS.contain(ROOT + ".timeline.StreamKey"));
        assertFalse(OURS.contain(ArchitectureTest.class));
    }

    @Test
    void findsImportsThatRunUpwards() {
        String broken = BROKEN_RULES.downwardsOnly().stream()
                .filter(rule -> rule.evaluate(BROKEN).hasViolation())
                .map(rule -> rule.getDescription().replaceFirst(" uses.*", ""))
                .sorted()
                .collect(Collectors.joining(" "));

        assertEquals("archive http media", broken);
    }

    @Test
    void findsPackagesOutsideTheMap() {
        assertBroken(BROKEN_RULES.noPackageOutsideTheMap(), "stray.NotInTheMap");
    }

    @Test
    void findsCycles() {
        assertBroken(BROKEN_RULES.noCycles(), "archive.UsesRecord");
    }

    @Test
    void findsPackagesThatAreTooLarge() {
        assertBroken(BROKEN_RULES.atMostFiles(1), "timeline has 2");
    }

    @Test
    void findsClassesThatUseEachOther() {
        assertBroken(BROKEN_RULES.noClassCyclesIn("peer"), "peer.UsesTheOther");
    }

    @Test
    void findsMoreThanBytesInHttp() {
        assertBroken(BROKEN_RULES.downwardsOnly("http"), "http.UsesSegments");
    }

    @Test
    void findsSpringOutsideTheCompositionRoot() {
        assertBroken(BROKEN_RULES.red5InOnePlace(), "timeline.UsesSpring");
    }

    @Test
    void findsRed5OutsideTheCompositionRoot() {
        assertBroken(BROKEN_RULES.red5InOnePlace(), "timeline.UsesRed5");
    }

    @Test
    void findsWhatNobodyMayUse() {
        assertBroken(BROKEN_RULES.nobodyUses("org.springframework.."), "timeline.UsesSpring");
    }

    private static void assertBroken(ArchRule rule, String byClass) {
        String failures =
                String.join("\n", rule.evaluate(BROKEN).getFailureReport().getDetails());
        assertTrue(failures.contains(BROKEN_ROOT + "." + byClass), () -> rule.getDescription() + ": " + failures);
    }
}
