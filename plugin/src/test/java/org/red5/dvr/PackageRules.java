package org.red5.dvr;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.all;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.lang.AbstractClassesTransformer;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The map of the packages below a root: which of them may use which. A package may be missing, but none may be there that
 * the map does not name.
 */
final class PackageRules {
    private static final String COMPOSITION_ROOT = "red5";
    private static final Map<String, List<String>> MAY_USE = mayUse();

    /** Packages in which no class uses another that uses it, by whatever way; more are added until these are all there are. */
    private static final List<String> WITHOUT_CLASS_CYCLES = List.of(
            "util",
            "time",
            "bytes",
            "http",
            "store",
            "archive.index",
            "archive.files",
            "archive.recovery",
            "archive",
            "archive.store",
            "archive.retention",
            "peer",
            "peer.wire",
            "peer.client",
            "peer.server",
            "cluster.members",
            "cluster.ask",
            "cluster.known",
            "cluster",
            "live",
            "relay",
            "copies",
            "cache",
            "replica",
            "record.segmenter",
            "record",
            "web",
            "config.syntax",
            "config",
            "config.file",
            "media.bitstream",
            "media.fmp4",
            "media.testpicture",
            "playback",
            "playback.hls",
            "playback.mp4",
            "metrics",
            "red5.hooks",
            "red5");

    private final String root;

    PackageRules(String root) {
        this.root = root;
    }

    private static Map<String, List<String>> mayUse() {
        Map<String, List<String>> map = new LinkedHashMap<>();
        map.put("util", List.of());
        map.put("time", List.of());
        map.put("bytes", List.of("util"));
        map.put("media.bitstream", List.of());
        map.put("media", List.of("media.bitstream"));
        map.put("media.fmp4", List.of("media", "media.bitstream"));
        map.put("media.flv", List.of("media", "media.bitstream"));
        map.put("media.testpicture", List.of());
        map.put("timeline", List.of("time"));
        map.put("http", List.of("bytes", "util"));
        map.put("config.syntax", List.of());
        map.put("config", List.of("timeline"));
        map.put("config.file", List.of("config", "config.syntax", "timeline"));
        map.put("archive.index", List.of("timeline", "time", "util"));
        map.put("store", List.of("archive.index", "bytes", "timeline", "util"));
        map.put("archive.files", List.of("archive.index", "timeline", "time", "util"));
        map.put(
                "archive.recovery",
                List.of(
                        "archive.files",
                        "archive.index",
                        "timeline",
                        "time",
                        "util",
                        "media",
                        "media.bitstream",
                        "media.fmp4"));
        map.put("archive", with(map.get("archive.recovery"), "archive.recovery", "store", "bytes"));
        map.put("archive.store", List.of("archive", "archive.index", "store", "bytes", "timeline", "time", "util"));
        map.put(
                "archive.retention",
                List.of("archive", "archive.files", "archive.index", "store", "timeline", "time", "util"));
        map.put("record.segmenter", List.of("archive", "timeline", "media"));
        map.put(
                "record",
                with(
                        map.get("record.segmenter"),
                        "record.segmenter",
                        "archive.files",
                        "util",
                        "media.fmp4",
                        "media.flv"));
        map.put("live", List.of("timeline", "media", "media.flv"));
        List<String> below = List.of("config", "store", "bytes", "timeline", "time", "util");
        map.put("peer", with(below));
        map.put("peer.wire", with(below, "peer"));
        map.put("peer.client", with(below, "peer", "peer.wire", "archive.index"));
        map.put("peer.server", with(below, "peer", "peer.wire", "http", "archive", "archive.index", "live"));
        List<String> peers = with(below, "peer", "peer.wire", "peer.client", "archive");
        map.put("cluster.members", peers);
        map.put("cluster.ask", with(peers, "cluster.members"));
        map.put("cluster.known", with(peers, "archive.index", "cluster.members"));
        List<String> asking = with(peers, "cluster.members", "cluster.ask", "cluster.known");
        map.put("cluster", with(asking, "archive.index", "media", "media.bitstream", "media.fmp4"));
        map.put(
                "relay",
                with(below, "peer", "peer.client", "cluster.members", "live", "media", "media.bitstream", "media.flv"));
        map.put("copies", List.of("archive", "archive.index", "bytes", "store", "timeline"));
        map.put("cache", with(below, "archive", "archive.files", "archive.index", "archive.store", "copies"));
        map.put(
                "replica",
                with(
                        below,
                        "peer",
                        "peer.client",
                        "cluster.members",
                        "archive",
                        "archive.files",
                        "archive.index",
                        "copies"));
        List<String> formats = List.of("playback.hls", "playback.dash", "playback.mp4", "playback.rtmp");
        map.put(
                "playback",
                List.of("time", "store", "bytes", "timeline", "media", "media.bitstream", "media.fmp4", "util"));
        formats.forEach(format -> map.put(format, List.of("playback", "timeline")));
        map.put("playback.mp4", with(map.get("playback"), "playback"));
        map.put(
                "web",
                with(
                        formats,
                        "http",
                        "playback",
                        "cluster",
                        "archive",
                        "archive.files",
                        "store",
                        "bytes",
                        "timeline",
                        "util"));
        map.put("metrics", List.copyOf(map.keySet()));
        map.put(COMPOSITION_ROOT + ".fixes", List.of("util"));
        map.put(
                COMPOSITION_ROOT + ".hooks",
                List.of(COMPOSITION_ROOT + ".fixes", "config", "record", "live", "relay", "peer", "timeline"));
        map.put(COMPOSITION_ROOT, List.copyOf(map.keySet()));
        return map;
    }

