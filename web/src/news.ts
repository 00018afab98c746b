/** Asks again in place when a station on the page has news; what somebody does meanwhile stays as it is. */
import type { RiderPage } from "./page";

const NEWS = "/api/v1/stations/news";
const ASK_EVERY_MS = 15_000;

interface News {
  version: string;
  stations: string[] | null;
}

export function start(page: RiderPage): void {
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
  /** The number of the question that was asked again; 0 for none. */
  private renewing = 0;

  constructor(private readonly page: RiderPage) {
    this.version = page.answer.dataset.version ?? "";
    let kept: Kept | null = null;
    page.beforeAnswer((old) => {
      kept = page.asked === this.renewing ? Kept.of(old) : null;
    });
    page.onAnswer(() => kept?.into(page));
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
    if (stations && !stations.some((id) => isShown(this.page.answer, id))) return;
    this.askAgain();
  }

  /** The same question; whatever somebody opened, wrote or looks at stays where it is. */
  private askAgain(): void {
    const page = this.page;
    if (page.answer.dataset.state !== "answered") return;
    this.renewing = page.asked + 1;
    void page.ask(page.question(), { push: false, quiet: true });
  }
}

function isShown(answer: HTMLElement, id: string): boolean {
  return answer.querySelector(`[data-id="${CSS.escape(id)}"]`) !== null;
}

/** What somebody was doing in an answer, to go on with it in the next one. */
class Kept {
  private constructor(
    private readonly open: Set<string>,
    private readonly said: Map<string, Element>,
    private readonly focused: { id: string; nth: number } | null,
    private readonly top: { id: string; y: number } | null,
    private readonly selected: string,
  ) {}

  static of(answer: HTMLElement): Kept {
    const all = cards(answer);
    const open = new Set([...answer.querySelectorAll<HTMLDetailsElement>("details[open]")].map(pathTo));
    const said = new Map(all.filter(isBusy).map((card) => [idOf(card), sayOf(card) as Element]));
    const first = all.find((card) => card.getBoundingClientRect().bottom > 0);
    const top = first ? { id: idOf(first), y: first.getBoundingClientRect().top } : null;
    return new Kept(open, said, focusIn(all), top, idOf(answer.querySelector(".card[aria-current]")));
  }

  into(page: RiderPage): void {
    const gone = new Map(this.said);
    for (const card of cards(page.answer)) {
      const said = this.said.get(idOf(card));
      if (said) sayOf(card)?.replaceWith(said);
      gone.delete(idOf(card));
    }
    for (const said of gone.values()) page.tell(said.querySelector(".said p")?.textContent ?? "");
    if (this.selected) page.select(this.selected, { focus: false });
    for (const details of page.answer.querySelectorAll("details")) details.open = this.open.has(pathTo(details));
    const anchor = this.top && cards(page.answer).find((card) => idOf(card) === this.top?.id);
    if (anchor && this.top) window.scrollBy({ top: anchor.getBoundingClientRect().top - this.top.y, behavior: "instant" });
    const card = this.focused && cards(page.answer).find((one) => idOf(one) === this.focused?.id);
    if (card && this.focused) targets(card)[this.focused.nth]?.focus({ preventScroll: true });
  }
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
