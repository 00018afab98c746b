/** Doors that the rider has found locked today: on her phone their cards say so, and come last. Nobody else hears of it. */
import { formatCivilDate, formatCivilTime } from "../offline/time";
import { readSetting, storeSetting } from "../settings";
import { translate } from "../translation";
import type { PhoneReport } from "./phone_reports";

/** Remember a report on a door; whoever finds it open later has the last word. */
export function noteDoor({ station, body, tapped }: PhoneReport): void {
  const doors = readDoors();
  if (body.observation === "locked") doors.set(station, tapped);
  else if (["fine", "crowded"].includes(body.observation)) doors.delete(station);
  storeDoors(doors);
}

/** Forget what was said of a door, since it was not sent. */
export function forgetDoor(station: string): void {
  const doors = readDoors();
  doors.delete(station);
  storeDoors(doors);
}

/** Say on each card what was found there. */
export function markLockedDoors(answer: HTMLElement): void {
  for (const [station, tapped] of readDoors()) {
    const card = cardOf(answer, station);
    const opening = card?.querySelector("[data-of=opening]");
    if (!card || !opening) continue;
    opening.textContent = translate("You have just reported: door locked ({time})", { time: formatCivilTime(tapped / 1000) });
    card.dataset.state = "unknown";
  }
}

/** Put these cards behind the others. */
export function putLockedDoorsLast(answer: HTMLElement): void {
  for (const station of readDoors().keys()) {
    const card = cardOf(answer, station);
    card?.parentElement?.append(card);
  }
}

function cardOf(answer: HTMLElement, station: string): HTMLElement | null {
  return answer.querySelector(`.card[data-id="${CSS.escape(station)}"]`);
}

/** By station, when its door was found locked, in ms; of today alone. */
function readDoors(): Map<string, number> {
  const today = formatCivilDate(Date.now() / 1000);
  const stored = JSON.parse(readSetting("locked") || "[]") as [string, number][];
  return new Map(stored.filter(([, tapped]) => formatCivilDate(tapped / 1000) === today));
}

function storeDoors(doors: Map<string, number>): void {
  storeSetting("locked", JSON.stringify([...doors]));
}