    private static List<String> with(List<String> list, String... more) {
        return Stream.concat(list.stream(), Stream.of(more)).toList();
    }

    /** One rule per package: of ours it uses only what the map allows. */
    List<ArchRule> downwardsOnly() {
        return MAY_USE.keySet().stream().map(this::downwardsOnly).toList();
    }

    ArchRule downwardsOnly(String name) {
        List<String> below = MAY_USE.get(name);
        String[] allowed =
                Stream.concat(Stream.of(name), below.stream()).map(this::ours).toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(ours(name))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed).or(resideOutsideOfPackage(root + "..")))
                .as(name + " uses only " + below)
                .allowEmptyShould(true);
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

    /** One rule per package in which classes use each other in one direction only; a class and those inside it are one. */
    List<ArchRule> noClassCycles() {
        return WITHOUT_CLASS_CYCLES.stream().map(this::noClassCyclesIn).toList();
    }

    ArchRule noClassCyclesIn(String name) {
        return slices().assignedFrom(new TopLevelClasses(ours(name)))
                .should()
                .beFreeOfCycles()
                .as("no class of " + name + " uses another that uses it")
                .allowEmptyShould(true);
    }

    /** Each class of a package, with those inside it. */
    private record TopLevelClasses(String packageName) implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass each) {
            if (!each.getPackageName().equals(packageName)) {
                return SliceIdentifier.ignore();
            }
            String outermost = each.getName().replaceFirst("\\$.*", "");
            return SliceIdentifier.of(outermost.substring(packageName.length() + 1));
        }

        @Override
        public String getDescription() {
            return "classes of " + packageName;
        }
    }

    /** One finds the way in a package that is read through at one go. */
    ArchRule atMostFiles(int most) {
        return all(new Packages()).should(new ArchCondition<JavaPackage>("have at most " + most + " files") {
            @Override
            public void check(JavaPackage each, ConditionEvents events) {
                long files = each.getClasses().stream()
                        .flatMap(one -> one.getSource().stream())
                        .flatMap(source -> source.getFileName().stream())
                        .distinct()
                        .count();
                events.add(new SimpleConditionEvent(each, files <= most, each.getName() + " has " + files));
            }
        });
    }

    /** The packages that hold a class. */
    private static final class Packages extends AbstractClassesTransformer<JavaPackage> {
        Packages() {
            super("packages");
        }

        @Override
        public Iterable<JavaPackage> doTransform(JavaClasses classes) {
            return classes.stream().map(JavaClass::getPackage).collect(Collectors.toSet());
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
