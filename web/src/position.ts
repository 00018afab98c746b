/** Fills in where the phone is. */

export function start(): void {
  const box = document.getElementById("locate");
  const button = box?.querySelector("button");
  const told = box?.querySelector(".told");
  const district = document.getElementById("district");
  if (!box || !button || !told || !navigator.geolocation) return;
  box.hidden = false;

  button.addEventListener("click", () => {
    told.textContent = box.dataset.asking ?? "";
    button.disabled = true;
    const options = { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 };
    navigator.geolocation.getCurrentPosition(found, refused, options);
  });

  function found(position: GeolocationPosition): void {
    // Four digits are 11 m: near enough to walk there, and no more of the person than that.
    fill("lon", position.coords.longitude.toFixed(4));
    fill("lat", position.coords.latitude.toFixed(4));
    fill("datum", "wgs84");
    fill("district", "");
    button?.form?.submit();
  }

  function refused(): void {
    if (button) button.disabled = false;
    if (told) told.textContent = box?.dataset.refused ?? "";
    district?.focus();
  }
}

function fill(id: string, value: string): void {
  const field = document.getElementById(id) as HTMLInputElement | HTMLSelectElement | null;
  if (field) field.value = value;
}
