/** Where the member is: asked for by a tap, put into the form's address, and rounded to four digits (11 m). */
const GIVE_UP_MS = 20000;

function start(): void {
  const form = document.getElementById("where");
  const box = document.getElementById("locate");
  const told = document.getElementById("told");
  const button = box?.querySelector("button");
  if (!(form instanceof HTMLFormElement) || !box || !told || !button || !navigator.geolocation) return;
  box.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    told.textContent = told.dataset.waits ?? "";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => open(form, coords),
      () => {
        button.disabled = false;
        told.textContent = told.dataset.failed ?? "";
      },
      { enableHighAccuracy: true, timeout: GIVE_UP_MS, maximumAge: 30000 },
    );
  });
}

function open(form: HTMLFormElement, coords: GeolocationCoordinates): void {
  const travel = new FormData(form).get("travel");
  const where = new URLSearchParams({
    lon: coords.longitude.toFixed(4),
    lat: coords.latitude.toFixed(4),
    datum: "wgs84",
    accuracy: String(Math.min(100000, Math.round(coords.accuracy))),
    travel: typeof travel === "string" ? travel : "ebike",
  });
  location.assign(`${form.action}?${where.toString()}#found`);
}

start();
