package org.red5.dvr.testbed.bench;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.red5.dvr.testbed.Red5Server;

/** What a server says at {@code /dvr/metrics}. */
final class ServerMetrics {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newHttpClient();
    private final HttpRequest request;

    ServerMetrics(Red5Server server) {
        request = HttpRequest.newBuilder(server.http("/dvr/metrics"))
                .timeout(TIMEOUT)
                .build();
    }

    /** The sum of a metric over all its labels. */
    double sum(String metric) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(request.uri() + " is answered with " + response.statusCode());
        }
        return response.body()
                .lines()
                .filter(line -> line.startsWith(metric) && " {".indexOf(line.charAt(metric.length())) >= 0)
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
