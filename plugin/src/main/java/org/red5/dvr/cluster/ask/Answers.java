package org.red5.dvr.cluster.ask;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.red5.dvr.peer.PeerFailure;
import org.red5.dvr.time.Timing;

/** Waits for the answers of several, no longer than a budget. Those that come later are not lost: those that give them keep them. */
public final class Answers<T> {
    private final List<CompletableFuture<T>> asked;
    private final Predicate<T> says;
    private final boolean othersHave;
    private final CompletableFuture<List<Outcome<T>>> outcomes = new CompletableFuture<>();
    private volatile boolean isSome;

    /**
     * What came of one question.
     *
     * @param value empty when there is no answer
     * @param why there is none: a short phrase
     */
    public record Outcome<T>(Optional<T> value, String why) {}

    private Answers(List<CompletableFuture<T>> asked, Predicate<T> says, boolean othersHave) {
        this.asked = asked;
        this.says = says;
        this.othersHave = othersHave;
    }

    /**
     * Waits.
     *
     * @param says whether an answer says something, so that others need not be waited for so long
     * @param othersHave whether something can be said without them all
     * @return one outcome for each, in their order
     */
    public static <T> CompletableFuture<List<Outcome<T>>> of(
            List<CompletableFuture<T>> asked, Predicate<T> says, boolean othersHave, Budget budget, Timing time) {
        Answers<T> answers = new Answers<>(asked, says, othersHave);
        CompletableFuture<Void> all = CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new));
        all.whenComplete((done, failure) -> answers.finish(0));
        if (!answers.outcomes.isDone()) {
            asked.forEach(one -> one.whenComplete((value, failure) -> answers.look(budget)));
            Runnable noFirst = time.timer().after(budget.whenOthersHave(), () -> {
                answers.isSome = true;
                answers.look(budget);
            });
            Runnable noLast = time.timer()
                    .after(
                            budget.whenNobodyHas(),
                            () -> answers.finish(budget.whenNobodyHas().toMillis()));
            answers.outcomes.whenComplete((given, failure) -> {
                noFirst.run();
                noLast.run();
            });
        }
        return answers.outcomes;
    }

    private void look(Budget budget) {
        if (isSome && (othersHave || asked.stream().anyMatch(this::saysSomething))) {
            finish(budget.whenOthersHave().toMillis());
        }
    }

    private boolean saysSomething(CompletableFuture<T> one) {
        return one.isDone() && !one.isCompletedExceptionally() && says.test(one.join());
    }

    private void finish(long waitedMillis) {
        if (outcomes.isDone()) {
            return;
        }
        List<Outcome<T>> all = new ArrayList<>(asked.size());
        for (CompletableFuture<T> one : asked) {
            all.add(outcome(one, waitedMillis));
        }
        outcomes.complete(all);
    }

    private static <T> Outcome<T> outcome(CompletableFuture<T> one, long waitedMillis) {
        if (!one.isDone()) {
            return new Outcome<>(Optional.empty(), "no answer within " + waitedMillis + " ms");
        }
        try {
            return new Outcome<>(Optional.of(one.join()), "");
        } catch (CompletionException | CancellationException e) {
            return new Outcome<>(Optional.empty(), PeerFailure.phrase(e));
        }
    }
}
