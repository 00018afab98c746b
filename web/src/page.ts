/** The rider's page to its parts: what is asked, what is answered, which place is looked at. */
import { withEmployer } from "./employer";
import { translate } from "./translation";

/**
 * `saved`: what is saved answers at once, and the network when it does; it was found away a moment ago.
 * `push: false`: the rider has asked it before, so the server counts no search.
 * `replaces`: it takes the place of the last question in the history.
 * `isMore`: more of the last answer, or farther places. `again`: the last question once more, perhaps better told: what somebody does in its answer goes on.
 * `top`: how far the page is scrolled down once it shows the answer, in px; without it, it stays where it is.
 * `quiet`: the same, asked by the page itself, without a word; it overtakes no question of the rider's.
 */
export type AskOptions = { push?: boolean; replaces?: boolean; again?: boolean; isMore?: boolean; quiet?: boolean; saved?: boolean; top?: number };
/** Makes the answer's section on the phone; null where it can't. */
export type OfflineAnswerer = (question: URLSearchParams) => Promise<HTMLElement | null>;

export interface RiderPage {
  /** The section of the answer that is shown. */
  readonly answer: HTMLElement;
  /** How many questions the rider has asked so far: who comes late can see it. */
  readonly questionCount: number;
  /** What the address bar asks, without what is only for one request. */
  question(): URLSearchParams;
  ask(question: URLSearchParams, how?: AskOptions): Promise<void>;
  /** `isAgain`: one that took the place of another answer to the same question. */
  onAnswer(listener: (section: HTMLElement, isAgain: boolean) => void): void;
  /** Look at an answer once more before another takes its place. */
  beforeAnswer(listener: (old: HTMLElement, isAgain: boolean) => void): void;
  /** Tell the page of news: from now on its questions name the version that they must be answered from. */
  noteNews(version: string): void;
  /** Who answers where the network doesn't. */
  setOfflineAnswerer(answerer: OfflineAnswerer): void;
  /** The card that is looked at, or null. */
  readonly selected: HTMLElement | null;
  /** Look at the card of a station: scrolled to, its heading focused unless `focus` is false. */
  select(id: string, how?: { focus?: boolean }): void;
  onSelect(listener: (card: HTMLElement) => void): void;
  /** Say something to the rider, aloud too; empty takes it away. */
  showMessage(text: string): void;
}

/** What the history holds of an address that was left: how far it was scrolled down, in px. */
type PlaceOnPage = { top: number } | null;

const PATIENCE_MS = 4000;
const PASSING = ["by", "part", "employer"];

export function createRiderPage(): RiderPage {
  return new Page();
}

class Page implements RiderPage {
  questionCount = 0;
  selected: HTMLElement | null = null;
  private readonly answered: ((section: HTMLElement, isAgain: boolean) => void)[] = [];
  private readonly leaving: ((old: HTMLElement, isAgain: boolean) => void)[] = [];
  private readonly looked: ((card: HTMLElement) => void)[] = [];
  private answerer: OfflineAnswerer = async () => null;
  private own = ""; // what was told of the question itself
  private turn = 0; // of all that was asked, the last one's
  private subject = 0; // the same for a question and for all that ask it again
  private shown = 0; // the subject of the answer that is shown
  private heard = ""; // the version of the last news: another process of the site may not have read it yet

  constructor() {
    window.addEventListener("popstate", ({ state }) => void this.ask(this.question(), { push: false, top: (state as PlaceOnPage)?.top }));
  }

  get answer(): HTMLElement {
    return document.getElementById("answer") as HTMLElement;
  }

  question(): URLSearchParams {
    return normalizeQuestion(new URLSearchParams(location.search));
  }

  onAnswer(listener: (section: HTMLElement, isAgain: boolean) => void): void {
    this.answered.push(listener);
  }

  beforeAnswer(listener: (old: HTMLElement, isAgain: boolean) => void): void {
    this.leaving.push(listener);
  }

  onSelect(listener: (card: HTMLElement) => void): void {
    this.looked.push(listener);
  }

  noteNews(version: string): void {
    this.heard = version;
  }

  setOfflineAnswerer(answerer: OfflineAnswerer): void {
    this.answerer = answerer;
  }

  showMessage(text: string): void {
    const told = document.getElementById("told");
    if (told) told.textContent = text;
  }

