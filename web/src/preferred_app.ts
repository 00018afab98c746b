/**
 * The big way-finding button of a card belongs to the map app that was used last; the phone alone knows which.
 * A `geo:` link names no app: who tried it once keeps her button.
 */
import { storeSetting, readSetting } from "./settings";
import type { RiderPage } from "./page";

export function startPreferringApp(page: RiderPage): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>("a[data-app]") : null;
    const app = link?.dataset.app;
    if (!app || app === "geo") return;
    storeSetting("app", app);
    setTimeout(() => preferApp(page.answer, app)); // after the browser has followed the link
  });
  const show = (): void => preferApp(page.answer, readSetting("app"));
  page.onAnswer(show);
  show();
}

/** Each card's big button changes places with the link to this app. */
function preferApp(answer: HTMLElement, app: string): void {
  for (const card of answer.querySelectorAll(".card")) {
    const big = card.querySelector<HTMLAnchorElement>("a.go");
    const other = card.querySelector<HTMLAnchorElement>(`.apps a[data-app="${CSS.escape(app)}"]`);
    if (big && other) exchangeLinks(big, other);
  }
}

function exchangeLinks(one: HTMLAnchorElement, other: HTMLAnchorElement): void {
  for (const name of ["data-app", "href", "target"]) {
    const [here, there] = [one.getAttribute(name), other.getAttribute(name)];
    put(one, name, there);
    put(other, name, here);
  }
  const [here, there] = [one.querySelector(".by"), other.querySelector(".by")];
  if (here && there) [here.textContent, there.textContent] = [there.textContent, here.textContent];
}

function put(link: HTMLAnchorElement, name: string, value: string | null): void {
  if (value === null) link.removeAttribute(name);
  else link.setAttribute(name, value);
}
