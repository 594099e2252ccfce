package org.red5.dvr.red5;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.http.DvrHandler;
import org.red5.dvr.timeline.StreamKey;
import org.red5.server.Server;
import org.red5.server.api.scheduling.ISchedulingService;
import org.red5.server.net.rtmp.RTMPMinaConnection;
import org.red5.server.scheduling.JDKSchedulingService;
import org.red5.server.stream.ClientBroadcastStream;
import org.red5.server.stream.IProviderService;
import org.red5.server.stream.PlaylistSubscriberStream;
import org.red5.server.stream.ProviderService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;

/** All that the plugin runs inside one Red5 server, put together. */
final class ClusterDvr {
    private static final Logger log = LoggerFactory.getLogger(ClusterDvr.class);

    private final DvrServices services;
    private final Publishes publishes;
    private final Playbacks playbacks;
    private Optional<TestPictureInputs> testPictures = Optional.empty();

    private ClusterDvr(DvrServices services, Playbacks playbacks) {
        this.playbacks = playbacks;
        this.services = services;
        this.publishes = new Publishes(services.recorders());
    }

    /**
     * Hooks into a Red5 that has not loaded its applications yet.
     *
     * @param root Red5's context {@code red5.root}
     */
    static ClusterDvr start(ApplicationContext root, Server server, DvrConfiguration configuration) {
        Playbacks playbacks = new Playbacks();
        ClusterDvr dvr = new ClusterDvr(new DvrServices(configuration, playbacks::liveViewers), playbacks);
        ApplicationContext common = root.getBean("red5.common", ApplicationContext.class);
        BeanOverrides beans = new BeanOverrides(common, root.getBean("default.context", ApplicationContext.class));
        dvr.hook(beans);
        mend(beans, server);
        dvr.publishTestPictures(server, configuration.testPictures());
        if (Red5Defects.losesPackets()) {
            ApplicationContext core = root.getBean("red5.core", ApplicationContext.class);
            mendPublishing(beans, new BeanOverrides(core, core));
        }
        return dvr;
    }

    private void hook(BeanOverrides beans) {
        beans.override(
                IProviderService.BEAN_NAME,
                ProviderService.class,
                HookedProviderService.class,
                () -> new HookedProviderService(publishes));
        beans.override(
                "playlistSubscriberStream",
                PlaylistSubscriberStream.class,
                CountedSubscriberStream.class,
                () -> new CountedSubscriberStream(playbacks));
    }

    private void publishTestPictures(Server server, List<StreamKey> streams) {
        if (!streams.isEmpty()) {
            ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread created = new Thread(task, "dvr-test-picture");
                created.setDaemon(true);
                return created;
            });
            TestPictureInputs inputs = new TestPictureInputs(streams, LocalBroadcast::begin, services.clock(), thread);
            server.addListener(inputs);
            testPictures = Optional.of(inputs);
        }
    }

    private static void mend(BeanOverrides beans, Server server) {
        if (Red5Defects.streamsStayOpen()) {
            log.info("this Red5 does not close streams of its clients: mended");
            server.addListener(new PublisherDuty());
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

    private static void mendPublishing(BeanOverrides beans, BeanOverrides core) {
        boolean drained = beans.override(
                "clientBroadcastStream",
                ClientBroadcastStream.class,
                DrainedBroadcastStream.class,
                DrainedBroadcastStream::new);
        boolean mended = core.override(
                "rtmpMinaConnection", RTMPMinaConnection.class, MendedConnection.class, MendedConnection::new);
        if (drained && mended) {
            log.info("this Red5 loses the last packets of a publish and misreads late time stamps: mended");
        }
    }

    /** Who plays what over RTMP. */
    Playbacks playbacks() {
        return playbacks;
    }

    DvrHandler handler() {
        return services.handler();
    }

    /** Ends all recordings; streams go on in Red5, unrecorded. */
    void stop() {
        publishes.beginNoMore();
        services.close();
        publishes.endAll();
        testPictures.ifPresent(TestPictureInputs::close);
    }
}
