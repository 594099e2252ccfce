package org.red5.dvr;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The map of the packages below a root: which of them may use which. A package may be missing, but none may be there that
 * the map does not name.
 */
final class PackageRules {
    private static final String COMPOSITION_ROOT = "red5";
    private static final Map<String, List<String>> MAY_USE = mayUse();

    private final String root;

    PackageRules(String root) {
        this.root = root;
    }

    private static Map<String, List<String>> mayUse() {
        Map<String, List<String>> map = new LinkedHashMap<>();
        map.put("media", List.of());
        map.put("media.fmp4", List.of("media"));
        map.put("media.flv", List.of("media"));
        map.put("media.testpicture", List.of());
        map.put("timeline", List.of());
        map.put("config", List.of("timeline"));
        map.put("archive.index", List.of("timeline"));
        map.put("archive.files", List.of("archive.index", "timeline"));
        map.put("archive.recovery", List.of("archive.files", "archive.index", "timeline", "media", "media.fmp4"));
        map.put("archive", with(map.get("archive.recovery"), "archive.recovery"));
        map.put("archive.retention", List.of("archive", "archive.files", "archive.index", "timeline"));
        map.put("record", List.of("archive", "archive.files", "timeline", "media", "media.fmp4", "media.flv"));
        map.put("live", List.of("timeline", "media", "media.flv"));
        map.put(
                "cluster",
                List.of("live", "archive", "archive.index", "config", "timeline", "media", "media.fmp4", "media.flv"));
        map.put("cache", List.of("archive", "timeline"));
        List<String> formats = List.of("playback.hls", "playback.dash", "playback.mp4", "playback.rtmp");
        map.put("playback", List.of("timeline", "media", "media.fmp4"));
        formats.forEach(format -> map.put(format, List.of("playback", "timeline")));
        map.put("http", with(formats, "playback", "cluster", "live", "archive", "archive.files", "timeline"));
        map.put("metrics", List.copyOf(map.keySet()));
        map.put(COMPOSITION_ROOT + ".fixes", List.of());
        map.put(COMPOSITION_ROOT, List.copyOf(map.keySet()));
        return map;
    }

    private static List<String> with(List<String> list, String... more) {
        return Stream.concat(list.stream(), Stream.of(more)).toList();
    }

    /** One rule per package: of ours it uses only what the map allows. */
    List<ArchRule> downwardsOnly() {
        List<ArchRule> rules = new ArrayList<>();
        MAY_USE.forEach((name, below) -> {
            String[] allowed = Stream.concat(Stream.of(name), below.stream())
                    .map(this::ours)
                    .toArray(String[]::new);
            rules.add(classes()
                    .that()
                    .resideInAPackage(ours(name))
                    .should()
                    .onlyDependOnClassesThat(resideInAnyPackage(allowed).or(resideOutsideOfPackage(root + "..")))
                    .as(name + " uses only " + below)
                    .allowEmptyShould(true));
        });
        return rules;
    }

    ArchRule noPackageOutsideTheMap() {
        String[] all = MAY_USE.keySet().stream().map(this::ours).toArray(String[]::new);
        return classes()
                .that()
                .doNotHaveSimpleName("package-info")
                .should()
                .resideInAnyPackage(all)
                .as("every class stands in a package of the map");
    }

    ArchRule noCycles() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles();
    }

    /** Of no package that is named two classes use each other, over however many others; a nested class is part of its outer one. */
    List<ArchRule> noCyclesInside(String... names) {
        return Stream.of(names)
                .map(name -> (ArchRule) slices().assignedFrom(new OuterClasses(ours(name)))
                        .should()
                        .beFreeOfCycles()
                        .as("no classes of " + name + " use each other in a circle"))
                .toList();
    }

    /** Every outermost class of a package is a slice of its own. */
    private record OuterClasses(String inPackage) implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass known) {
            return known.getPackageName().equals(inPackage)
                    ? SliceIdentifier.of(known.getName().replaceFirst("\\$.*", ""))
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "classes of " + inPackage;
        }
    }

    /** Red5, and what it is made of, are known in one place. */
    ArchRule red5InOnePlace() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(ours(COMPOSITION_ROOT) + "..")
                .should()
                .dependOnClassesThat(resideInAPackage("org.red5..")
                        .and(not(resideInAPackage("org.red5.dvr..")))
                        .or(resideInAnyPackage("org.apache.mina..", "org.springframework..")))
                .as("only " + COMPOSITION_ROOT + " uses Red5, MINA and Spring");
    }

    /** The same jar runs with javax and with jakarta servlets because it knows neither. */
    ArchRule noServlets() {
        return nobodyUses("javax.servlet..", "jakarta.servlet..");
    }

    ArchRule nobodyUses(String... packages) {
        return noClasses().should().dependOnClassesThat().resideInAnyPackage(packages);
    }

    private String ours(String name) {
        return root + "." + name;
    }
}
