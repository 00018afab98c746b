/** Sends what a keeper says or mends without leaving the page: what could not be sent stays in the form. */

import { translate } from "../translation";

const SENT_HERE = ["/keep/say", "/keep/mend"];
const WITHIN_MS = 15_000;
const AGAIN_MS = 1_000;
const WAITS = ".done[data-waits]";
/** Where somebody writes: an act, or a few words beside an answer. */
const WRITTEN = "details[name=act][open], .waiting details[open]";
let busy = false;
let looking = 0;

export function startActs(): void {
  lookAgain();
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!SENT_HERE.includes(new URL(form.action).pathname)) return;
    event.preventDefault();
    void send(form, event.submitter as HTMLButtonElement | null);
  });
}

async function send(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
  if (busy) return;
  busy = true;
  tell(form, translate("Sending …"));
  try {
    const body = content(form, button);
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(WITHIN_MS) });
    if (!show(await answer.text(), answer.url)) tell(form, translate("The site can't take it now. It is still here; try again in a moment."));
  } catch {
    tell(form, 
      translate(
        "No connection: this was not confirmed. It is still here; send it again when you are connected. Twice does no harm.",
      ),
    );
  } finally {
    busy = false;
  }
}

/** Whether an act is on its way. */
export function isSending(): boolean {
  return busy;
}

/** What the form holds, with the button that was pressed. */
function content(form: HTMLFormElement, button: HTMLButtonElement | null): URLSearchParams {
  const sent = new URLSearchParams();
  for (const [name, value] of new FormData(form)) sent.append(name, String(value));
  if (button?.name) sent.append(button.name, button.value);
  return sent;
}

/** Put the answer in place of the page, if it is one, and begin to read where it says what was done or is wrong. */
export function show(html: string, address: string): boolean {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.querySelector("main");
  if (!fresh) return false;
  document.title = page.title;
  document.querySelector("main")?.replaceWith(document.adoptNode(fresh));
  const path = new URL(address);
  if (path.pathname === "/keep") history.replaceState(null, "", path.pathname + path.search);
  const first = [".problems", ".done", "h1"].map((one) => document.querySelector<HTMLElement>(`main ${one}`)).find(Boolean);
  first?.setAttribute("tabindex", "-1");
  first?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
  lookAgain();
  return true;
}

/** Where something was accepted and is not in force yet: look until it is, unless something else is sent meanwhile. */
function lookAgain(): void {
  window.clearTimeout(looking);
  if (document.querySelector(WAITS)) looking = window.setTimeout(() => void look(), AGAIN_MS);
}

async function look(): Promise<void> {
  const waits = document.querySelector(WAITS);
  if (!waits) return;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(WITHIN_MS) });
    const html = await answer.text();
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("main .done");
    if (busy || !waits.isConnected) return;
    if (!fresh?.matches(WAITS)) {
      const isWriting = document.querySelector(WRITTEN) !== null; // what is written stays
      if (fresh && isWriting) waits.replaceWith(document.adoptNode(fresh));
      else show(html, answer.url);
    }
  } catch {
    // no network: the next look tells
  }
  lookAgain();
}

function tell(form: HTMLFormElement, text: string): void {
  let place = form.querySelector<HTMLElement>(":scope > .told");
  if (!place) {
    place = document.createElement("p");
    place.className = "told";
    place.setAttribute("role", "alert");
    form.append(place);
  }
  place.textContent = text;
}
