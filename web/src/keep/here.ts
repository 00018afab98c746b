/** Fills in where the phone is: a keeper stands at the door, and has no coordinates to copy. */

import { translate } from "../translation";

const GIVE_UP_MS = 20_000;

export function startHere(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button.here");
    if (button) find(button);
  });
}

function find(button: HTMLButtonElement): void {
  const place = button.nextElementSibling as HTMLElement;
  const finish = (text: string): void => {
    place.textContent = text;
    button.disabled = false;
  };
  button.disabled = true;
  place.textContent = translate("Asking your phone where it is …");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const form = button.form;
      const point = form?.querySelector<HTMLInputElement>("[name=point]");
      if (point) point.value = `${coords.longitude.toFixed(6)},${coords.latitude.toFixed(6)}`;
      form?.querySelector<HTMLInputElement>("[name=datum][value=wgs84]")?.click();
      const metres = String(Math.round(coords.accuracy));
      finish(translate("Filled in, to about {metres} m. Stand at the door; then store it.", { metres }));
    },
    () => finish(translate("Your phone doesn't say where it is: allow it, or copy the place from a map app.")),
    { enableHighAccuracy: true, timeout: GIVE_UP_MS, maximumAge: 0 },
  );
}
