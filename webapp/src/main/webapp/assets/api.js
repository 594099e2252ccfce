/** What the server is asked for. Addresses are relative to the page; moments and durations are seconds. */

import { now } from "./time.js";

/** How far a playlist of the past reaches, so that an archive of weeks does not come as one list. */
const WINDOW_SECONDS = 2 * 3600;
/** What is loaded ahead of the moment asked for, so that small steps back need no new playlist. */
const LEAD_SECONDS = 40;
const TIMEOUT_MILLIS = 10_000;

async function getJson(address) {
  let response;
  try {
    response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
  } catch (cause) {
    throw new Error("The server does not answer.", { cause });
  }
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

/** `[{app, name, path, live, from, to}]` */
export const streams = () => getJson("streams.json");

/** `{ranges: [{from, to}], holes: [{from, to, reason}]}`, both in order of time. */
export async function recording(stream, from, to) {
  const query = `from=${Math.floor(from)}&to=${Math.ceil(to)}`;
  const [status] = await getJson(`${stream.path}/recording_status.json?${query}`);
  const span = ({ from: start, duration, reason }) => ({ from: start, to: start + duration, reason });
  return { ranges: (status?.ranges ?? []).map(span), holes: (status?.holes ?? []).map(span) };
}

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
