/** The form asks without loading the page anew; what is needed acts at once. */
import { readPlace, readQuestion, countChosenFilters, fillForm, readFilters, withPlaceOf } from "./form";
import type { RiderPage } from "./page";
import { translate } from "./translation";

/** Answers that are looked at next: the fields make room for them. */
const FOLDING = ["answered", "choosing"];
const LISTING = ["answered", "far"];

export function startForm(page: RiderPage): void {
  const form = document.getElementById("ask");
  const filters = document.getElementById("filters");
  if (!(form instanceof HTMLFormElement) || !filters) return;

  let seen = -1; // which question's answer is gone to
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    if (button?.closest("#see") && LISTING.includes(page.answer.dataset.state ?? "")) return see();
    if (button?.name === "by" && !isTyping("to_q")) void askFor(wayOf(button));
    else void page.ask(again()).then(() => button?.closest("#see") && askWhere());
  });
  for (const id of ["q", "to_q"]) suggestOnceTyping(id);
  filters.addEventListener("change", () => {
    showCount();
    if (page.answer.dataset.state !== "asking") void page.ask(again());
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("#answer a[href^='/?']:not([data-of=share])") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const isMoreOfIt = ["further", "farther"].includes(link.dataset.of ?? "") && !new URL(link.href).searchParams.has("offset");
    void page.ask(new URL(link.href).searchParams, isMoreOfIt ? { isMore: true } : { top: 0 });
  });
  page.onAnswer((section, isAgain) => {
    if (!isAgain) fit(section); // nobody loses what is being typed to an answer that comes by itself
    showCount();
    tellResults(section);
    const isLost = seen === page.questionCount && document.activeElement === document.body; // what had the focus is gone
    if (isLost) document.getElementById("found")?.focus({ preventScroll: true });
    keepLanguage(page.question());
    keepTitle(page.question(), section);
    // Below the open fields nobody would see it.
    if (section.dataset.asks) page.showMessage(section.dataset.asks);
    if (section.dataset.state === "far") page.showMessage(section.querySelector(".notice")?.textContent ?? "");
  });

  tellResults(page.answer);

  /** Ask about what the fields name; where a need was typed (厕所), it is looked for at the place that was asked about. */
  async function askFor(way: string): Promise<void> {
    const place = readPlace(page.question(), form as HTMLFormElement);
    await page.ask(readQuestion(way, form as HTMLFormElement), { top: 0 });
    const isPlaceless = way === "q" && page.answer.dataset.state === "asking";
    if (!isPlaceless) return;
    if ([...place].length) await page.ask(new URLSearchParams([...place, ...page.question()]), { replaces: true });
    else offerDistrict();
  }

  /** Who names what she needs chooses a district first: the one answer that needs no typing. */
  function offerDistrict(): void {
    const district = document.getElementById("by-district");
    document.getElementById("by-words")?.before(district ?? "");
    district?.querySelector("select")?.focus();
  }

  /** What suggests places is loaded when a field is first gone to. */
  function suggestOnceTyping(id: string): void {
    const field = document.getElementById(id);
    if (!(field instanceof HTMLInputElement)) return;
    field.addEventListener(
      "focus",
      () => void import("./suggestions").then(({ suggestPlaces }) => suggestPlaces(page, form as HTMLFormElement, field)),
      { once: true },
    );
  }

  /** The fields say what was asked, and make room for what is looked at next. */
  function fit(section: HTMLElement): void {
    fillForm(form as HTMLFormElement, page.question());
    const byHand = document.getElementById("by-hand");
    if (byHand instanceof HTMLDetailsElement) byHand.open = !FOLDING.includes(section.dataset.state ?? "");
  }

  /** The list, in place of what may be chosen; while an answer is on its way, the list before it. */
  function see(): void {
    seen = page.questionCount;
    filters?.removeAttribute("open");
    const found = document.getElementById("found");
    found?.focus({ preventScroll: true });
    found?.scrollIntoView({ block: "start" });
  }

  /** Who asks for places without a place is asked where, also where nothing was chosen. */
  function askWhere(): void {
    if (page.answer.dataset.state !== "asking") return;
    page.showMessage(page.answer.dataset.asks ?? translate("Where do you need it?"));
    document.getElementById("told")?.scrollIntoView({ block: "center" });
  }

  function showCount(): void {
    const chosen = document.getElementById("chosen");
    if (chosen) chosen.textContent = String(countChosenFilters(form as HTMLFormElement) || "");
  }

  function again(): URLSearchParams {
    return withPlaceOf(page.question(), readFilters(form as HTMLFormElement));
  }
}

/** Under all that may be chosen: how many places that leaves, and the way there. */
function tellResults(section: HTMLElement): void {
  const button = document.querySelector("#see button");
  if (!button) return;
  const count = section.querySelectorAll(".card").length;
  if (!LISTING.includes(section.dataset.state ?? "")) button.textContent = translate("Find places");
  else button.textContent = count ? translate("See places: {count}", { count }) : translate("Nothing will do: see why");
}

function isTyping(name: string): boolean {
  return document.activeElement instanceof HTMLInputElement && document.activeElement.name === name;
}

/** Enter in a field presses the form's first button, which may be another field's. */
function wayOf(button: HTMLButtonElement): string {
  const typed = document.activeElement;
  if (typed instanceof HTMLInputElement && (typed.name === "lon" || typed.name === "lat")) return "point";
  if (typed instanceof HTMLInputElement && typed.name === "q") return "q";
  return button.value;
}

/** A tab of one place is named after it, any other after the page. */
function keepTitle(question: URLSearchParams, section: HTMLElement): void {
  const [place, whole] = [section.querySelector("#found"), document.querySelector("h1 > span")];
  document.title = `${(question.has("station") && place ? place : whole)?.textContent} · 驿惠`;
}

/** The other language asks the same. */
function keepLanguage(question: URLSearchParams): void {
  const link = document.getElementById("language");
  if (!(link instanceof HTMLAnchorElement)) return;
  const other = new URLSearchParams(question);
  other.set("lang", link.lang === "en" ? "en" : "zh");
  link.href = `/?${other}`;
}
