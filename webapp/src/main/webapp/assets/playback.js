/**
 * What is being played: live, or the past from a moment on. Owns pausing and starting again after failures.
 *
 * `on.problem(sentence)` tells of a failure and, with null, of its end; `on.ended(moment)` of a playlist played through.
 */

import { archiveAddress, liveAddress } from "./api.js";
import { createEngine } from "./engine.js";
import { now } from "./time.js";

/** Playback that stands still for so long though it should not is started again. */
const STALLED_SECONDS = 20;
/** A pause of live longer than this goes on where it was left, as the past. */
const LIVE_PAUSE_SECONDS = 20;
const LONGEST_RETRY_SECONDS = 15;

export class Playback {
  #video;
  #on;
  #engine;
  #stream = null;
  /** The moment asked for; null for live. */
  #wanted = null;
  /** The moment last seen, which playback returns to after a failure. */
  #seen = null;
  #failures = 0;
  #retry = null;
  #movedAt = now();
  #paused = false;

  constructor(video, on) {
    this.#video = video;
    this.#on = on;
    this.#engine = createEngine(video, (sentence) => this.#failed(sentence));
    video.addEventListener("timeupdate", () => this.#moved());
    video.addEventListener("ended", () => this.#on.ended(this.#seen));
    setInterval(() => this.#watch(), 1000);
  }

  get mode() {
    return this.#stream === null ? "none" : this.#wanted === null ? "live" : "past";
  }

  get state() {
    if (this.#retry !== null) {
      return "error";
    }
    if (this.#paused) {
      return "paused";
    }
    if (this.#video.ended) {
      return "ended";
    }
    return this.#video.seeking || this.#video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA ? "loading" : "playing";
  }

  /** The moment on the screen, or the one on its way there; null while the first live picture is awaited. */
  get moment() {
    return this.#seen ?? this.#wanted;
  }

  live(stream) {
    this.#forget();
    this.#open(stream, null);
  }

  past(stream, moment) {
    const near = this.mode === "past" && this.#stream.path === stream.path && this.#retry === null;
    if (near && this.#engine.seek(moment)) {
      this.#wanted = moment;
      this.#seen = moment;
      this.#movedAt = now();
      this.resume();
    } else {
      this.#forget();
      this.#open(stream, moment);
    }
  }

  pause() {
    this.#paused = true;
    this.#video.pause();
    if (this.mode === "live") {
      // Or hls.js would drag the still picture along with the live edge.
      this.#engine.stopLoading();
    }
  }

  resume() {
    const wasPaused = this.#paused;
    this.#paused = false;
    if (wasPaused && this.mode === "live") {
      if (this.#seen !== null && now() - this.#seen > LIVE_PAUSE_SECONDS) {
        this.#open(this.#stream, this.#seen);
        return;
      }
      this.#engine.resumeLoading();
    }
    this.#play();
  }

  get paused() {
    return this.#paused;
  }

  #open(stream, moment) {
    clearTimeout(this.#retry);
    this.#retry = null;
    this.#stream = stream;
    this.#wanted = moment;
    this.#seen = null;
    this.#movedAt = now();
    this.#paused = false;
    this.#engine.open(moment === null ? liveAddress(stream) : archiveAddress(stream, moment), moment);
    this.#play();
  }

  async #play() {
    try {
      await this.#video.play();
    } catch (refusal) {
      if (refusal.name === "NotAllowedError" && !this.#video.muted) {
        // Browsers let a page start by itself only without sound.
        this.#video.muted = true;
        await this.#play();
      } else if (refusal.name === "NotAllowedError") {
        this.#paused = true;
      }
      // Anything else: the source was changed meanwhile, or it is broken, which the engine reports.
    }
  }

  #moved() {
    if (this.#video.seeking) {
      return;
    }
    const moment = this.#engine.moment;
    if (moment !== null && moment !== this.#seen) {
      this.#seen = moment;
      this.#movedAt = now();
      if (this.#failures > 0 && this.#retry === null) {
        this.#failures = 0;
        this.#on.problem(null);
      }
    }
  }

  #watch() {
    const still = now() - this.#movedAt > STALLED_SECONDS;
    const shouldMove = this.#stream !== null && !this.#paused && !this.#video.ended && this.#retry === null;
    if (still && shouldMove && !document.hidden) {
      this.#failed("The picture stopped.");
    }
  }

  #failed(sentence) {
    if (this.#stream === null || this.#retry !== null) {
      return;
    }
    // Another server may have the same moment: a window of it is loaded at once, and nobody need be told.
    const isElsewhere = this.#failures === 0 && this.#engine.isMissing;
    const seconds = isElsewhere ? 0 : Math.min(2 ** this.#failures, LONGEST_RETRY_SECONDS);
    this.#failures++;
    if (!isElsewhere) {
      this.#on.problem(sentence);
    }
    this.#retry = setTimeout(() => this.#tryAgain(), seconds * 1000);
  }

  #tryAgain() {
    this.#retry = null;
    this.#movedAt = now();
    if (!this.#engine.retry()) {
      this.#open(this.#stream, this.#wanted === null ? null : this.moment);
    }
  }

  /** What went wrong before is no matter to what is played next. */
  #forget() {
    this.#failures = 0;
    this.#on.problem(null);
  }
}
