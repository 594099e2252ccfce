/**
 * The page: joins the list of streams, playback and the time bar.
 *
 * Its state can be read from the root element: `data-stream`, `data-mode` (none, live, past), `data-state` (idle, loading,
 * playing, paused, ended, error), `data-utc` (the moment shown, Unix seconds), `data-error` and `data-notice` (sentences).
 */

import * as api from "./api.js";
import { ClusterMap, hiding } from "./cluster.js";
import { Playback } from "./playback.js";
import { EMPTY, holeAt, nextRecorded } from "./recording.js";
import { Servers } from "./servers.js";
import { StreamList } from "./streams.js";
import { TimeBar } from "./timebar.js";
import { dateAndClock, fromField, now, spoken, toField, zone } from "./time.js";

const STREAMS_MILLIS = 5000;
const CLUSTER_MILLIS = 5000;
const DRAW_MILLIS = 500;
const NOTICE_MILLIS = 15_000;
const STEP_SECONDS = 30;
/** Closer to now than this there is nothing but live. */
const LIVE_EDGE_SECONDS = 15;
/** A recording shorter than this is shown with the shortest time bar at first. */
const SHORT_SECONDS = 600;
/** An ended stream opens so long before its end. */
const LAST_SECONDS = 60;

const element = (id) => document.getElementById(id);
const page = document.documentElement;
const video = element("video");

let streams = [];
let stream = null;
let recording = EMPTY;
let recordingAsked = { from: 0, to: 0, at: 0 };
/** A moment on its way to playback; null when playback has it. */
let target = null;
/** The stream stopped while it was watched live; live goes on when it is published again. */
let awaitsLive = false;
/** The date and time field holds what somebody typed and has not submitted yet. */
let isWhenTyped = false;
let requests = 0;
/** What the map shows, drawn again when the page gets another width. */
let lastCluster = null;
const sentences = { list: null, playback: null, notice: null };
let noticeTimer = null;

const playback = new Playback(video, { problem: (sentence) => tell("playback", sentence), ended: playOn });
const servers = new Servers();
const bar = new TimeBar(goTo, servers);
const map = new ClusterMap(servers);
const list = new StreamList((path) => select(streams.find((one) => one.path === path)));

const current = () => target ?? playback.moment;
const end = () => (stream.live ? now() : stream.to);

function tell(kind, sentence, isLasting = false) {
  sentences[kind] = sentence;
  if (kind === "notice") {
    clearTimeout(noticeTimer);
    noticeTimer = sentence === null || isLasting ? null : setTimeout(() => tell("notice", null), NOTICE_MILLIS);
  }
  const problem = sentences.playback ?? sentences.list;
  const text = problem ? `${problem} Trying again…` : (sentences.notice ?? "");
  const message = element("message");
  if (message.textContent !== text) {
    message.textContent = text;
    message.classList.toggle("problem", problem !== null);
  }
  page.dataset.error = problem ?? "";
  page.dataset.notice = sentences.notice ?? "";
}

function select(chosen, moment = null) {
  stream = chosen;
  isWhenTyped = false;
  recording = EMPTY;
  recordingAsked = { from: 0, to: 0, at: 0 };
  tell("notice", null);
  element("title").textContent = `${chosen.app} / ${chosen.name}`;
  document.title = `${chosen.name} – Red5 Cluster DVR`;
  history.replaceState(null, "", new URL(api.shareAddress(chosen, 0)).search.replace(/&t=0$/, ""));
  list.show(streams, stream);
  refreshCluster();
  if (moment !== null) {
    goTo(moment);
  } else if (chosen.live) {
    goLive();
  } else {
    goTo(Math.max(chosen.to - LAST_SECONDS, chosen.from));
    tell("notice", whyNotLive(chosen));
  }
}

function whyNotLive({ unreachable, to }) {
  return unreachable
    ? "The servers that have this stream do not answer now."
    : `This stream is not live. It was last recorded at ${spoken(to)}.`;
}

function goLive() {
  requests++;
  target = null;
  awaitsLive = false;
  tell("notice", null);
  playback.live(stream);
  draw();
}

/** Plays what the live picture had not shown yet. */
function onStopped() {
  goTo(Math.min(playback.moment ?? Infinity, stream.to - 1));
  awaitsLive = true;
  tell("notice", "The stream has stopped. Live goes on here when it is published again.", true);
}

