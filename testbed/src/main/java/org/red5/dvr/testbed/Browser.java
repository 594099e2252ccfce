package org.red5.dvr.testbed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * A headless Chromium with one page. It may start media by itself and asks nothing of the world outside. For one thread.
 *
 * <p>{@code evaluate} and what is built on it take JavaScript expressions; promises are awaited.
 */
public final class Browser implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    /** Keys that are not text, with the code that Windows gives them, which Chromium goes by. */
    private static final Map<String, Integer> KEYS = Map.of(
            "Tab",
            9,
            "Enter",
            13,
            "End",
            35,
            "Home",
            36,
            "ArrowLeft",
            37,
            "ArrowUp",
            38,
            "ArrowRight",
            39,
            "ArrowDown",
            40);

    private static final int SHIFT = 8;

    private final Process process;
    private final Thread hook;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final DevTools page;

    private Browser(Process process, Path profile) throws IOException, InterruptedException {
        this.process = process;
        this.hook = new Thread(process::destroyForcibly, "end of Chromium " + process.pid());
        Runtime.getRuntime().addShutdownHook(hook);
        this.page = connect(awaitPort(process, profile), this::onEvent);
        for (String domain : List.of("Page", "Runtime", "Log")) {
            page.call(domain + ".enable", new JsonObject());
        }
    }

    /** Where Chromium is: {@code CHROMIUM} in the environment, else on the path; empty if it is not installed. */
    public static Optional<Path> executable() {
        Stream<Path> named = Optional.ofNullable(System.getenv("CHROMIUM")).map(Path::of).stream();
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        Stream<Path> found = Stream.of(path.split(File.pathSeparator, -1))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)));
        return Stream.concat(named, found).filter(Files::isExecutable).findFirst();
    }

    /**
     * Starts Chromium.
     *
     * @param folder new or empty; the profile and the log go there
     */
    public static Browser start(Path executable, Path folder) throws IOException, InterruptedException {
        Path profile = Files.createDirectories(folder).toAbsolutePath();
        ProcessBuilder builder = new ProcessBuilder(command(executable, profile));
        builder.redirectErrorStream(true)
                .redirectOutput(profile.resolve("chromium.log").toFile());
        Process process = builder.start();
        try {
            return new Browser(process, profile);
        } catch (IOException | InterruptedException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static List<String> command(Path executable, Path profile) {
        List<String> command = new ArrayList<>(List.of(executable.toString(), "--headless", "--no-sandbox"));
        command.addAll(List.of("--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--mute-audio"));
        command.addAll(List.of("--no-first-run", "--disable-background-networking", "--disable-component-update"));
        command.addAll(List.of("--disable-sync", "--autoplay-policy=no-user-gesture-required"));
        command.addAll(List.of("--remote-debugging-port=0", "--user-data-dir=" + profile, "about:blank"));
        return command;
    }

    /** Size in CSS pixels, and whether the user prefers dark colours. */
    public void appearance(int widthPixels, int heightPixels, boolean dark) throws IOException, InterruptedException {
        JsonObject size = new JsonObject();
        size.addProperty("width", widthPixels);
        size.addProperty("height", heightPixels);
        size.addProperty("deviceScaleFactor", 1);
        size.addProperty("mobile", false);
        page.call("Emulation.setDeviceMetricsOverride", size);
        JsonObject feature = object("name", "prefers-color-scheme");
        feature.addProperty("value", dark ? "dark" : "light");
        JsonArray features = new JsonArray();
        features.add(feature);
        JsonObject media = new JsonObject();
        media.add("features", features);
        page.call("Emulation.setEmulatedMedia", media);
    }

    /** The time zone that the page sees, for instance {@code Asia/Kolkata}. */
    public void timeZone(String name) throws IOException, InterruptedException {
        page.call("Emulation.setTimezoneOverride", object("timezoneId", name));
    }

    /** From the next page on, pages see a clock that is so far ahead. */
    public void clockAhead(Duration ahead) throws IOException, InterruptedException {
        page.call("Page.addScriptToEvaluateOnNewDocument", object("source", """
                {
                  const Real = Date;
                  globalThis.Date = class extends Real {
                    constructor(...given) {
                      super(...(given.length ? given : [Real.now() + AHEAD]));
                    }
                    static now() {
                      return Real.now() + AHEAD;
                    }
                  };
                }
                """.replace(
                        "AHEAD", "(" + ahead.toMillis() + ")")));
    }

    /** Goes to an address; returns before the page is loaded. */
    public void open(URI address) throws IOException, InterruptedException {
        JsonObject result = page.call("Page.navigate", object("url", address.toString()));
        if (result.has("errorText")) {
            throw new IOException(address + ": " + result.get("errorText").getAsString());
        }
    }

    /** The value of an expression, as JSON can say it; {@code JsonNull} for undefined. */
    public JsonElement evaluate(String expression) throws IOException, InterruptedException {
        JsonObject parameters = object("expression", expression);
        parameters.addProperty("awaitPromise", true);
        parameters.addProperty("returnByValue", true);
        parameters.addProperty("userGesture", true);
        JsonObject answer = page.call("Runtime.evaluate", parameters);
        if (answer.has("exceptionDetails")) {
            throw new IOException(expression + ": " + answer.get("exceptionDetails"));
        }
        JsonElement value = answer.getAsJsonObject("result").get("value");
        return value == null ? JsonNull.INSTANCE : value;
    }

    /** Waits until a condition holds in the page; an exception in it counts as not yet. */
    public void await(Duration limit, String condition) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        String guarded = "(() => { try { return Boolean(" + condition + "); } catch (e) { return false; } })()";
        while (!evaluate(guarded).getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("not so within " + limit.toSeconds() + " s: " + condition + "; the page: "
                        + evaluate("JSON.stringify({...document.documentElement.dataset})") + "; it said: "
                        + complaints);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Clicks the middle of an element with the mouse, scrolling it into view. */
    public void click(String selector) throws IOException, InterruptedException {
        JsonArray place = evaluate("(() => { const e = document.querySelector('" + selector + "');"
                        + " e.scrollIntoView({block: 'nearest'}); const b = e.getBoundingClientRect();"
                        + " return [b.left + b.width / 2, b.top + b.height / 2]; })()")
                .getAsJsonArray();
        for (String type : List.of("mousePressed", "mouseReleased")) {
            JsonObject event = object("type", type);
            event.add("x", place.get(0));
            event.add("y", place.get(1));
            event.addProperty("button", "left");
            event.addProperty("clickCount", 1);
            page.call("Input.dispatchMouseEvent", event);
        }
    }

    /** Presses a key that is not text, for instance {@code ArrowLeft}. */
    public void press(String key, boolean shift) throws IOException, InterruptedException {
        Integer code = KEYS.get(key);
        if (code == null) {
            throw new IllegalArgumentException("no key " + key);
        }
        for (String type : List.of("keyDown", "keyUp")) {
            JsonObject event = object("type", type);
            event.addProperty("key", key);
            event.addProperty("code", key);
            event.addProperty("windowsVirtualKeyCode", code);
            event.addProperty("modifiers", shift ? SHIFT : 0);
            if (key.equals("Enter") && type.equals("keyDown")) {
                event.addProperty("text", "\r");
            }
            page.call("Input.dispatchKeyEvent", event);
        }
    }

    /** Writes what the page looks like as PNG. */
    public void screenshot(Path file) throws IOException, InterruptedException {
        JsonObject answer = page.call("Page.captureScreenshot", object("format", "png"));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, Base64.getDecoder().decode(answer.get("data").getAsString()));
    }

    /** What went wrong in the page so far: exceptions, errors written to the console, files that could not be loaded. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** Ends the browser. */
    @Override
    public void close() {
        page.close();
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private void onEvent(String method, JsonObject event) {
        switch (method) {
            case "Runtime.exceptionThrown" ->
                complaints.add(event.getAsJsonObject("exceptionDetails").toString());
            case "Runtime.consoleAPICalled" -> {
                if (event.get("type").getAsString().equals("error")) {
                    complaints.add(event.get("args").toString());
                }
            }
            case "Log.entryAdded" -> {
                JsonObject entry = event.getAsJsonObject("entry");
                if (entry.get("level").getAsString().equals("error")) {
                    complaints.add(entry.get("text").getAsString() + " " + entry.get("url"));
                }
            }
            default -> {}
        }
    }

    /** Chromium writes the port that it listens on to its profile. */
    private static int awaitPort(Process process, Path profile) throws IOException {
        Path file = profile.resolve("DevToolsActivePort");
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            if (lines.size() >= 2) {
                return Integer.parseInt(lines.get(0));
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        throw new IOException("Chromium did not start: " + Files.readString(profile.resolve("chromium.log")));
    }

    private static DevTools connect(int port, BiConsumer<String, JsonObject> onEvent)
            throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
        HttpRequest request = HttpRequest.newBuilder(list).timeout(START_LIMIT).build();
        String answer = client.send(request, BodyHandlers.ofString()).body();
        for (JsonElement target : JsonParser.parseString(answer).getAsJsonArray()) {
            JsonObject page = target.getAsJsonObject();
            if (page.get("type").getAsString().equals("page")) {
                return new DevTools(
                        client, URI.create(page.get("webSocketDebuggerUrl").getAsString()), onEvent);
            }
        }
        throw new IOException("Chromium has no page: " + answer);
    }

    private static JsonObject object(String name, String value) {
        JsonObject object = new JsonObject();
        object.addProperty(name, value);
        return object;
    }
}
