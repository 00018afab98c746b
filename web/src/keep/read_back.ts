/** Reads back what is understood of special dates while they are written. */

const AFTER_MS = 400;
let waiting = 0;
let asked = 0;

export function startReadBack(): void {
  const look = (event: Event): void => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>(".days form");
    if (!form) return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void ask(form), AFTER_MS);
  };
  document.addEventListener("input", look);
  document.addEventListener("change", look);
}

async function ask(form: HTMLFormElement): Promise<void> {
  const place = form.querySelector<HTMLElement>("#read-back");
  const sent = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
  if (!place) return;
  const number = ++asked; // whatever is still on its way answers an older question
  if (!sent.get("hours")?.trim()) {
    place.replaceChildren();
    return;
  }
  const language = new URLSearchParams(location.search).get("lang");
  if (language) sent.set("lang", language);
  try {
    const answer = await fetch(`/keep/hours?${sent}`);
    const html = await answer.text();
    if (!answer.ok || number !== asked) return;
    place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  } catch {
    if (number === asked) place.replaceChildren(); // it is checked again when it is sent
  }
}
