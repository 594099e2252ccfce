package org.red5.dvr.web;

import java.util.List;

/** What the handler tells operators and their monitoring. Any thread may ask. */
public interface OperatorPages {
    /** Of a server that counts nothing. */
    OperatorPages NONE = new OperatorPages() {
        @Override
        public byte[] metrics() {
            return new byte[0];
        }

        @Override
        public List<String> troubles() {
            return List.of();
        }

        @Override
        public List<String> warnings() {
            return List.of();
        }
    };

    /** All meters in Prometheus' text format 0.0.4. */
    byte[] metrics();

    /** What is wrong now, a sentence each; empty when the server is healthy. */
    List<String> troubles();

    /** What an operator should put right although nothing is lost by it now, a sentence each. */
    List<String> warnings();
}
