/** Civil time, eight hours ahead of UTC: instants are seconds, UTC. */
import { translate } from "../translation";

const OFFSET_S = 8 * 3600;
const ISO_DAY = /\b20\d\d-\d\d-\d\d\b/g;

/** 2026-11-20 */
export function formatCivilDate(instant: number): string {
  return new Date((instant + OFFSET_S) * 1000).toISOString().slice(0, 10);
}

/** The midnight after an instant. */
export function computeDayEnd(instant: number): number {
  return (Math.floor((instant + OFFSET_S) / 86_400) + 1) * 86_400 - OFFSET_S;
}

/** 10:00 */
export function formatCivilTime(instant: number): string {
  return new Date((instant + OFFSET_S) * 1000).toISOString().slice(11, 16);
}

/** The time alone on the day of an instant, else with its date, 2026-11-20 10:00. */
export function formatReportTime(instant: number, now: number | null): string {
  const [day, time] = [formatCivilDate(instant), formatCivilTime(instant)];
  return now !== null && day === formatCivilDate(now) ? time : `${day} ${time}`;
}

/** With its day, whatever day it is. */
export function formatMinute(instant: number, now: number): string {
  return `${formatDay(formatCivilDate(instant), formatCivilDate(now))} ${formatCivilTime(instant)}`;
}

/** As one says it: the time alone today, “tomorrow”, or the day with its weekday. */
export function formatClock(instant: number, at: number, today?: string): string {
  return clockText(formatCivilDate(instant), formatCivilTime(instant), at, today);
}

/** The same of what ends then: at midnight with its own day, at 24:00. */
export function formatEnd(instant: number, at: number, today?: string): string {
  if (formatCivilTime(instant) !== "00:00") return formatClock(instant, at, today);
  return clockText(formatCivilDate(instant - 60), "24:00", at, today);
}

/** Read on another day than that of `at`, each time has its day. */
function clockText(day: string, time: string, at: number, today = formatCivilDate(at)): string {
  if (today === formatCivilDate(at)) {
    if (day === today) return time;
    if (day === formatCivilDate(at + 86_400)) return translate("tomorrow {time}", { time });
  }
  const withWeekday = translate("{weekday} {day}", { weekday: weekdayText(day), day: formatDay(day, today) });
  return `${withWeekday} ${time}`;
}

function weekdayText(day: string): string {
  const names = [translate("Sun"), translate("Mon"), translate("Tue"), translate("Wed"), translate("Thu"), translate("Fri"), translate("Sat")];
  return names[new Date(day).getUTCDay()] as string;
}

/** A sentence that programs read too with its days as people say them. */
export function shortenDays(text: string, today: string): string {
  return text.replace(ISO_DAY, (day) => formatDay(day, today));
}

/** A day as 2026-11-30, without a year that is today's. */
export function formatDay(day: string, today: string): string {
  const [year = "", month, date] = day.split("-").map((part) => String(Number(part)));
  if (today.startsWith(year)) return translate("{month}/{day}", { month: month ?? "", day: date ?? "" });
  return translate("{month}/{day}/{year}", { year, month: month ?? "", day: date ?? "" });
}

export function isTomorrow(instant: number, now: number): boolean {
  return formatCivilDate(instant) === formatCivilDate(now + 86_400);
}
