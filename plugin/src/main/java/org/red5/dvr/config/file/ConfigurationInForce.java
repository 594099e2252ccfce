package org.red5.dvr.config.file;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.red5.dvr.config.DvrConfiguration;
import org.red5.dvr.config.syntax.Mistake;

/** The configuration that a server goes by at the moment. One thread changes it, any may ask. */
public final class ConfigurationInForce implements Supplier<DvrConfiguration> {
    /** Is told, by the thread that changes the configuration, when another one is in force. */
    public interface Listener {
        void changed(DvrConfiguration before, DvrConfiguration now);
    }

    private record State(DvrConfiguration configuration, boolean isFromFile, List<Mistake> mistakes) {}

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private volatile State state;

    /**
     * @param first what is in force until the first {@link #use}: nothing is recorded or served by it
     */
    public ConfigurationInForce(DvrConfiguration first) {
        this.state = new State(first, false, List.of());
    }

    @Override
    public DvrConfiguration get() {
        return state.configuration();
    }

    /** Whether a file has been in force since the server started; until then the first configuration is. */
    public boolean isFromFile() {
        return state.isFromFile();
    }

    /** Why the file as it is now is not in force; empty when it is. */
    public List<Mistake> mistakes() {
        return state.mistakes();
    }

    /** Has somebody told of every change from now on. */
    public void listen(Listener listener) {
        listeners.add(listener);
    }

    /**
     * Puts what a file says in force. The node's name and the grid stay as they were with the first file, as recordings go
     * on under them.
     */
    public void use(DvrConfiguration next) {
        State before = state;
        DvrConfiguration now = before.isFromFile() ? next.withNodeAndGridOf(before.configuration()) : next;
        state = new State(now, true, List.of());
        if (!now.equals(before.configuration())) {
            listeners.forEach(listener -> listener.changed(before.configuration(), now));
        }
    }

    /** Notes that the file has mistakes; what is in force stays. */
    public void refuse(List<Mistake> mistakes) {
        state = new State(state.configuration(), state.isFromFile(), List.copyOf(mistakes));
    }
}
