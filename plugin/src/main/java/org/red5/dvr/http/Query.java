package org.red5.dvr.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The parameters of an address; of several with one name the first counts. Values are as sent, not decoded. */
record Query(Map<String, String> parameters) {
    static Query parse(@Nullable String rawQuery) {
        Map<String, String> parameters = new HashMap<>();
        if (rawQuery != null) {
            for (String pair : rawQuery.split("&")) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    parameters.putIfAbsent(pair.substring(0, equals), pair.substring(equals + 1));
                }
            }
        }
        return new Query(Map.copyOf(parameters));
    }

    Optional<String> get(String name) {
        return Optional.ofNullable(parameters.get(name));
    }
}
