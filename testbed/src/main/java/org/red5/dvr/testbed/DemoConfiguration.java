package org.red5.dvr.testbed;

/**
 * The configuration of a server of the {@link Demo}, to be read as an example too.
 *
 * @param node the server's name
 * @param text what its {@code cluster-dvr.conf} says
 */
record DemoConfiguration(String node, String text) {
    static DemoConfiguration origin(String key) {
        return new DemoConfiguration("origin", """
                # The origin: encoders publish here, and everything is recorded.
                node origin;
                cluster_key %s;       # the same on all servers of a cluster; signs what they ask each other, and is never sent

                stream * { dvr dvr 2d; }                    # every stream of every application, for two days, below Red5's home
                stream %s {
                  input fake://fake;                        # a built-in picture of the time of day, as if somebody published it
                  dvr dvr 2d;
                }
                """.formatted(key, Demo.STREAM));
    }

    static DemoConfiguration cache(String key, int originPort) {
        return new DemoConfiguration("cache", """
                # The middle of the chain: asks the origin for whatever it is asked for itself, and keeps what was asked for on its disk.
                node cache;
                cluster_key %s;

                source 127.0.0.1:%d {                    # remote_dvr=nochain: the origin answers with what it holds itself
                  cache cache 2d 2G;                        # what nobody asked for during two days goes, and what was used least
                }
                """.formatted(key, originPort));
    }

    static DemoConfiguration edge(String key, int cachePort, int originPort) {
        return new DemoConfiguration("edge", """
                # The edge: viewers are here. It records nothing and plays every moment of every stream all the same.
                node edge;
                cluster_key %s;

                source 127.0.0.1:%d remote_dvr=chain;    # and the cache may ask its own source in turn
                source 127.0.0.1:%d;                     # the next best: when the cache is down, straight from the origin
                """.formatted(key, cachePort, originPort));
    }
}
