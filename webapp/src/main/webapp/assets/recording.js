/** Questions about what is recorded, answered from ordered `ranges` and `holes` as api.js gives them. */

/** A moment closer than this to the end of a range would show nothing before the range is over. */
const LEAST_SECONDS = 0.5;

export const EMPTY = { ranges: [], holes: [] };

/** The moment itself where it is recorded, else the start of the next range, else null. */
export function nextRecorded({ ranges }, moment) {
  const range = ranges.find(({ to }) => to - LEAST_SECONDS > moment);
  return range ? Math.max(range.from, moment) : null;
}

export const holeAt = ({ holes }, moment) => holes.find(({ from, to }) => from <= moment && moment < to) ?? null;

/** The range that a moment is in, which one server gives; null where it is missing. */
export const rangeAt = ({ ranges }, moment) => ranges.find(({ from, to }) => from <= moment && moment < to) ?? null;

/** Why a hole is one, with the servers that might have filled it. */
export const reasonOf = ({ reason, servers }) =>
  servers?.length ? `${reason} – ${servers.map(({ server, why }) => `${server}: ${why}`).join(", ")}` : reason;

/**
 * Joins neighbours of one server that are closer than `seconds`, which would be drawn as one anyway, and what is shorter than
 * that with any neighbour.
 */
export function joined(spans, seconds) {
  const result = [];
  for (const span of spans) {
    const last = result.at(-1);
    const isAlike = last && (span.server === last.server || span.to - span.from < seconds);
    if (isAlike && span.from - last.to < seconds) {
      last.to = Math.max(last.to, span.to);
    } else {
      result.push({ ...span });
    }
  }
  return result;
}
