package org.red5.dvr.red5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;

import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.file.ConfigurationInForce;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.metrics.IngestHealth;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.red5.fixes.MendedConnection;
import org.red5.dvr.red5.fixes.Red5Defects;
import org.red5.dvr.red5.fixes.RepeatingSchedulingService;
import org.red5.dvr.red5.hooks.CountedSubscriberStream;
import org.red5.dvr.red5.hooks.HookedProviderService;
import org.red5.dvr.red5.hooks.Playbacks;
import org.red5.dvr.red5.hooks.TakeOverStreamService;
import org.red5.server.Server;
import org.red5.server.net.rtmp.RTMPMinaConnection;
import org.red5.server.plugin.PluginRegistry;
import org.red5.server.scheduling.JDKSchedulingService;
import org.red5.server.stream.ClientBroadcastStream;
import org.red5.server.stream.PlaylistSubscriberStream;
import org.red5.server.stream.ProviderService;
import org.red5.server.stream.StreamService;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.support.GenericApplicationContext;

/** The plugin in Spring contexts made as Red5 makes them. */
class ClusterDvrPluginTest {
    private final GenericApplicationContext common = new GenericApplicationContext();
    private final GenericApplicationContext applications = new GenericApplicationContext();
    private final GenericApplicationContext core = new GenericApplicationContext();
    private final GenericApplicationContext root = new GenericApplicationContext();
    private final Server server = new Server();

    @BeforeEach
    void makeRed5() {
        RootBeanDefinition provider = new RootBeanDefinition(ProviderService.class);
        provider.getPropertyValues().add("liveWaitSupport", "true");
        common.registerBeanDefinition("providerService", provider);
        RootBeanDefinition subscriber = new RootBeanDefinition(PlaylistSubscriberStream.class);
        subscriber.setScope("prototype");
        common.registerBeanDefinition("playlistSubscriberStream", subscriber);
        common.registerBeanDefinition("streamService", new RootBeanDefinition(StreamService.class));
        common.registerBeanDefinition("schedulingService", new RootBeanDefinition(JDKSchedulingService.class));
        RootBeanDefinition publisher = new RootBeanDefinition(ClientBroadcastStream.class);
        publisher.setScope("prototype");
        publisher.getPropertyValues().add("automaticRecording", "true");
        common.registerBeanDefinition("clientBroadcastStream", publisher);
        common.registerBean("red5.server", Server.class, () -> server);
        common.refresh();
        applications.setParent(common);
        applications.refresh();
        RootBeanDefinition connection = new RootBeanDefinition(RTMPMinaConnection.class);
        connection.setScope("prototype");
        connection.getPropertyValues().add("bandwidthDetection", "false");
        core.registerBeanDefinition("rtmpMinaConnection", connection);
        core.setParent(common);
        core.refresh();
        root.getBeanFactory().registerSingleton("red5.common", common);
        root.getBeanFactory().registerSingleton("red5.core", core);
        root.getBeanFactory().registerSingleton("default.context", applications);
    }

    @AfterEach
    void stop() throws Exception {
        PluginRegistry.shutdown();
        root.close();
        applications.close();
        core.close();
        common.close();
    }

    private void declareBean() {
        RootBeanDefinition plugin = new RootBeanDefinition(ClusterDvrPlugin.class);
        plugin.setInitMethodName("doStart");
        plugin.setDestroyMethodName("doStop");
        plugin.getPropertyValues().add("configuration", "conf/other.conf");
        root.registerBeanDefinition("dvr", plugin);
    }

    /** As Red5's launcher does with a jar that has the manifest entry. */
    private ClusterDvrPlugin launch() {
        ClusterDvrPlugin plugin = new ClusterDvrPlugin();
        plugin.setApplicationContext(root);
        plugin.setServer(server);
        PluginRegistry.register(plugin);
        plugin.doStart();
        return plugin;
    }

    private int starts() {
        return server.scopeListeners.size();
    }

    @Test
    void launchedThroughTheManifest() {
        root.refresh();
        ClusterDvrPlugin plugin = launch();
        plugin.doStart();
        assertSame(plugin, ClusterDvrPlugin.find().orElseThrow());
        assertEquals(1, starts());
    }

    @Test
    void aStartThatFailsForWhateverReasonLetsRed5GoOn() {
        ClusterDvrPlugin plugin = new ClusterDvrPlugin();
        plugin.setApplicationContext(root);
        plugin.setServer(server);
        plugin.setConfiguration("\0");
        root.refresh();
        plugin.doStart();
        assertEquals(0, starts());
        assertEquals(Optional.empty(), ClusterDvrPlugin.find());
    }

