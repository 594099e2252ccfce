/** What the server is asked for. Addresses are relative to the page; moments and durations are seconds. */

import { now, setClock } from "./time.js";

/** How far a playlist of the past reaches, so that an archive of weeks does not come as one list. */
const WINDOW_SECONDS = 2 * 3600;
/** What is loaded ahead of the moment asked for, so that small steps back need no new playlist. */
const LEAD_SECONDS = 40;
/** The server refuses longer windows. */
const LONGEST_SECONDS = 7 * 86_400;
const TIMEOUT_MILLIS = 10_000;

async function getJson(address) {
  let response;
  const asked = Date.now();
  try {
    response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
  } catch (cause) {
    throw new Error("The server does not answer.", { cause });
  }
  setClock(response.headers.get("Date"), asked, Date.now());
  if (!response.ok) {
    throw new Error(sentence(await response.text(), response.status));
  }
  return response.json();
}

/** The server explains itself in one plain sentence; anything else (a proxy's page) is not shown. */
export function sentence(body, status) {
  const plain = (body ?? "").trim();
  const readable = plain !== "" && plain.length < 300 && !plain.startsWith("<");
  return readable ? plain : `The server answered with status ${status}.`;
}

/**
 * `[{app, name, path, live, unreachable, from, to}]`; what has only just begun lasts from now to now. `unreachable` is what is known from
 * before, while no server that has it answers.
 */
export async function streams() {
  const list = await getJson("streams.json");
  return list.map((stream) => ({ unreachable: false, ...stream, from: stream.from ?? now(), to: stream.to ?? now() }));
}

/**
 * `{ranges: [{from, to, server}], holes: [{from, to, reason, servers: [{server, why}]}]}`, both in order of time; `servers` only
 * where some that may fill the hole do not answer.
 */
export async function recording(stream, from, to) {
  const result = { ranges: [], holes: [] };
  const last = Math.max(Math.ceil(to), Math.floor(from) + 1);
  for (let first = Math.floor(from); first < last; first += LONGEST_SECONDS) {
    const query = `from=${first}&to=${Math.min(first + LONGEST_SECONDS, last)}`;
    const [status] = await getJson(`${stream.path}/recording_status.json?${query}`);
    result.ranges.push(...(status?.ranges ?? []).map(span));
    result.holes.push(...(status?.holes ?? []).map(span));
  }
  return result;
}

const span = ({ from, duration, ...more }) => ({ from, to: from + duration, ...more });

/**
 * Who asks whom: `{node, sources: [{address, node, policy, state, why, rtt_millis, current, sources: […]}], troubles: [sentence], cached: [{stream, hits, misses}]}`; `current`
 * is the source in use for that stream, and `cached` is of that one.
 */
export const cluster = (stream) => getJson(`cluster.json${stream ? `?stream=${encodeURIComponent(stream.path)}` : ""}`);

export const liveAddress = (stream) => `${stream.path}/index.m3u8`;

/** A playlist that holds the moment: growing while the stream is live, finite otherwise. */
export function archiveAddress(stream, moment) {
  const from = Math.max(Math.floor(moment) - LEAD_SECONDS, Math.floor(stream.from));
  if (stream.live && now() - from < WINDOW_SECONDS) {
    return `${stream.path}/archive-${from}-now.m3u8`;
  }
  const duration = Math.min(WINDOW_SECONDS, Math.ceil(stream.to) - from);
  return `${stream.path}/archive-${from}-${Math.max(duration, 1)}.m3u8`;
}

export function shareAddress(stream, moment) {
  const name = encodeURIComponent(stream.path).replaceAll("%2F", "/");
  return new URL(`?stream=${name}&t=${Math.floor(moment)}`, location.href).href;
}
