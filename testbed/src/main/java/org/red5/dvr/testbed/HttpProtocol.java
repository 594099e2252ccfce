package org.red5.dvr.testbed;

/** The Tomcat connector that serves HTTP: only {@link #NIO} has a cheap {@code sendfile}; Red5 ships with {@link #NIO2}. */
public enum HttpProtocol {
    NIO("org.apache.coyote.http11.Http11NioProtocol"),
    NIO2("org.apache.coyote.http11.Http11Nio2Protocol");

    private final String className;

    HttpProtocol(String className) {
        this.className = className;
    }

    String className() {
        return className;
    }
}