  async ask(question: URLSearchParams, how: AskOptions = {}): Promise<void> {
    const turn = ++this.turn;
    const isLate = () => turn !== this.turn;
    if (!how.quiet) this.questionCount++;
    const isAnother = !how.quiet && !how.again;
    if (isAnother) this.subject++;
    const asked = normalizeQuestion(question);
    const told = withEmployer(asked);
    if (how.push !== false && !how.replaces) {
      history.replaceState({ top: scrollY } satisfies PlaceOnPage, "");
      history.pushState(null, "", buildAddress(asked));
    } else history.replaceState(history.state, "", buildAddress(asked));
    if (isAnother) this.showMessage((this.own = translate("Looking …"))); // otherwise there is an answer to look at
    const fromServer = fetchAnswer(told, this.heard, how.push === false || how.isMore);
    const inPatience = rejectIfSlow(fromServer).catch(() => null);
    const isAlone = how.saved || (this.answer.dataset.offline && !how.quiet); // the last question found no network
    const first = isAlone ? null : await inPatience;
    const section = first ?? (await this.answerer(told).catch(() => null));
    if (isLate()) return;
    if (section) this.show(section, how.top);
    if (first) return;
    try {
      const late = await fromServer;
      if (!isLate()) this.show(late, how.top);
    } catch (error) {
      if (isLate() || section) return;
      if (error instanceof SiteUnavailable && error.section) this.show(error.section, how.top);
      else this.showMessage((this.own = noAnswerText()));
    }
  }

  select(id: string, how: { focus?: boolean } = {}): void {
    const card = this.answer.querySelector<HTMLElement>(`.card[data-id="${CSS.escape(id)}"]`);
    if (!card) return;
    if (card !== this.selected) {
      foldCard(this.selected);
      card.setAttribute("aria-current", "true");
      unfoldCard(card);
    }
    this.selected = card;
    card.scrollIntoView({ block: "nearest" });
    if (how.focus !== false) card.querySelector("h3")?.focus({ preventScroll: true });
    for (const listener of this.looked) listener(card);
  }

  private show(section: HTMLElement, top?: number): void {
    const { meant } = section.dataset; // what the words that were typed mean, in the fields of the form
    if (meant !== undefined) history.replaceState(history.state, "", buildAddress(normalizeQuestion(new URLSearchParams(meant))));
    const isAgain = this.shown === this.subject; // what is late is never shown
    this.shown = this.subject;
    for (const listener of this.leaving) listener(this.answer, isAgain);
    this.selected = null;
    this.answer.replaceWith(section);
    if (document.getElementById("told")?.textContent === this.own) this.showMessage(""); // what others told stays
    for (const listener of this.answered) listener(section, isAgain);
    if (top !== undefined && !isAgain) scrollTo({ top, behavior: "instant" });
  }
}

/** All of the card that is looked at. */
function unfoldCard(card: HTMLElement): void {
  const more = card.querySelector<HTMLDetailsElement>("details.more:not([open])");
  if (!more) return;
  more.open = true;
  more.dataset.byItself = "";
}

/** What came open by itself folds again; what somebody opened stays. */
function foldCard(card: HTMLElement | null): void {
  card?.removeAttribute("aria-current");
  card?.querySelector("details.more[data-by-itself]")?.removeAttribute("open");
}

/** The same question without empty fields, without what is only for one request, and without what an address doesn't hold. */
export function normalizeQuestion(question: URLSearchParams): URLSearchParams {
  const filled = [...question].filter(([name, value]) => value.trim() && !PASSING.includes(name));
  return new URLSearchParams(filled);
}

export function buildAddress(question: URLSearchParams): string {
  const text = question.toString();
  return text ? `/?${text}` : "/";
}

/** `isAgain`: the rider asked this before, so the server counts no search. */
async function fetchAnswer(question: URLSearchParams, heard: string, isAgain = false): Promise<HTMLElement> {
  const wanted = new URLSearchParams(question);
  wanted.set("part", "answer");
  const headers = { Accept: "text/html", ...(heard && { "Yihui-Heard": heard }), ...(isAgain && { "Yihui-Again": "1" }) };
  const response = await fetch(`/?${wanted}`, { headers });
  const html = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = html.getElementById("answer");
  const section = found && document.importNode(found, true);
  if (!section || response.status >= 500) throw new SiteUnavailable(section);
  if (response.redirected) section.dataset.meant = new URL(response.url).search;
  return section;
}

/** The site, or what stands before it, can't answer now; `section` is what it says instead. */
class SiteUnavailable extends Error {
  constructor(readonly section: HTMLElement | null) {
    super("the site can't answer");
  }
}

function noAnswerText(): string {
  if (navigator.onLine) return translate("The site does not answer, and your phone has saved nothing that does. Use your position, or try again later.");
  return translate("There is no network, and your phone has saved nothing that answers this. Use your position, or try again later.");
}

/** The same within the time that somebody waits, else a failure. */
function rejectIfSlow<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("slow")), PATIENCE_MS);
    promise.then(resolve, reject);
  });
}
