package org.red5.dvr.testbed;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one page of a Chromium by its DevTools protocol: JSON commands with a number, their answers, and events in between.
 * Calls come from one thread; events arrive on the connection's own.
 */
final class DevTools implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Map<Integer, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();
    private final BiConsumer<String, JsonObject> onEvent;
    private final WebSocket socket;
    private int lastId;

    /** {@code onEvent} gets each event's method and parameters. */
    DevTools(HttpClient client, URI address, BiConsumer<String, JsonObject> onEvent)
            throws IOException, InterruptedException {
        this.onEvent = onEvent;
        this.socket =
                await(client.newWebSocketBuilder().buildAsync(address, new Receiver()), "connecting to " + address);
    }

    /** Sends a command and waits for its result. */
    JsonObject call(String method, JsonObject parameters) throws IOException, InterruptedException {
        int id = ++lastId;
        JsonObject message = new JsonObject();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", parameters);
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        await(socket.sendText(message.toString(), true), method);
        JsonObject received = await(answer, method);
        if (received.has("error")) {
            throw new IOException(method + ": " + received.get("error"));
        }
        return received.getAsJsonObject("result");
    }

    @Override
    public void close() {
        socket.abort();
    }

    private static <T> T await(CompletableFuture<T> future, String what) throws IOException, InterruptedException {
        try {
            return future.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(what + " failed", e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(what + " took longer than " + LIMIT.toSeconds() + " s", e);
        }
    }

    private void receive(JsonObject message) {
        JsonElement id = message.get("id");
        if (id == null) {
            onEvent.accept(message.get("method").getAsString(), message.getAsJsonObject("params"));
            return;
        }
        CompletableFuture<JsonObject> answer = waiting.remove(id.getAsInt());
        if (answer != null) {
            answer.complete(message);
        }
    }

    private void fail(Throwable cause) {
        waiting.values().forEach(answer -> answer.completeExceptionally(cause));
    }

    /** Puts the parts of messages together. */
    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                String message = text.toString();
                text.setLength(0);
                receive(JsonParser.parseString(message).getAsJsonObject());
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            fail(new IOException("the browser closed the connection: " + statusCode + " " + reason));
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            fail(error);
        }
    }
}
