/* The hour, the area and the view in the page's address, so that a link and the button back lead to them. */
yihui.address = (map) => {
  const SETTLED_MS = 400;  // a hand on the slider is one step back, not one for each hour
  let written = "", waiting = 0;

  const state = () => {
    const { lat, lng } = map.getCenter();
    const view = [map.getZoom().toFixed(2), lat.toFixed(4), lng.toFixed(4)].map(Number).join("/");
    return `#${new URLSearchParams({ hour: yihui.clock.hour, area: yihui.place.area })}&map=${view}`;
  };
  const subject = (fragment) => fragment.split("&map=")[0];
  const write = () => {
    const now = state();
    if (now === written) return;
    const isNew = subject(now) !== subject(written);  // else only the view is another
    written = now;
    if (isNew) location.hash = now;
    else location.replace(now);
  };
  const settle = () => {
    clearTimeout(waiting);
    waiting = setTimeout(write, SETTLED_MS);
  };

  const restore = () => {
    if (location.hash === written) return;
    const asked = new URLSearchParams(location.hash.slice(1)), view = (asked.get("map") ?? "").split("/").map(Number);
    const hour = Number(asked.get("hour") ?? NaN), area = asked.get("area");
    if (area !== null && yihui.place.area !== area && yihui.place.knows(area)) yihui.place.set(area);
    if (Number.isInteger(hour) && hour >= 0 && hour < 168) yihui.clock.set(hour);
    if (view.length === 3 && view.every(Number.isFinite)) map.setView(view.slice(1), view[0], { animate: false });
    clearTimeout(waiting);
    written = location.hash;
  };

  if (window.top !== window) return;  // inside of another page nobody sees the address
  restore();
  if (!written) location.replace(written = state());
  window.addEventListener("hashchange", restore);
  map.on("moveend", settle);
  for (const one of [yihui.clock, yihui.place]) one.follow(settle);
};
