package org.red5.dvr.red5;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.file.ConfigurationFile;
import org.red5.dvr.config.file.ConfigurationInForce;
import org.red5.dvr.config.file.ConfigurationWatch;
import org.red5.dvr.live.LiveFeeds;
import org.red5.dvr.peer.InstanceId;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.record.SinkSwitch;
import org.red5.dvr.red5.fixes.MendedConnection;
import org.red5.dvr.red5.fixes.NetworkThreads;
import org.red5.dvr.red5.fixes.PublisherDuty;
import org.red5.dvr.red5.fixes.Red5Defects;
import org.red5.dvr.red5.fixes.RepeatingSchedulingService;
import org.red5.dvr.red5.hooks.CountedSubscriberStream;
import org.red5.dvr.red5.hooks.HookedProviderService;
import org.red5.dvr.red5.hooks.Playbacks;
import org.red5.dvr.red5.hooks.Publishes;
import org.red5.dvr.red5.hooks.TakeOverStreamService;
import org.red5.dvr.util.DaemonThreads;
import org.red5.dvr.util.Unending;
import org.red5.dvr.web.DvrHandler;
import org.red5.server.Server;
import org.red5.server.api.scheduling.ISchedulingService;
import org.red5.server.api.stream.IStreamService;
import org.red5.server.net.rtmp.RTMPMinaConnection;
import org.red5.server.scheduling.JDKSchedulingService;
import org.red5.server.stream.IProviderService;
import org.red5.server.stream.PlaylistSubscriberStream;
import org.red5.server.stream.ProviderService;
import org.red5.server.stream.StreamService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;

/** All that the plugin runs inside one Red5 server, put together. */
final class ClusterDvr {
    private static final Logger log = LoggerFactory.getLogger(ClusterDvr.class);

    private static final int LOOK_MILLIS = 1_000;

    private final ConfigurationInForce inForce;
    /** Tells this server from others that may have its name; 64 bits at random, as no two are to be the same. */
    private final InstanceId instance = InstanceId.random(new SecureRandom());

