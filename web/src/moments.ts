/** The time that a question is about: Beijing's, as the browser's field writes it, or an instant with its offset. */
const OFFSET_MS = 8 * 3_600_000;

/** As an instant; before its time stands a T or a space, and a bare + in an address arrives as a space. */
export function withOffset(at: string): string {
  const spaced = at.replace(/^(\d{4}-\d\d-\d\d) +(?=\d\d:)/, "$1T");
  const instant = spaced.replace(/(:[\d.]+) \+?(\d\d:?\d\d)$/, "$1+$2").replace(/ +(?=(-\d\d:?\d\d|Z)$)/, "");
  return /T[\d:.]+$/.test(instant) ? `${instant}+08:00` : instant;
}

/** As the browser's field takes it; empty where it makes no sense. */
export function toFieldValue(at: string): string {
  const moment = Date.parse(withOffset(at));
  return Number.isNaN(moment) ? "" : new Date(moment + OFFSET_MS).toISOString().slice(0, 16);
}
