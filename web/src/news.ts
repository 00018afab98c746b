/** Asks again in place when a station on the page has news; what somebody does meanwhile stays as it is. */
import type { RiderPage } from "./page";

const NEWS = "/api/v1/stations/news";
const ASK_EVERY_MS = 15_000;

interface News {
  version: string;
  stations: string[] | null;
}

export function startNews(page: RiderPage): void {
  const listener = new Listener(page);
  document.addEventListener("visibilitychange", () => listener.follow());
  window.addEventListener("pagehide", () => listener.stop());
  window.addEventListener("pageshow", () => listener.follow());
  listener.follow();
}

class Listener {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private version: string;
  /** What has news and wasn't shown (null: anything): an answer on its way may show it as it was before. */
  private missed: (string | null)[] = [];

  constructor(private readonly page: RiderPage) {
    this.version = page.answer.dataset.version ?? "";
    let kept: Kept | null = null;
    page.beforeAnswer((old, isAgain) => {
      kept = isAgain ? Kept.of(old) : null;
    });
    page.onAnswer((section) => {
      kept?.into(page);
      this.catchUp(section);
    });
    window.addEventListener("online", () => page.answer.dataset.offline && this.askAgain());
  }

  /** Listens while the page is looked at; a page in the background costs nobody anything. */
  follow(): void {
    if (document.hidden) return this.stop();
    if (this.source || this.timer !== undefined) return;
    if (typeof EventSource === "undefined") return this.askNowAndThen();
    const source = new EventSource(this.version ? `${NEWS}?since=${encodeURIComponent(this.version)}` : NEWS);
    this.source = source;
    // The site is there again, though the browser may never have been without a network.
    source.addEventListener("open", () => window.dispatchEvent(new Event("online")));
    source.addEventListener("news", (event) => this.hear(JSON.parse(String(event.data)) as News));
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      this.stop();
      this.askNowAndThen();
    });
  }

  stop(): void {
    this.source?.close();
    this.source = null;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private askNowAndThen(): void {
    const ask = async (): Promise<void> => {
      const response = await fetch(NEWS, { headers: { Accept: "application/json" } });
      const { version } = (await response.json()) as News;
      if (response.ok && version !== this.version) this.hear({ version, stations: this.version ? null : [] });
    };
    this.timer = setInterval(() => void ask().catch(() => undefined), ASK_EVERY_MS);
  }

  private hear({ version, stations }: News): void {
    this.version = version;
    this.page.noteNews(version);
    const { answer } = this.page;
    const concerned = stations ?? [null];
    if (isAnswered(answer) && concerned.some((id) => isShown(answer, id))) this.askAgain();
    else this.missed.push(...concerned);
  }

  /** An answer that was made before what was heard while it was on its way. */
  private catchUp(section: HTMLElement): void {
    const missed = this.missed.splice(0);
    if (section.dataset.version !== this.version && missed.some((id) => isShown(section, id))) this.askAgain();
  }

  /** The same question; whatever somebody opened, wrote or looks at stays where it is. */
  private askAgain(): void {
    const page = this.page;
    if (!isAnswered(page.answer)) return;
    void page.ask(page.question(), { push: false, quiet: true });
  }
}

function isAnswered(answer: HTMLElement): boolean {
  return answer.dataset.state === "answered";
}

function isShown(answer: HTMLElement, id: string | null): boolean {
  return id === null || answer.querySelector(`[data-id="${CSS.escape(id)}"]`) !== null;
}

/** What somebody was doing in an answer, to go on with it in the next one. */
class Kept {
  private constructor(
    private readonly open: Map<string, boolean>,
    private readonly said: Map<string, Element>,
    private readonly focused: { id: string; nth: number } | null,
    private readonly top: { id: string; y: number } | null,
    private readonly selected: string,
  ) {}

  static of(answer: HTMLElement): Kept {
    const all = cards(answer);
    const open = new Map([...answer.querySelectorAll("details")].map((details) => [pathTo(details), details.open]));
    const said = new Map(all.filter(isBusy).map((card) => [idOf(card), sayOf(card) as Element]));
    return new Kept(open, said, focusIn(all), topOf(all), idOf(answer.querySelector(".card[aria-current]")));
  }

  into(page: RiderPage): void {
    const gone = new Map(this.said);
    const all = cards(page.answer);
    for (const card of all) {
      const said = this.said.get(idOf(card));
      if (said) sayOf(card)?.replaceWith(said);
      gone.delete(idOf(card));
    }
    for (const said of gone.values()) tellOn(page, said);
    if (this.selected) page.select(this.selected, { focus: false });
    for (const details of page.answer.querySelectorAll("details")) details.open = this.open.get(pathTo(details)) ?? details.open;
    const anchor = this.top && (this.top.id ? all.find((card) => idOf(card) === this.top?.id) : all[0]);
    if (anchor && this.top) window.scrollBy({ top: anchor.getBoundingClientRect().top - this.top.y, behavior: "instant" });
    const card = this.focused && all.find((one) => idOf(one) === this.focused?.id);
    if (card && this.focused) targets(card)[this.focused.nth]?.focus({ preventScroll: true });
  }
}

/** What was said to a card that is gone, where it said anything. */
function tellOn(page: RiderPage, said: Element): void {
  const words = said.querySelector(".said p")?.textContent;
  if (words) page.showMessage(words);
}

/**
 * What is to stay where it is on the screen: the card that somebody is about to use, or the first one in view;
 * whoever has not gone down the list yet keeps its beginning, whichever place that is (empty `id`).
 */
function topOf(all: HTMLElement[]): { id: string; y: number } | null {
  const first = all[0];
  if (!first) return null;
  const y = (card: HTMLElement): number => card.getBoundingClientRect().top;
  const seen = all.filter((card) => card.getBoundingClientRect().bottom > 0 && y(card) < window.innerHeight);
  const looked = seen.find(isUsed) ?? (y(first) < 0 ? seen[0] : undefined);
  return looked ? { id: idOf(looked), y: y(looked) } : { id: "", y: y(first) };
}

function cards(answer: HTMLElement): HTMLElement[] {
  return [...answer.querySelectorAll<HTMLElement>(".card")];
}

function idOf(card: Element | null): string {
  return (card instanceof HTMLElement && card.dataset.id) || "";
}

function sayOf(card: HTMLElement): Element | null {
  return card.querySelector(".say");
}

/** Whether somebody says something there, or reads what became of it. */
function isBusy(card: HTMLElement): boolean {
  return card.querySelector(".say details[open], .said:not([hidden])") !== null;
}

/** Whether somebody is at it: by a finger, a key or on the map. */
function isUsed(card: HTMLElement): boolean {
  return isBusy(card) || card.contains(document.activeElement) || card.matches("[aria-current]") || card.querySelector("details[open]") !== null;
}

/** The same for the same details of the next answer. */
function pathTo(details: HTMLDetailsElement): string {
  const scope = details.closest(".card") ?? details.closest(".answer");
  return `${idOf(details.closest(".card"))} ${[...(scope?.querySelectorAll("details") ?? [])].indexOf(details)}`;
}

function targets(card: HTMLElement): HTMLElement[] {
  return [...card.querySelectorAll<HTMLElement>("h3, a, button, summary, input, .said")];
}

function focusIn(all: HTMLElement[]): { id: string; nth: number } | null {
  const active = document.activeElement;
  const card = all.find((one) => one.contains(active));
  return card && active instanceof HTMLElement ? { id: idOf(card), nth: targets(card).indexOf(active) } : null;
}
