/** Fills in where the phone is: a keeper stands at the door, and has no coordinates to copy. */

import { translate } from "../translation";

const GIVE_UP_MS = 20_000;
const GOOD_M = 50; // a coarser fix would move the station for every rider

export function startHere(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button.here");
    if (button) find(button);
  });
}

function find(button: HTMLButtonElement): void {
  const place = button.nextElementSibling as HTMLElement;
  let best = Infinity;
  const finish = (text: string): void => {
    navigator.geolocation?.clearWatch(watch);
    clearTimeout(timer);
    place.textContent = text;
    button.disabled = false;
  };
  const giveUp = (): void =>
    finish(
      best === Infinity
        ? translate("Your phone doesn't say where it is: allow it, or copy the place from a map app.")
        : translate("Your phone knows where it is to about {metres} m only: go outside and try again, or copy the place from a map app.", { metres: String(best) }),
    );
  let watch = 0;
  const timer = setTimeout(giveUp, GIVE_UP_MS);
  if (!navigator.geolocation) return giveUp();
  button.disabled = true;
  place.textContent = translate("Asking your phone where it is …");
  watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      best = Math.min(best, Math.round(coords.accuracy));
      if (coords.accuracy > GOOD_M) return;
      fillIn(button.form, coords);
      finish(translate("Filled in, to about {metres} m. Stand at the door; then store it.", { metres: String(best) }));
    },
    giveUp,
    { enableHighAccuracy: true, timeout: GIVE_UP_MS, maximumAge: 0 },
  );
}

function fillIn(form: HTMLFormElement | null, coords: GeolocationCoordinates): void {
  const point = form?.querySelector<HTMLInputElement>("[name=point]");
  if (point) point.value = `${coords.longitude.toFixed(6)},${coords.latitude.toFixed(6)}`;
  form?.querySelector<HTMLInputElement>("[name=datum][value=wgs84]")?.click();
}
