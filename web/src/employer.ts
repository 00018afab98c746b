/**
 * Where somebody works: asked once and kept by this phone alone. The site is told it as the filter of a question; the
 * address bar, which people share, never holds it.
 */
import type { RiderPage } from "./page";
import { readSetting, storeSetting } from "./settings";
import { translate } from "./translation";

const PAUSE_MS = 200; // of typing

export function startEmployer(page: RiderPage): void {
  const field = document.getElementById("employer");
  const list = document.getElementById("employers");
  if (!(field instanceof HTMLInputElement) || !list) return;
  field.value = readSetting("employer");
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void suggest().catch(() => undefined), PAUSE_MS); // without a network there is no list
  });
  field.addEventListener("change", (event) => {
    event.stopPropagation(); // the form would ask before the name is known
    void choose();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // Enter would press the form's first button
    field.blur();
  });
  if (field.value && page.answer.dataset.state === "answered") askAgain();

  async function suggest(): Promise<string[]> {
    const typed = (field as HTMLInputElement).value.trim();
    const response = await fetch(`/employers?${new URLSearchParams({ q: typed })}`);
    const names = response.ok ? ((await response.json()) as string[]) : [];
    list?.replaceChildren(...names.map((name) => new Option(name, name)));
    return names;
  }

  /** The one name that is meant, as the register writes it. */
  async function choose(): Promise<void> {
    const names = await suggest().catch(() => null);
    const own = field as HTMLInputElement;
    const typed = own.value.trim();
    if (typed && names && names.length !== 1 && !names.includes(typed)) return page.showMessage(tellUnlisted(typed, names.length));
    if (names?.length === 1 && names[0]) own.value = names[0];
    page.showMessage("");
    storeSetting("employer", own.value.trim());
    askAgain();
  }

  function askAgain(): void {
    if (page.answer.dataset.state !== "asking") void page.ask(page.question(), { push: false, again: true });
  }
}

function tellUnlisted(name: string, count: number): string {
  if (count) return translate("Several employers have “{name}” in their names: type more of yours, or choose it from the list.", { name });
  return translate("The register has no place for the staff of “{name}” alone. Type part of the name, and choose one from the list.", { name });
}

/** The question as the site is asked it. */
export function withEmployer(question: URLSearchParams): URLSearchParams {
  const employer = readSetting("employer");
  return employer ? new URLSearchParams([...question, ["employer", employer]]) : question;
}
