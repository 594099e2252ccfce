/**
 * One playlist in one video element, addressed by wall clock: hls.js where the browser has Media Source Extensions,
 * the browser's own HLS elsewhere. Both map moments (Unix seconds) to media time through PROGRAM-DATE-TIME.
 *
 * `failed(sentence)` is called once for what the engine could not mend by itself; then it wants `retry` or `open`.
 */

import { sentence } from "./api.js";

/**
 * The target duration is a constant 8 s while segments last 4 s, so latency is given in seconds: three segments
 * behind, and a jump forward once playback has fallen seven behind.
 */
const LIVE = { liveSyncDuration: 11, liveMaxLatencyDuration: 28 };
/**
 * A segment that the server cannot give comes from another recording, which only a new playlist names: it is asked for once more, not for
 * half a minute.
 */
const FRAGMENTS = {
  maxTimeToFirstByteMs: 10_000,
  maxLoadTimeMs: 120_000,
  timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
  errorRetry: { maxNumRetry: 1, retryDelayMs: 500, maxRetryDelayMs: 500 },
};
const COMMON = {
  backBufferLength: 60,
  maxBufferLength: 30,
  enableWorker: true,
  fragLoadPolicy: { default: FRAGMENTS },
};
/** A second media error within this time is no longer mended in place. */
const MEND_MILLIS = 10_000;

export function createEngine(video, failed) {
  return globalThis.Hls?.isSupported() ? new HlsJsEngine(video, failed) : new NativeEngine(video, failed);
}

class HlsJsEngine {
  #video;
  #failed;
  #hls = null;
  #details = null;
  #mendedAt = 0;
  /** As the playlist names them. */
  #codecs = "unknown";
  /** The type of the last error that was reported as failure. */
  #broken = null;
  /** Whether the server answered that it has no such segment now. */
  #isMissing = false;

  constructor(video, failed) {
    this.#video = video;
    this.#failed = failed;
  }

  /** Starts at the live edge where `moment` is null. */
  open(address, moment) {
    this.close();
    const { Events } = Hls;
    const hls = new Hls(moment === null ? { ...COMMON, ...LIVE } : COMMON);
    hls.on(Events.LEVEL_UPDATED, (_, { details }) => {
      if (moment !== null && this.#details === null) {
        // Read by hls.js right after this event, as if the playlist had an EXT-X-START.
        details.startTimeOffset = mediaTime(details, moment) ?? 0;
      }
      this.#details = details;
    });
    hls.on(Events.MANIFEST_LOADED, (_, { levels }) => (this.#codecs = levels[0]?.attrs.CODECS ?? "unknown"));
    hls.on(Events.ERROR, (_, error) => error.fatal && this.#onFatal(error));
    hls.loadSource(address);
    hls.attachMedia(this.#video);
    this.#hls = hls;
  }

  /** The moment shown, or null where nothing is loaded. */
  get moment() {
    const time = this.#video.currentTime;
    const fragments = this.#details?.fragments ?? [];
    const fragment = fragments.find(({ start, duration }) => time < start + duration) ?? fragments.at(-1);
    return fragment?.programDateTime && this.#video.readyState > 0
      ? fragment.programDateTime / 1000 + Math.max(time - fragment.start, 0)
      : null;
  }

  /** False where the playlist does not hold that moment. */
  seek(moment) {
    const time = this.#details && this.#video.readyState > 0 ? mediaTime(this.#details, moment) : null;
    if (time === null) {
      return false;
    }
    this.#video.currentTime = time;
    return true;
  }

  stopLoading() {
    this.#hls.stopLoad();
  }

  resumeLoading() {
    this.#hls.startLoad();
  }

  /** Goes on where the connection broke, with the picture as it is; false where only `open` can help. */
  retry() {
    const isNetwork = this.#broken === Hls.ErrorTypes.NETWORK_ERROR;
    const canGoOn = isNetwork && !this.#isMissing && this.#video.readyState > 0;
    if (canGoOn) {
      this.#hls.startLoad();
    }
    return canGoOn;
  }

  /** Whether another playlist may have what this one's servers cannot give. */
  get isMissing() {
    return this.#isMissing;
  }

  close() {
    this.#hls?.destroy();
    this.#hls = null;
    this.#details = null;
    this.#isMissing = false;
  }

  #onFatal(error) {
    if (error.details === Hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) {
      // Mending in place would only wait for pictures that never come.
      this.#broken = error.type;
      this.#failed(`This browser cannot play the codecs of this stream (${this.#codecs}).`);
      return;
    }
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && Date.now() - this.#mendedAt > MEND_MILLIS) {
      this.#mendedAt = Date.now();
      this.#hls.recoverMediaError();
      return;
    }
    this.#hls.stopLoad();
    this.#broken = error.type;
    const status = error.response?.code ?? 0;
    this.#isMissing = error.details === Hls.ErrorDetails.FRAG_LOAD_ERROR && status > 0;
    if (error.type !== Hls.ErrorTypes.NETWORK_ERROR) {
      this.#failed("The picture could not be decoded.");
    } else {
      this.#failed(status === 0 ? "The server does not answer." : sentence(bodyOf(error.networkDetails), status));
    }
  }
}

function bodyOf(request) {
  const textual = request instanceof XMLHttpRequest && (request.responseType === "" || request.responseType === "text");
  return textual ? request.responseText : "";
}

/** Where a moment lies in media time; inside a hole the start of the next fragment; null outside of the playlist. */
function mediaTime({ fragments }, moment) {
  const millis = moment * 1000;
  const fragment = fragments.find((f) => millis < f.programDateTime + f.duration * 1000);
  if (!fragment || millis < fragments[0].programDateTime) {
    return null;
  }
  return fragment.start + Math.max(millis - fragment.programDateTime, 0) / 1000;
}

class NativeEngine {
  #video;
  #opened = null;

  constructor(video, failed) {
    this.#video = video;
    video.addEventListener("error", () => {
      if (this.#opened) {
        failed("The picture could not be loaded.");
      }
    });
  }

  open(address, moment) {
    this.close();
    this.#opened = new AbortController();
    this.#video.addEventListener("loadedmetadata", () => moment !== null && this.seek(moment), {
      once: true,
      signal: this.#opened.signal,
    });
    this.#video.src = address;
  }

  get #startSeconds() {
    return (this.#video.getStartDate?.().getTime() ?? NaN) / 1000;
  }

  get moment() {
    const moment = this.#startSeconds + this.#video.currentTime;
    return Number.isNaN(moment) ? null : moment;
  }

  seek(moment) {
    const time = moment - this.#startSeconds;
    const { seekable } = this.#video;
    if (seekable.length === 0 || !(time >= seekable.start(0)) || time > seekable.end(seekable.length - 1)) {
      return false;
    }
    this.#video.currentTime = time;
    return true;
  }

  // A browser that plays HLS by itself also decides by itself when it loads.
  stopLoading() {}

  resumeLoading() {}

  retry() {
    return false;
  }

  get isMissing() {
    return false;
  }

  close() {
    this.#opened?.abort();
    this.#opened = null;
    this.#video.removeAttribute("src");
    this.#video.load();
  }
}
