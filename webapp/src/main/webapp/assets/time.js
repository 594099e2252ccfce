/** Moments as people read and write them, in the viewer's time zone. A moment is a number of Unix seconds. */

const two = (number) => String(number).padStart(2, "0");

/** How far the viewer's clock is behind the server's, seconds; what is less than the header's precision does not count. */
let behind = 0;
const PRECISION_SECONDS = 2;

/** Now, by the server's clock: what is recorded goes by it, and a viewer's may be minutes off. */
export const now = () => Date.now() / 1000 + behind;

/** Learns the server's clock from an answer's `Date` header; asked and answered are milliseconds of the viewer's clock. */
export function setClock(date, asked, answered) {
  const server = Date.parse(date ?? "");
  // The header is cut to whole seconds.
  const difference = (server + 500 - (asked + answered) / 2) / 1000;
  if (Number.isFinite(difference) && Math.abs(difference - behind) > PRECISION_SECONDS) {
    behind = Math.abs(difference) > PRECISION_SECONDS ? difference : 0;
  }
}

function date(moment) {
  const day = new Date(moment * 1000);
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export function clock(moment) {
  const day = new Date(moment * 1000);
  return `${two(day.getHours())}:${two(day.getMinutes())}:${two(day.getSeconds())}`;
}

export const dateAndClock = (moment) => `${date(moment)} ${clock(moment)}`;

/** The clock alone for today, with its date for any other day. */
export const spoken = (moment) => (date(moment) === date(now()) ? clock(moment) : dateAndClock(moment));

/** The offset in force at that moment: summer time may begin or end within an archive. */
export function zone(moment) {
  const minutes = -new Date(moment * 1000).getTimezoneOffset();
  const hours = Math.floor(Math.abs(minutes) / 60);
  const offset = `${minutes < 0 ? "−" : "+"}${two(hours)}:${two(Math.abs(minutes) % 60)}`;
  return minutes === 0 ? "UTC" : `UTC${offset}`;
}

/** The form of `<input type="datetime-local">`, and back: null where it holds no date. */
export const toField = (moment) => `${date(moment)}T${clock(moment)}`;

export function fromField(text) {
  const millis = new Date(text).getTime();
  return Number.isNaN(millis) ? null : millis / 1000;
}

const STEPS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000];

/** Round moments of the viewer's clock between two moments, at most `most` of them, each with its label. */
export function ticks(from, to, most) {
  const step = STEPS.find((seconds) => (to - from) / seconds <= most) ?? (to - from) / most;
  const shift = -new Date(from * 1000).getTimezoneOffset() * 60;
  const marks = [];
  for (let moment = Math.ceil((from + shift) / step) * step - shift; moment <= to; moment += step) {
    const isDay = step >= 86400 || clock(moment) === "00:00:00";
    marks.push({ moment, label: isDay ? date(moment) : clock(moment).slice(0, 5) });
  }
  return marks;
}
