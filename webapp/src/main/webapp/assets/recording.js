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

/** Joins neighbours that are closer than `seconds`, which would be drawn as one anyway. */
export function joined(spans, seconds) {
  const result = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last && span.from - last.to < seconds) {
      last.to = Math.max(last.to, span.to);
    } else {
      result.push({ ...span });
    }
  }
  return result;
}