/** Plays that moment, or the next recorded one and says so; live where nothing is recorded after it. */
async function goTo(moment) {
  const request = ++requests;
  awaitsLive = false;
  tell("notice", null);
  if (stream.live && moment > end() - LIVE_EDGE_SECONDS) {
    goLive();
    return;
  }
  target = moment;
  draw();
  // Where the server does not answer, playback is what tries again until it does.
  const landing = await findRecorded(moment).catch(() => ({ next: moment, hole: null }));
  if (request === requests) {
    target = null;
    land(moment, landing);
    draw();
  }
}

/** The next recorded moment, searched near first: an archive may be long. */
async function findRecorded(moment) {
  const hour = await api.recording(stream, moment, Math.min(moment + 3600, Math.max(end(), moment + 1)));
  const next = nextRecorded(hour, moment);
  if (next !== null || moment + 3600 > end()) {
    return { next, hole: holeAt(hour, moment) };
  }
  return { next: nextRecorded(await api.recording(stream, moment, end()), moment), hole: holeAt(hour, moment) };
}

function land(moment, { next, hole }) {
  const missing = `Nothing was recorded at ${spoken(moment)}${hole ? ` (${hole.reason})` : ""}.`;
  if (next === null && stream.live) {
    goLive();
    tell("notice", `${missing} This is live.`);
  } else if (next === null) {
    tell("notice", `${missing} The recording ends at ${spoken(stream.to)}.`);
  } else {
    // A little inside: exactly on the border the last picture before the hole may flash up.
    playback.past(stream, next > moment ? next + 0.1 : next);
    if (next - moment > 1) {
      tell("notice", `${missing} Playback goes on at ${spoken(next)}, the next recorded moment.`);
    }
  }
}

/** A finite playlist was played through: the recording may go on after it. */
async function playOn(moment) {
  if (moment !== null && moment < stream.to - 2) {
    await goTo(moment + 0.5);
  } else if (!awaitsLive) {
    tell("notice", "The recording ends here.", true);
  }
}

async function refreshStreams() {
  try {
    const fresh = await api.streams();
    const known = new Map(streams.map((one) => [one.path, one]));
    streams = fresh.map((one) => Object.assign(known.get(one.path) ?? {}, one));
    tell("list", null);
    if (stream === null && streams.length > 0) {
      selectFirst();
    } else if (stream?.live && awaitsLive) {
      goLive();
    } else if (stream?.live === false && !stream.unreachable && playback.mode === "live") {
      onStopped();
    }
    list.show(streams, stream);
    if (stream === null) {
      await greet();
    } else {
      showPart("player");
    }
  } catch (failure) {
    tell("list", failure.message);
    if (stream === null) {
      element("greeting").textContent = `${failure.message} Trying again…`;
      showPart("greeting");
    }
  }
  setTimeout(refreshStreams, STREAMS_MILLIS);
}

/** There may be streams at servers that do not answer: then nobody knows that there are none. */
async function greet() {
  await refreshCluster();
  const reasons = lastCluster === null ? [] : hiding(lastCluster);
  element("greeting").textContent =
    lastCluster === null
      ? "Looking for streams…"
      : `What streams there are cannot be told now: ${reasons.join(" ")} Trying again…`;
  showPart(lastCluster !== null && reasons.length === 0 ? "empty" : "greeting");
}

/** Who asks whom, and which source the stream shown comes from. */
async function refreshCluster() {
  const asked = stream;
  try {
    const cluster = await api.cluster(asked);
    servers.learn(cluster);
    lastCluster = cluster;
    map.show(cluster, asked);
  } catch {
    // The list of streams tells that the server is away; the map keeps what it knows.
  }
}

function showPart(part) {
  for (const id of ["greeting", "empty", "player"]) {
    element(id).hidden = id !== part;
  }
}

/** The stream the address names, at its moment, else one that is live, else the first. */
function selectFirst() {
  const query = new URLSearchParams(location.search);
  const name = query.get("stream");
  const seconds = Number(query.get("t"));
  const named = streams.find((one) => one.path === name || `${one.app}/${one.name}` === name);
  const first = named ?? streams.find((one) => one.live) ?? streams[0];
  showPart("player");
  setZoom(document.querySelector(`[data-zoom="${now() - first.from < SHORT_SECONDS ? 600 : 3600}"]`));
  select(first, named && query.has("t") && Number.isFinite(seconds) ? seconds : null);
  if (name !== null && !named) {
    tell("notice", `There is no stream “${name}” here.`);
  }
}

