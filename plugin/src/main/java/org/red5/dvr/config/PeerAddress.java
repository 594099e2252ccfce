package org.red5.dvr.config;

/**
 * Where a peer's DVR answers: a server's name and its HTTP port.
 *
 * @param host name, IPv4 address, or IPv6 address in brackets
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {
    public PeerAddress {
        if (host.isEmpty() || port < 1 || port > 65_535) {
            throw new IllegalArgumentException("not an address: " + host + ':' + port);
        }
    }

    /** {@code host:port}. */
    @Override
    public String toString() {
        return host + ':' + port;
    }
}