    @Test
    void aStartThatFailsHalfWayLeavesNothingBehind() throws Exception {
        root.getDefaultListableBeanFactory().destroySingleton("red5.core"); // hooked last, when all else runs
        root.refresh();
        Set<Thread> before = dvrThreads();
        launch();
        assertEquals(Optional.empty(), ClusterDvrPlugin.find());
        assertEquals(Set.of(), server.connectionListeners);
        assertEquals(Set.of(), server.scopeListeners);
        assertEquals(Set.of(), beans());
        assertSame(
                ProviderService.class, applications.getBean("providerService").getClass());
        assertSame(
                PlaylistSubscriberStream.class,
                applications.getBean("playlistSubscriberStream").getClass());
        for (Thread thread : dvrThreads()) {
            if (!before.contains(thread)) {
                thread.join(10_000);
                assertFalse(thread.isAlive(), thread.getName());
            }
        }
    }

    @Test
    void servicesThatFailHalfWayLeaveNothingBehind() throws Exception {
        LiveFeeds feeds = mock(LiveFeeds.class);
        doThrow(new NoClassDefFoundError("as asked for")).when(feeds).listen(any());
        ConfigurationInForce inForce = new ConfigurationInForce(DvrConfiguration.nothing("a"));
        assertThrows(
                NoClassDefFoundError.class,
                () -> DvrServices.begin(
                        inForce, new InstanceId("instance"), feeds, IngestHealth.NOTHING, new Playbacks()));
        assertEquals(Set.of(), beans());
    }

    private static Set<ObjectName> beans() throws Exception {
        return ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("org.red5.dvr:*"), null);
    }

    private static Set<Thread> dvrThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("dvr-"))
                .collect(Collectors.toSet());
    }

    @Test
    void startedAsABean() {
        declareBean();
        root.refresh();
        assertSame(root.getBean("dvr"), ClusterDvrPlugin.find().orElseThrow());
        assertEquals(1, starts());
    }

    @Test
    void beanBeforeTheManifestStartsOnce() {
        declareBean();
        root.refresh();
        ClusterDvrPlugin launched = launch();
        assertNotSame(launched, ClusterDvrPlugin.find().orElseThrow());
        assertSame(root.getBean("dvr"), ClusterDvrPlugin.find().orElseThrow());
        assertEquals(1, starts());
    }

    @Test
    void manifestBeforeTheBeanStartsOnce() {
        declareBean();
        root.getBeanFactory().getBeanDefinition("dvr").setLazyInit(true);
        root.refresh();
        launch();
        assertSame(root.getBean("dvr"), ClusterDvrPlugin.find().orElseThrow());
        assertEquals(1, starts());
    }

    @Test
    void stopsOnceAndForAll() {
        root.refresh();
        ClusterDvrPlugin plugin = launch();
        plugin.doStop();
        plugin.doStop();
        plugin.doStart();
        assertEquals(Optional.empty(), ClusterDvrPlugin.find());
    }

    @Test
    void applicationsSeeOurBeansWithRed5sProperties() {
        root.refresh();
        launch();
        HookedProviderService provider =
                assertInstanceOf(HookedProviderService.class, applications.getBean("providerService"));
        assertTrue(provider.isLiveWaitSupport());
        assertEquals(
                Red5Defects.repeatingJobsRunOnce(),
                applications.getBean("schedulingService") instanceof RepeatingSchedulingService);
        Object subscriber = applications.getBean("playlistSubscriberStream");
        assertInstanceOf(CountedSubscriberStream.class, subscriber);
        assertInstanceOf(TakeOverStreamService.class, applications.getBean("streamService"));
        assertNotSame(subscriber, applications.getBean("playlistSubscriberStream"));
        assertSame(ProviderService.class, common.getBean("providerService").getClass());
    }

    @Test
    void newConnectionsAreOurs() {
        root.refresh();
        assertSame(
                RTMPMinaConnection.class, core.getBean(RTMPMinaConnection.class).getClass());
        launch();
        RTMPMinaConnection connection = core.getBean(RTMPMinaConnection.class);
        assertInstanceOf(MendedConnection.class, connection);
        assertFalse(connection.isBandwidthDetection());
    }

    @Test
    void beanOfAnotherClassIsLeftAlone() {
        common.removeBeanDefinition("providerService");
        common.registerBeanDefinition("providerService", new RootBeanDefinition(HouseProviderService.class));
        root.refresh();
        launch();
        assertSame(
                HouseProviderService.class,
                applications.getBean("providerService").getClass());
        assertTrue(ClusterDvrPlugin.find().isPresent());
    }

    /** What somebody may have put into their Red5. */
    static class HouseProviderService extends ProviderService {}

    @Test
    void red5GoesOnWhenThePluginCannotStart() {
        root.getBeanFactory().destroySingletons();
        declareBean();
        root.refresh();
        assertEquals(Optional.empty(), ClusterDvrPlugin.find());
    }
}
