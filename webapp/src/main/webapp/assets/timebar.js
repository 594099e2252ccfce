/**
 * The time bar: draws what is recorded and what is missing in a window of time, and lets one choose a moment by
 * pointer or keyboard. The window ends with the recording, or has the moment shown in its middle.
 */

import { EMPTY, holeAt, joined, rangeAt, reasonOf } from "./recording.js";
import { clock, dateAndClock, now, spoken, ticks } from "./time.js";

const KEY_STEPS = { ArrowLeft: -10, ArrowDown: -10, ArrowRight: 10, ArrowUp: 10, PageDown: -300, PageUp: 300 };
const SHIFT_FACTOR = 6;
/** Keys are gathered for so long before playback moves. */
const KEY_PAUSE_MILLIS = 350;
/** A live stream's last segments are not listed while they are being written. */
const ARRIVING_SECONDS = 90;
/** Holes narrower than this cannot be aimed at, and more than so many would make a long way with the Tab key. */
const LEAST_HOLE_PIXELS = 4;
const MOST_HOLES = 24;
const TICK_PIXELS = 84;

const element = (id) => document.getElementById(id);

export class TimeBar {
  /** Seconds shown; Infinity shows the whole recording. */
  zoom = 3600;
  #seek;
  #stream = null;
  #recording = EMPTY;
  #shown = null;
  /** The moment under the pointer or chosen by keys, not yet played. */
  #chosen = null;
  #keyTimer = null;
  /** The right end of the window; null follows the end of the recording. */
  #right = null;
  #holes = new Map();
  #servers;

  /** `seek(moment)` is called with the moment chosen; Infinity stands for live. `servers` knows their colours. */
  constructor(seek, servers) {
    this.#seek = seek;
    this.#servers = servers;
    this.bar = element("bar");
    this.slider = element("slider");
    this.tip = element("tip");
    this.#listen();
  }

