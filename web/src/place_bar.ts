/** Next and previous place, under the thumb, once there is one to go back from; also by the arrow keys. */
import type { RiderPage } from "./page";
import { translate } from "./translation";

export function startBar(page: RiderPage): void {
  const bar = document.getElementById("bar");
  const which = document.getElementById("which");
  if (!bar || !which) return;
  const cards = () => [...page.answer.querySelectorAll<HTMLElement>(".card")];

  const show = (): void => {
    const all = cards();
    const [, second] = all;
    bar.hidden = !second || second.getBoundingClientRect().top > barTop();
    const number = page.selected ? all.indexOf(page.selected) + 1 : 0;
    which.textContent = number ? translate("{number} of {count}", { number, count: all.length }) : translate("{count} in all", { count: all.length });
  };
  const step = (by: number): void => {
    const all = cards();
    const at = page.selected ? all.indexOf(page.selected) : by > 0 ? -1 : all.length;
    const card = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (card) page.select(card.dataset.id ?? "");
  };

  document.getElementById("previous")?.addEventListener("click", () => step(-1));
  document.getElementById("next")?.addEventListener("click", () => step(1));
  document.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isTakenBy(event.target)) return;
    event.preventDefault();
    step(by);
  });
  addEventListener("scroll", show, { passive: true });
  addEventListener("resize", show);
  page.onAnswer(show);
  page.onSelect(show);
  show();
}

/** Where the bar begins, shown or not, in px: as web/src/css/rider.css makes it. */
function barTop(): number {
  return innerHeight - 16 - 3.125 * parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** Fields and the map have arrow keys of their own. */
function isTakenBy(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, select, textarea, #map, [role=dialog]") !== null;
}
