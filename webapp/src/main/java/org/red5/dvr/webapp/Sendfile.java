package org.red5.dvr.webapp;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.servlet.DispatcherType;
import javax.servlet.http.HttpServletRequest;
import org.red5.dvr.bytes.MediaBytes.FileRegion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tomcat's sendfile: the kernel moves the file's bytes to the socket. Used with the NIO connector only, for with NIO2
 * Tomcat's sendfile reads the file through a small buffer, which takes five times as long.
 */
final class Sendfile {
    private static final Logger LOG = LoggerFactory.getLogger(Sendfile.class);

    private static final String SUPPORT = "org.apache.tomcat.sendfile.support";
    private static final String FILE_NAME = "org.apache.tomcat.sendfile.filename";
    private static final String START = "org.apache.tomcat.sendfile.start";
    private static final String END = "org.apache.tomcat.sendfile.end";
    private static final String NIO = "org.apache.coyote.http11.Http11NioProtocol";

    /** By the connector's port. */
    private final Map<Integer, Boolean> isNio = new ConcurrentHashMap<>();

    /** Tomcat does not look for a file behind a reply that came later. */
    boolean isUsable(HttpServletRequest request) {
        return request.getDispatcherType() != DispatcherType.ASYNC
                && Boolean.TRUE.equals(request.getAttribute(SUPPORT))
                && isNio.computeIfAbsent(request.getLocalPort(), Sendfile::isNio);
    }

    /** Tomcat sends the file once the servlet returns; the head has to be complete and no body written. */
    void send(HttpServletRequest request, FileRegion region) {
        request.setAttribute(FILE_NAME, region.file().toString());
        request.setAttribute(START, region.offsetBytes());
        request.setAttribute(END, region.offsetBytes() + region.lengthBytes());
    }

    private static boolean isNio(int port) {
        try {
            // Tomcat registers with the first there is, which need not be the platform's.
            for (MBeanServer server : MBeanServerFactory.findMBeanServer(null)) {
                for (ObjectName name : server.queryNames(new ObjectName("*:type=Connector,*"), null)) {
                    if (Integer.valueOf(port).equals(server.getAttribute(name, "localPort"))) {
                        Object protocol = server.getAttribute(name, "protocolHandlerClassName");
                        LOG.debug("The connector on port {} is {}", port, protocol);
                        return NIO.equals(protocol);
                    }
                }
            }
        } catch (JMException e) {
            LOG.warn("Cannot tell the kind of the connector on port {}, its files are copied: {}", port, e.toString());
        }
        return false;
    }
}