  /** The window drawn, in Unix seconds. */
  get window() {
    const end = this.#end;
    const length = Number.isFinite(this.zoom) ? this.zoom : Math.max(end - this.#stream.from, 60) * 1.01;
    const to = Math.min(this.#right ?? end, end);
    return { from: to - length, to };
  }

  get #end() {
    return this.#stream.live ? now() : this.#stream.to;
  }

  show(stream, recording, moment) {
    if (stream.path !== this.#stream?.path) {
      this.#right = null;
      this.#chosen = null;
    }
    this.#stream = stream;
    this.#recording = recording;
    this.#shown = moment;
    const { from, to } = this.window;
    if (this.#chosen === null && moment !== null && (moment < from || moment > to)) {
      this.#centre();
    }
    this.#draw();
  }

  setZoom(seconds) {
    this.zoom = seconds;
    this.#centre();
  }

  #centre() {
    this.#right = null;
    if (this.#shown !== null) {
      const { from, to } = this.window;
      const right = Math.max(this.#shown + (to - from) / 2, this.#stream.from + (to - from));
      this.#right = right < to ? right : null;
    }
  }

  #listen() {
    this.bar.addEventListener("pointerdown", (event) => {
      if (event.button === 0) {
        this.bar.setPointerCapture(event.pointerId);
        this.slider.focus({ preventScroll: true });
        this.#choose(this.#momentAt(event));
        event.preventDefault();
      }
    });
    this.bar.addEventListener("pointermove", (event) => {
      const moment = this.#momentAt(event);
      if (this.bar.hasPointerCapture(event.pointerId)) {
        this.#choose(moment);
      } else {
        this.#showTip(moment);
      }
    });
    this.bar.addEventListener("pointerup", (event) => {
      if (this.bar.hasPointerCapture(event.pointerId)) {
        this.#commit();
      }
    });
    this.bar.addEventListener("pointercancel", () => this.#choose(null));
    this.bar.addEventListener("pointerleave", () => this.#hideTip());
    window.addEventListener("resize", () => this.#hideTip());
    this.slider.addEventListener("keydown", (event) => this.#onKey(event));
    this.slider.addEventListener("blur", () => this.#hideTip());
  }

  #onKey(event) {
    const step = KEY_STEPS[event.key];
    const base = this.#chosen ?? this.#shown ?? this.#end;
    if (step !== undefined) {
      this.#choose(this.#within(base + step * (event.shiftKey ? SHIFT_FACTOR : 1)));
    } else if (event.key === "Home") {
      this.#choose(this.#stream.from);
    } else if (event.key === "End") {
      this.#choose(this.#end);
    } else {
      return;
    }
    event.preventDefault();
    clearTimeout(this.#keyTimer);
    this.#keyTimer = setTimeout(() => this.#commit(), KEY_PAUSE_MILLIS);
  }

  #choose(moment) {
    clearTimeout(this.#keyTimer);
    this.#chosen = moment;
    if (moment === null) {
      this.#hideTip();
    } else {
      this.#showTip(moment);
    }
    this.#draw();
  }

  #commit() {
    const moment = this.#chosen;
    this.#chosen = null;
    this.#hideTip();
    if (moment !== null) {
      this.#shown = moment;
      this.#seek(moment);
    }
  }

  #within(moment) {
    return Math.min(Math.max(moment, this.#stream.from), this.#end);
  }

  #momentAt(event) {
    const box = this.bar.getBoundingClientRect();
    const { from, to } = this.window;
    return this.#within(from + ((event.clientX - box.left) / box.width) * (to - from));
  }

  #percent(moment) {
    const { from, to } = this.window;
    return Math.min(Math.max(((moment - from) / (to - from)) * 100, 0), 100);
  }

  #place(node, from, to) {
    const left = this.#percent(from);
    node.style.left = `${left}%`;
    node.style.width = `${this.#percent(to) - left}%`;
  }

  #draw() {
    this.#drawRanges();
    this.#drawHoles();
    this.#drawTicks();
    const moment = this.#chosen ?? this.#shown;
    const thumb = element("thumb");
    const { from, to } = this.window;
    thumb.hidden = moment === null || moment < from - 1 || moment > to + 1;
    thumb.style.left = `${this.#percent(moment ?? to)}%`;
    const attributes = { valuemin: from, valuemax: to, valuenow: moment ?? to };
    for (const [name, value] of Object.entries(attributes)) {
      this.slider.setAttribute(`aria-${name}`, Math.floor(value));
    }
    this.slider.setAttribute("aria-valuetext", this.#describe(moment ?? to));
  }

  #drawRanges() {
    const { from, to } = this.window;
    const pixel = (to - from) / Math.max(this.bar.clientWidth, 1);
    const visible = this.#recording.ranges.filter((range) => range.to > from && range.from < to);
    this.#drawLegend([...new Set(visible.map(({ server }) => server))].sort());
    const spans = joined(visible, pixel);
    if (from < this.#stream.from) {
      spans.push({ from, to: this.#stream.from, kind: "before" });
    }
    const tail = this.#arrivingFrom;
    if (tail !== null && tail < to) {
      spans.push({ from: tail, to, kind: "arriving" });
    }
    const box = element("ranges");
    while (box.children.length > spans.length) {
      box.lastChild.remove();
    }
    spans.forEach((span, index) => {
      const node = box.children[index] ?? box.appendChild(document.createElement("div"));
      node.className = `range ${span.kind ?? ""}`;
      node.dataset.server = span.server ?? "";
      node.style.setProperty("--server", this.#servers.color(span.server));
      this.#place(node, span.from, span.to);
    });
  }

  /** Names the servers that give what is in sight; "recorded" does where that is this one. */
  #drawLegend(names) {
    const others = names.some((name) => name !== undefined && name !== this.#servers.here);
    const entries = names.map((name) => [
      others ? (name === this.#servers.here ? `${name} (this server)` : name) : "recorded",
      this.#servers.color(name),
    ]);
    const key = JSON.stringify(entries);
    const legend = element("legend");
    if (legend.dataset.key === key) {
      return;
    }
    legend.dataset.key = key;
    const items = entries.map(([words, color]) => legendItem(words, "", color));
    legend.replaceChildren(...items, legendItem("missing", "missing", ""));
  }

  /** Where the part of a live stream begins that is being recorded just now. */
  get #arrivingFrom() {
    const last = this.#recording.ranges.at(-1);
    return this.#stream.live && last && this.#end - last.to < ARRIVING_SECONDS ? last.to : null;
  }

  /** Keeps the elements of holes that stay, so that a focused one keeps the focus. */
  #drawHoles() {
    const { from, to } = this.window;
    const least = ((to - from) / Math.max(this.bar.clientWidth, 1)) * LEAST_HOLE_PIXELS;
    const length = (hole) => Math.min(hole.to, to) - Math.max(hole.from, from);
    const first = this.#stream.from;
    const last = this.#arrivingFrom ?? Infinity;
    const holes = this.#recording.holes
      .filter((hole) => length(hole) > least && hole.to > first && hole.from < last)
      .sort((a, b) => length(b) - length(a))
      .slice(0, MOST_HOLES)
      .sort((a, b) => a.from - b.from);
    const wanted = new Set(holes.map((hole) => hole.from));
    for (const [key, node] of this.#holes) {
      if (!wanted.has(key)) {
        node.remove();
        this.#holes.delete(key);
      }
    }
    for (const hole of holes) {
      if (!this.#holes.has(hole.from)) {
        this.#holes.set(hole.from, element("holes").appendChild(this.#newHole(hole)));
      }
      const node = this.#holes.get(hole.from);
      node.ariaLabel = `Missing from ${spoken(hole.from)} to ${spoken(hole.to)}: ${reasonOf(hole)}`;
      this.#place(node, hole.from, hole.to);
    }
  }

  #newHole(hole) {
    const node = document.createElement("button");
    node.type = "button";
    node.className = "hole";
    node.addEventListener("focus", () => this.#showTip(Math.max(hole.from, this.window.from)));
    node.addEventListener("blur", () => this.#hideTip());
    // Pointers are the bar's; this is the Enter key.
    node.addEventListener("click", (event) => event.detail === 0 && this.#seek(hole.from));
    return node;
  }

  #drawTicks() {
    const { from, to } = this.window;
    const width = this.bar.clientWidth;
    const margin = ((to - from) * TICK_PIXELS) / 2 / Math.max(width, 1);
    const most = Math.max(Math.floor(width / TICK_PIXELS), 2);
    const marks = ticks(from + margin, to - margin, most).map(({ moment, label }) => {
      const mark = document.createElement("span");
      mark.style.left = `${this.#percent(moment)}%`;
      mark.textContent = label;
      return mark;
    });
    element("ticks").replaceChildren(...marks);
  }

  #describe(moment) {
    const hole = holeAt(this.#recording, moment);
    return hole ? `${dateAndClock(moment)}, missing: ${reasonOf(hole)}` : dateAndClock(moment);
  }

  /** The moment, and who gives the part that it is in where that is worth telling. */
  #told(moment) {
    const range = rangeAt(this.#recording, moment);
    return range?.server === undefined || this.#servers.isAlone
      ? spoken(moment)
      : `${spoken(moment)} · ${range.server}, ${spoken(range.from)} – ${clock(range.to)}`;
  }

  #showTip(moment) {
    const hole = holeAt(this.#recording, moment);
    this.tip.textContent = hole
      ? `Missing ${spoken(hole.from)} – ${clock(hole.to)}: ${reasonOf(hole)}`
      : this.#told(moment);
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    const width = this.bar.clientWidth;
    const middle = (this.#percent(moment) / 100) * width;
    this.tip.style.left = `${Math.min(Math.max(middle, half), Math.max(width - half, half))}px`;
  }

  #hideTip() {
    this.tip.hidden = this.#chosen === null;
  }
}

function legendItem(words, kind, color) {
  const item = document.createElement("li");
  const sample = document.createElement("i");
  sample.className = kind;
  sample.style.background = color;
  item.append(sample, words);
  return item;
}