    private final Playbacks playbacks = new Playbacks();
    private final SinkSwitch sinks = new SinkSwitch();
    private final LiveFeeds feeds = new LiveFeeds(System::nanoTime);
    private final Publishes publishes = new Publishes(sinks, feeds, System::nanoTime);
    private final Ingests ingests = new Ingests(publishes, NetworkThreads.OF_SERVER);
    private final ScheduledExecutorService looks =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("dvr-configuration"));
    private final TestPictureInputs testPictures;
    /** Another one takes its place when the node or the grid changes. */
    private volatile DvrServices services;

    @GuardedBy("this")
    private boolean stopped;

    private ClusterDvr(ConfigurationInForce inForce) {
        this.inForce = inForce;
        this.services = services();
        this.testPictures = new TestPictureInputs(
                () -> inForce.get().testPictures(),
                LocalBroadcast::begin,
                () -> services.utcMicros(),
                Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("dvr-test-picture")));
        if (inForce.isFromFile()) {
            sinks.use(services.recorders());
        }
    }

    /**
     * Hooks into a Red5 that has not loaded its applications yet.
     *
     * @param root Red5's context {@code red5.root}
     * @param file what is to be done; followed when it changes
     * @param hostName what this server is called as long as the file cannot be used
     */
    static ClusterDvr start(ApplicationContext root, Server server, ConfigurationFile file, String hostName) {
        ConfigurationInForce inForce = new ConfigurationInForce(DvrConfiguration.nothing(hostName));
        ConfigurationWatch watch = new ConfigurationWatch(file, inForce);
        watch.start();
        ClusterDvr dvr = new ClusterDvr(inForce);
        Teardown hooks = new Teardown();
        try {
            dvr.hookInto(root, server, hooks);
        } catch (RuntimeException | LinkageError e) {
            hooks.close();
            dvr.stop();
            throw e;
        }
        dvr.follow(watch);
        return dvr;
    }

    private void hookInto(ApplicationContext root, Server server, Teardown hooks) {
        ApplicationContext common = root.getBean("red5.common", ApplicationContext.class);
        ApplicationContext applications = root.getBean("default.context", ApplicationContext.class);
        BeanOverrides beans = new BeanOverrides(common, applications, hooks);
        hook(beans);
        mend(beans, server, hooks);
        server.addListener(testPictures);
        hooks.add(() -> server.removeListener(testPictures));
        ApplicationContext core = root.getBean("red5.core", ApplicationContext.class);
        mendConnections(new BeanOverrides(core, core, hooks));
    }

    private DvrServices services() {
        return DvrServices.begin(inForce, instance, feeds, ingests, playbacks);
    }

    private void follow(ConfigurationWatch watch) {
        inForce.listen(this::changed);
        looks.scheduleWithFixedDelay(
                new Unending("following the configuration", watch::look),
                LOOK_MILLIS,
                LOOK_MILLIS,
                TimeUnit.MILLISECONDS);
        looks.scheduleWithFixedDelay(
                new Unending("looking at the threads that read the network", ingests::look),
                LOOK_MILLIS,
                LOOK_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** The node and the grid change only when there was no configuration before, and nothing recorded. */
    private synchronized void changed(DvrConfiguration before, DvrConfiguration now) {
        if (stopped) {
            return;
        }
        if (before.node().equals(now.node()) && before.grid().equals(now.grid())) {
            services.changed(now);
        } else {
            services.close();
            services = services();
        }
        sinks.use(services.recorders());
        testPictures.changed();
    }

    private void hook(BeanOverrides beans) {
        beans.override(
                IProviderService.BEAN_NAME,
                ProviderService.class,
                HookedProviderService.class,
                () -> new HookedProviderService(publishes, () -> services.live().relayed()));
        beans.override(
                "playlistSubscriberStream",
                PlaylistSubscriberStream.class,
                CountedSubscriberStream.class,
                () -> new CountedSubscriberStream(playbacks, services.live().relayed()));
        beans.override(
                IStreamService.BEAN_NAME,
                StreamService.class,
                TakeOverStreamService.class,
                () -> new TakeOverStreamService(
                        publishes, stream -> inForce.get().ruleFor(stream).republish()));
    }

    private static void mend(BeanOverrides beans, Server server, Teardown hooks) {
        if (Red5Defects.streamsStayOpen()) {
            log.info("this Red5 does not close streams of its clients: mended");
            PublisherDuty duty = new PublisherDuty();
            server.addListener(duty);
            hooks.add(() -> server.removeListener(duty));
        }
        if (Red5Defects.repeatingJobsRunOnce()
                && beans.override(
                        ISchedulingService.BEAN_NAME,
                        JDKSchedulingService.class,
                        RepeatingSchedulingService.class,
                        RepeatingSchedulingService::new)) {
            log.info("this Red5 runs repeating jobs once: mended");
        }
    }

    private static void mendConnections(BeanOverrides core) {
        boolean loses = Red5Defects.closingLosesPackets();
        boolean misreads = Red5Defects.misreadsTimeStamps();
        if (!loses && !misreads) {
            return;
        }
        boolean mended = core.override(
                "rtmpMinaConnection", RTMPMinaConnection.class, MendedConnection.class, MendedConnection::new);
        if (mended && loses) {
            log.info("this Red5 may lose the last packets of a publish: mended");
        }
        if (mended && misreads) {
            log.info("this Red5 misreads time stamps that go back or are late: mended");
        }
    }

    /** Who plays what over RTMP. */
    Playbacks playbacks() {
        return playbacks;
    }

    DvrHandler viewers() {
        return services.viewers();
    }

    Optional<PeerHandler> peerHandler() {
        return services.peerHandler();
    }

    /** Ends all recordings; streams go on in Red5, unrecorded. */
    synchronized void stop() {
        stopped = true;
        looks.shutdown();
        publishes.beginNoMore();
        services.close();
        publishes.endAll();
        testPictures.close();
    }
}
