/** Where the phone is: asked for by a tap, after the reason was given. What comes late replaces nothing. */
import { readFilters } from "./form";
import type { RiderPage } from "./page";
import { translate } from "./translation";

const SLOW_MS = 3000;
const GIVE_UP_MS = 20000;
const GOOD_M = 50;

export function startPositioning(page: RiderPage): void {
  const box = document.getElementById("locate");
  const button = box?.querySelector("button");
  const form = document.getElementById("ask");
  if (!box || !button || !(form instanceof HTMLFormElement) || !navigator.geolocation) return;
  box.hidden = false;
  button.addEventListener("click", () => {
    box.dataset.used = ""; // the reason was read
    new PositionSearch(page, form, button).begin();
  });
}

/** One tap's search. Its own questions count; after any other one it ends in silence. */
class PositionSearch {
  private watch = 0;
  private timers: number[] = [];
  private asked: number;
  private best = Infinity;

  constructor(
    private readonly page: RiderPage,
    private readonly form: HTMLFormElement,
    private readonly button: HTMLButtonElement,
  ) {
    this.asked = page.questionCount;
  }

  begin(): void {
    this.page.showMessage(translate("Asking your phone where it is …"));
    this.button.disabled = true;
    this.timers = [setTimeout(() => this.slow(), SLOW_MS), setTimeout(() => this.giveUp(), GIVE_UP_MS)];
    const options = { enableHighAccuracy: true, timeout: GIVE_UP_MS, maximumAge: 30000 };
    this.watch = navigator.geolocation.watchPosition(
      (position) => this.found(position.coords),
      (error) => this.failed(error),
      options,
    );
  }

  private get isOvertaken(): boolean {
    return this.page.questionCount !== this.asked;
  }

  private found(coords: GeolocationCoordinates): void {
    if (this.isOvertaken) return this.end();
    if (coords.accuracy > this.best / 2) return;
    const isFirst = this.best === Infinity;
    this.best = coords.accuracy;
    const question = readFilters(this.form);
    // Four digits are 11 m: near enough to walk there, and no more of the person than that.
    question.set("lon", coords.longitude.toFixed(4));
    question.set("lat", coords.latitude.toFixed(4));
    question.set("datum", "wgs84");
    question.set("accuracy", String(Math.round(coords.accuracy)));
    if (isFirst) document.getElementById("filters")?.removeAttribute("open"); // nobody would see the answer below it
    void this.page.ask(question, isFirst ? { top: 0 } : { push: false, again: true });
    this.asked = this.page.questionCount;
    if (this.best <= GOOD_M) this.end();
  }

  private failed(error: GeolocationPositionError): void {
    if (this.best < Infinity) return;
    this.end();
    if (this.isOvertaken) return;
    this.page.showMessage(
      error.code === error.PERMISSION_DENIED
        ? translate("Your phone does not tell where it is. Say where you are: search a name, choose a district, or tap on the map.")
        : translate("Your phone can't find where it is. Say where you are: search a name, choose a district, or tap on the map."),
    );
    this.byHand();
  }

  private slow(): void {
    if (this.best < Infinity || this.isOvertaken) return;
    this.page.showMessage(translate("Your phone is still looking. You need not wait: search a name, choose a district, or tap on the map."));
    this.byHand(false);
  }

  private giveUp(): void {
    if (this.best === Infinity && !this.isOvertaken) this.page.showMessage(translate("Your phone can't find where it is. Say where you are: search a name, choose a district, or tap on the map."));
    this.end();
  }

  private byHand(focus = true): void {
    const details = document.getElementById("by-hand");
    if (details instanceof HTMLDetailsElement) details.open = true;
    if (focus) document.getElementById("q")?.focus();
  }

  private end(): void {
    navigator.geolocation.clearWatch(this.watch);
    this.best = 0; // nothing is better: what comes on its way still moves no list under the rider's eyes
    this.timers.forEach(clearTimeout);
    this.button.disabled = false;
  }
}
