/** Civil time, eight hours ahead of UTC: instants are seconds, UTC. */
import { say } from "../words";

const OFFSET_S = 8 * 3600;

/** 2026-11-20 */
export function civilDate(instant: number): string {
  return new Date((instant + OFFSET_S) * 1000).toISOString().slice(0, 10);
}

/** 10:00 */
export function civilTime(instant: number): string {
  return new Date((instant + OFFSET_S) * 1000).toISOString().slice(11, 16);
}

/** 2026-11-20 10:00 */
export function civilMinute(instant: number): string {
  return `${civilDate(instant)} ${civilTime(instant)}`;
}

/** The time alone today, else with its date. */
export function whenSaid(instant: number, now: number): string {
  return civilDate(instant) === civilDate(now) ? civilTime(instant) : civilMinute(instant);
}

/** As one says it: the time alone today, “tomorrow”, or the date. */
export function clock(instant: number, at: number): string {
  if (civilDate(instant) === civilDate(at)) return civilTime(instant);
  if (isTomorrow(instant, at)) return say("tomorrow {time}", { time: civilTime(instant) });
  return civilMinute(instant);
}

export function isTomorrow(instant: number, now: number): boolean {
  return civilDate(instant) === civilDate(now + 86_400);
}
