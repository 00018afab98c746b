/** The form asks without loading the page anew; what is needed acts at once. */
import { by, count, fill, needs, withPlaceOf } from "./form";
import type { RiderPage } from "./page";

/** Answers that are looked at next: the fields make room for them. */
const FOLDING = ["answered", "choosing"];

export function start(page: RiderPage): void {
  const form = document.getElementById("ask");
  const filters = document.getElementById("filters");
  if (!(form instanceof HTMLFormElement) || !filters) return;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    void page.ask(button?.name === "by" && !isTyping("to_q") ? by(wayOf(button), form) : again());
  });
  filters.addEventListener("change", () => {
    showCount();
    if (page.answer.dataset.state !== "asking") void page.ask(again());
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("#answer a[href^='/?']:not([data-of=share])") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void page.ask(new URL(link.href).searchParams);
  });
  page.onAnswer((section) => {
    fill(form, page.question());
    showCount();
    keepLanguage(page.question());
    // Below the open fields nobody would see it.
    if (section.dataset.state === "far") page.tell(section.querySelector(".notice")?.textContent ?? "");
    const byHand = document.getElementById("by-hand");
    if (byHand instanceof HTMLDetailsElement) byHand.open = !FOLDING.includes(section.dataset.state ?? "");
  });

  function showCount(): void {
    const chosen = document.getElementById("chosen");
    if (chosen) chosen.textContent = String(count(form as HTMLFormElement) || "");
  }

  function again(): URLSearchParams {
    return withPlaceOf(page.question(), needs(form as HTMLFormElement));
  }
}

function isTyping(name: string): boolean {
  return document.activeElement instanceof HTMLInputElement && document.activeElement.name === name;
}

/** Enter in a field presses the form's first button, which may be another field's. */
function wayOf(button: HTMLButtonElement): string {
  const typed = document.activeElement;
  if (typed instanceof HTMLInputElement && (typed.name === "lon" || typed.name === "lat")) return "point";
  return button.value;
}

/** The other language asks the same. */
function keepLanguage(question: URLSearchParams): void {
  const link = document.getElementById("language");
  if (!(link instanceof HTMLAnchorElement)) return;
  const other = new URLSearchParams(question);
  other.set("lang", link.lang === "en" ? "en" : "zh");
  link.href = `/?${other}`;
}