/** Asks for what the time bar shows, and as much on either side, now and then. */
async function refreshRecording() {
  const { from, to } = bar.window;
  const length = to - from;
  const restMillis = Math.min(Math.max(length / 720, 5), 60) * 1000;
  const covered = recordingAsked.from <= from && recordingAsked.to >= to - restMillis / 1000 - 1;
  if (covered && Date.now() - recordingAsked.at < restMillis) {
    return;
  }
  const asked = stream;
  recordingAsked = { from: Math.max(from - length, 0), to: Math.min(to + length, now()), at: Date.now() };
  try {
    const answer = await api.recording(asked, recordingAsked.from, recordingAsked.to);
    if (asked === stream) {
      recording = answer;
      draw();
    }
  } catch {
    // The list of streams, asked for more often, tells that the server is away; the bar keeps what it knows.
  }
}

function draw() {
  const moment = current();
  page.dataset.mode = playback.mode;
  page.dataset.state = stream === null ? "idle" : target === null ? playback.state : "loading";
  page.dataset.stream = stream?.path ?? "";
  page.dataset.utc = moment === null ? "" : moment.toFixed(2);
  if (stream === null) {
    return;
  }
  const shown = moment ?? end();
  const live = playback.mode === "live";
  element("clock").textContent = dateAndClock(shown);
  element("clock").dateTime = new Date(shown * 1000).toISOString();
  element("zone").textContent = zone(shown);
  element("when-zone").textContent = `(${zone(shown)})`;
  element("badge").textContent = live ? (playback.paused ? "Paused" : "Live") : "Recorded";
  element("pause").textContent = playback.paused ? "Play" : "Pause";
  element("live").setAttribute("aria-pressed", String(live));
  element("live").disabled = !stream.live;
  element("mute").textContent = video.muted ? "Sound on" : "Mute";
  if (document.activeElement !== element("when") && !isWhenTyped) {
    element("when").value = toField(shown);
  }
  bar.show(stream, recording, moment ?? (live ? end() : null));
  refreshRecording();
}

async function share() {
  const address = api.shareAddress(stream, current() ?? end());
  const said = (await copied(address)) ? "The link to this moment is copied." : `The link to this moment: ${address}`;
  tell("notice", said);
}

/** The clipboard is there for secure pages only; elsewhere the old command does it. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "offscreen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    element("share").focus();
    return done;
  }
}

function togglePause() {
  if (playback.paused) {
    playback.resume();
  } else {
    playback.pause();
  }
  draw();
}

function toggleFullScreen() {
  if (document.fullscreenElement) {
    document.exitFullscreen();
  } else {
    document.querySelector(".screen").requestFullscreen();
  }
}

function setZoom(button) {
  bar.setZoom(button.dataset.zoom === "all" ? Infinity : Number(button.dataset.zoom));
  for (const one of document.querySelectorAll("[data-zoom]")) {
    one.setAttribute("aria-pressed", String(one === button));
  }
  draw();
}

function onClick(id, action) {
  element(id).addEventListener("click", action);
}

onClick("back", () => goTo((current() ?? end()) - STEP_SECONDS));
onClick("forward", () => goTo((current() ?? end()) + STEP_SECONDS));
onClick("pause", togglePause);
onClick("video", togglePause);
onClick("live", goLive);
onClick("mute", () => {
  video.muted = !video.muted;
});
onClick("full", toggleFullScreen);
onClick("share", share);
video.addEventListener("volumechange", draw);
document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => setZoom(button)));
element("go").addEventListener("submit", (event) => {
  event.preventDefault();
  const moment = fromField(element("when").value);
  if (moment !== null) {
    isWhenTyped = false;
    goTo(moment);
  }
});
element("when").addEventListener("input", () => {
  isWhenTyped = true;
});
element("full").hidden = !document.fullscreenEnabled;
element("example").textContent = `ffmpeg -re -i film.mp4 -c copy -f flv rtmp://${location.hostname}/live/camera`;
setInterval(draw, DRAW_MILLIS);
setInterval(refreshCluster, CLUSTER_MILLIS);
new ResizeObserver(() => lastCluster && map.show(lastCluster, stream)).observe(element("map").parentElement);
refreshCluster();
refreshStreams();
