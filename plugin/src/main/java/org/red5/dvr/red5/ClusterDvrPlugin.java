package org.red5.dvr.red5;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.red5.dvr.config.DefaultNode;
import org.red5.dvr.config.file.ConfigurationFile;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.util.DaemonThreads;
import org.red5.dvr.web.DvrHandler;
import org.red5.server.ContextLoader;
import org.red5.server.Server;
import org.red5.server.api.plugin.IRed5Plugin;
import org.red5.server.plugin.PluginRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanNameAware;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;

/**
 * The plugin as Red5 sees it: found through the jar's manifest, or a bean in {@code red5.xml}, where its configuration can
 * be named:
 *
 * <pre>{@code
 * <bean class="org.red5.dvr.red5.ClusterDvrPlugin" init-method="doStart" destroy-method="doStop">
 *   <property name="configuration" value="conf/cluster-dvr.conf"/>
 * </bean>
 * }</pre>
 *
 * With both, the bean is the one that runs. Started and stopped on any thread, any number of times; it runs once.
 */
public final class ClusterDvrPlugin implements IRed5Plugin, ApplicationContextAware, BeanNameAware {
    private static final Logger log = LoggerFactory.getLogger(ClusterDvrPlugin.class);
    private static final String NAME = "cluster-dvr";
    private static final int STOP_MILLIS = 10_000;

    private @Nullable ApplicationContext context;
    private @Nullable Server server;
    private boolean bean;
    private String configuration = "conf/cluster-dvr.conf";

    @GuardedBy("this")
    private boolean startedOnce;

    @GuardedBy("this")
    private @Nullable ClusterDvr running;

    /** The plugin of this server, when it runs. */
    public static Optional<ClusterDvrPlugin> find() {
        return PluginRegistry.getPlugin(NAME) instanceof ClusterDvrPlugin plugin && plugin.runs()
                ? Optional.of(plugin)
                : Optional.empty();
    }

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    public void setApplicationContext(ApplicationContext root) {
        this.context = root;
    }

    @Override
    public void setServer(Server server) {
        this.server = server;
    }

    /** Called by Spring alone: tells that this is a bean. */
    @Override
    public void setBeanName(String name) {
        this.bean = true;
    }

    /** Names the configuration file; a relative path is below Red5's home. */
    public void setConfiguration(String path) {
        this.configuration = path;
    }

    /** Starts, unless a bean of this class is there to do it; what goes wrong is logged, and Red5 goes on without. */
    @Override
    public void doStart() {
        ApplicationContext root = Objects.requireNonNull(context, "Red5 sets the context before it starts a plugin");
        try {
            if (bean) {
                register();
                start(root);
            } else if (!startBean(root)) {
                start(root);
            }
        } catch (RuntimeException | LinkageError e) {
            log.error("cluster DVR cannot start in this Red5", e);
        }
    }

    /** Makes Red5's launcher and {@link #find} see the bean, also in place of an instance that the launcher made. */
    private void register() {
        if (PluginRegistry.getPlugin(NAME) != null) {
            PluginRegistry.unregister(this);
        }
        PluginRegistry.register(this);
    }

    private static boolean startBean(ApplicationContext root) {
        String[] names = root.getBeanNamesForType(ClusterDvrPlugin.class, true, false);
        for (String name : names) {
            root.getBean(name, ClusterDvrPlugin.class).doStart();
        }
        return names.length > 0;
    }

    private synchronized void start(ApplicationContext root) {
        if (startedOnce) {
            return;
        }
        startedOnce = true;
        if (!root.containsBean("default.context")) {
            root.getBean(ContextLoader.class); // Ours may stand before it in red5.xml; it makes default.context.
        }
        Server red5 = server != null
                ? server
                : root.getBean("red5.common", ApplicationContext.class).getBean("red5.server", Server.class);
        Path home = Path.of(System.getProperty("red5.root", "")).toAbsolutePath();
        Path conf = home.resolve(configuration);
        String host = hostName();
        DefaultNode node = new DefaultNode(host, home, conf, new SecureRandom());
        running = ClusterDvr.start(root, red5, new ConfigurationFile(conf, home, node), host);
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopInTime, "cluster-dvr-shutdown"));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** Answers viewers and operators; empty while the plugin does not run. */
    Optional<DvrHandler> viewers() {
        ClusterDvr now;
        synchronized (this) {
            now = running;
        }
        return Optional.ofNullable(now).map(ClusterDvr::viewers);
    }

    /** Answers the other servers of the cluster; empty while the plugin does not run, and without a cluster. */
    Optional<PeerHandler> peerHandler() {
        ClusterDvr now;
        synchronized (this) {
            now = running;
        }
        return Optional.ofNullable(now).flatMap(ClusterDvr::peerHandler);
    }

    private synchronized boolean runs() {
        return running != null;
    }

    /** Ends all recordings. Red5's registry may hold its lock meanwhile, so that nothing here may call it. */
    @Override
    public void doStop() {
        ClusterDvr stopped;
        synchronized (this) {
            stopped = running;
            running = null;
        }
        if (stopped != null) {
            stopped.stop();
            log.info("cluster DVR stopped");
        }
    }

    /** When the JVM ends, on SIGTERM say; Red5 itself does not stop its plugins then. */
    private void stopInTime() {
        Thread stop = DaemonThreads.named("cluster-dvr-stop", this::doStop);
        stop.start();
        try {
            stop.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (stop.isAlive()) {
            log.warn("cluster DVR did not stop within {} ms; what it had not written is lost", STOP_MILLIS);
        }
    }

    /**
     * All instances are equal, as there is one plugin in a server: Red5's registry stops the plugin of a name when an
     * unequal one takes its place.
     */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClusterDvrPlugin;
    }

    @Override
    public int hashCode() {
        return NAME.hashCode();
    }
}
