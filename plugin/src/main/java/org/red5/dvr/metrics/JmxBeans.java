package org.red5.dvr.metrics;

import java.io.Closeable;
import java.lang.management.ManagementFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The beans of this plugin in the platform's bean server. Where one cannot be registered, the log says so. */
final class JmxBeans implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(JmxBeans.class);
    private static final String DOMAIN = "org.red5.dvr";

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final Queue<ObjectName> registered = new ConcurrentLinkedQueue<>();

    /** A value of an object name, whatever is in it. */
    static String quote(String value) {
        return ObjectName.quote(value);
    }

    /**
     * @param properties the object name behind the domain
     */
    void add(String properties, Object bean) {
        try {
            ObjectName name = new ObjectName(DOMAIN + ':' + properties);
            registered.add(server.registerMBean(bean, name).getObjectName());
        } catch (JMException e) {
            log.warn("no JMX bean {}:{}: {}", DOMAIN, properties, e.toString());
        }
    }

    @Override
    public void close() {
        for (ObjectName name = registered.poll(); name != null; name = registered.poll()) {
            try {
                server.unregisterMBean(name);
            } catch (JMException e) {
                log.warn("JMX bean {} stays: {}", name, e.toString());
            }
        }
    }
}
