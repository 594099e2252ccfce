package org.red5.dvr.red5;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.red5.server.api.Red5;

/** Leaves the thread of a test without a connection, and with the class loader it had: Red5 sets that of the connection's scope, which is null where it is a mock. */
public final class CleanThread implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(CleanThread.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        context.getStore(OURS).put("loader", Thread.currentThread().getContextClassLoader());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Red5.setConnectionLocal(null);
        Thread.currentThread().setContextClassLoader(context.getStore(OURS).get("loader", ClassLoader.class));
    }
}
