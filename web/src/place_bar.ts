/** Next and previous place, under the thumb; also by the arrow keys. */
import type { RiderPage } from "./page";
import { translate } from "./translation";

export function startBar(page: RiderPage): void {
  const bar = document.getElementById("bar");
  const which = document.getElementById("which");
  if (!bar || !which) return;
  const cards = () => [...page.answer.querySelectorAll<HTMLElement>(".card")];

  const show = (): void => {
    const all = cards();
    bar.hidden = all.length < 2;
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
  page.onAnswer(show);
  page.onSelect(show);
  show();
}

/** Fields and the map have arrow keys of their own. */
function isTakenBy(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, select, textarea, #map, [role=dialog]") !== null;
}
