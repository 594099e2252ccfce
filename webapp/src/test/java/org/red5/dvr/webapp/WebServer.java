package org.red5.dvr.webapp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.servlet.ServletException;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.apache.tomcat.InstanceManager;
import org.apache.tomcat.util.IntrospectionUtils;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.red5.dvr.peer.server.PeerHandler;
import org.red5.dvr.web.DvrHandler;

/** A real Tomcat on a free port of the loopback interface, with our web.xml and one page. */
final class WebServer implements AutoCloseable {
    private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

    /** How much memory replies may take. */
    static final long MOST_BYTES = 32 << 20;

    private final Tomcat tomcat = new Tomcat();
    private final SendfileValve sendfile = new SendfileValve();

    WebServer(String protocol, Path folder, Supplier<Optional<DvrHandler>> plugin)
            throws IOException, LifecycleException {
        this(protocol, folder, plugin, Optional::empty, Map.of());
    }

    /**
     * @param properties of the connector
     */
    WebServer(
            String protocol,
            Path folder,
            Supplier<Optional<DvrHandler>> plugin,
            Supplier<Optional<PeerHandler>> peers,
            Map<String, String> properties)
            throws IOException, LifecycleException {
        TOMCAT_LOG.setLevel(Level.WARNING);
        Path webapp = folder.resolve("dvr");
        Files.createDirectories(webapp.resolve("WEB-INF"));
        Files.createDirectories(webapp.resolve("assets"));
        Path shipped = Path.of(System.getProperty("webapp.folder", "src/main/webapp"));
        Files.copy(shipped.resolve("WEB-INF/web.xml"), webapp.resolve("WEB-INF/web.xml"));
        Files.writeString(webapp.resolve("assets/index.html"), "<p>the page</p>");
        tomcat.setBaseDir(folder.toString());
        Connector connector = new Connector(protocol);
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        properties.forEach(connector::setProperty);
        tomcat.setConnector(connector);
        StandardContext context = (StandardContext) tomcat.addContext("/dvr", webapp.toString());
        IntrospectionUtils.setProperty(context, "clearReferencesObjectStreamClassCaches", "false"); // Tomcat 8 has it
        context.setClearReferencesRmiTargets(false);
        context.setClearReferencesThreadLocals(false);
        context.getPipeline().addValve(sendfile);
        Tomcat.addServlet(context, "default", new DefaultServlet());
        ContextConfig config = new ContextConfig();
        config.setDefaultWebXml("org/apache/catalina/startup/NO_DEFAULT_XML");
        context.addLifecycleListener(config);
        StandardJarScanner scanner = new StandardJarScanner();
        scanner.setScanClassPath(false);
        context.setJarScanner(scanner);
        context.setInstanceManager(new WithPlugin(plugin, peers));
        tomcat.start();
    }

    int port() {
        return tomcat.getConnector().getLocalPort();
    }

    /** How many replies were left to Tomcat's sendfile. */
    int sentFiles() {
        return sendfile.count.get();
    }

    @Override
    public void close() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
    }

    private static final class SendfileValve extends ValveBase {
        private final AtomicInteger count = new AtomicInteger();

        SendfileValve() {
            super(true); // Asynchronous requests go through it as well.
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            getNext().invoke(request, response);
            if (request.getAttribute("org.apache.tomcat.sendfile.filename") != null) {
                count.incrementAndGet();
            }
        }
    }

    /** Makes the servlet that web.xml names, with the plugin under test. */
    private record WithPlugin(Supplier<Optional<DvrHandler>> plugin, Supplier<Optional<PeerHandler>> peers)
            implements InstanceManager {
        @Override
        public Object newInstance(Class<?> type) {
            throw new UnsupportedOperationException(type.toString());
        }

        @Override
        public Object newInstance(String className) {
            if (!className.equals(DvrServlet.class.getName())) {
                throw new UnsupportedOperationException(className);
            }
            return new DvrServlet(plugin, peers, MOST_BYTES);
        }

        @Override
        public Object newInstance(String className, ClassLoader loader) {
            return newInstance(className);
        }

        @Override
        public void newInstance(Object object) {}

        @Override
        public void destroyInstance(Object object) {}
    }
}
