/** Roughly where the page was last, which the phone alone keeps: what is searched by words is looked for there first. */
import { storeSetting, readSetting } from "./settings";
import type { RiderPage } from "./page";

const DIGITS = 2; // of a degree: 1 km, and no more of the person than that in an address
const STORED_DIGITS = 1; // a town

export function startKeepingTown(page: RiderPage): void {
  const field = document.querySelector<HTMLInputElement>("#ask input[name=near]");
  if (!field) return;
  const note = ({ dataset: { near, lon, lat } }: HTMLElement): void => {
    const town = lon && lat ? [lon, lat].map((degrees) => Number(degrees).toFixed(DIGITS)).join(",") : near;
    if (town) storeSetting("near", town.split(",").map((degrees) => Number(degrees).toFixed(STORED_DIGITS)).join(","));
    field.value = town || readSetting("near");
  };
  page.onAnswer(note);
  note(page.answer);
}
