/** Keeps what riders see, and what they reported, up to date while the page is looked at. */

import { translate } from "../translation";
import { isSending } from "./acts";

const EVERY_MS = 15_000;
let news: EventSource | null = null;
/** Refreshes are numbered as they are asked for; what is shown is never older than what was shown before. */
let asked = 0;
let shown = 0;
let placed: Element | null = null;
/** There may be something that isn't shown yet. */
let missed = false;

export function startLiveUpdates(): void {
  listen();
  addEventListener("pagehide", close);
  addEventListener("pageshow", listen);
  document.addEventListener("visibilitychange", () => {
    listen();
    if (!document.hidden) void refresh();
  });
  const catchUp = (): void => void (missed && window.setTimeout(() => void refresh())); // when the focus has moved on
  document.addEventListener("focusout", catchUp);
  document.addEventListener("toggle", catchUp, true);
  window.setInterval(() => {
    if (!document.hidden && (missed || news?.readyState !== EventSource.OPEN)) void refresh();
  }, EVERY_MS);
}

/** Be told at once where the site can; an open line is given back while nobody looks. */
export function listen(): void {
  if (document.hidden) {
    close();
  } else if (!news && station()) {
    news = new EventSource("/api/v1/stations/news");
    news.addEventListener("open", () => void refresh()); // nobody tells what was before
    news.addEventListener("news", ({ data }: MessageEvent<string>) => {
      const { stations } = JSON.parse(data) as { stations: string[] | null };
      if (!stations || stations.includes(station() ?? "")) void refresh();
    });
  }
}

function close(): void {
  news?.close();
  news = null;
}

function station(): string | undefined {
  return document.querySelector<HTMLElement>("main[data-station]")?.dataset.station;
}

async function refresh(): Promise<void> {
  const there = document.getElementById("live");
  missed = there !== null && isBeingUsed(there);
  if (!there || missed) return;
  const number = ++asked;
  try {
    const answer = await fetch(`/keep?${question()}`);
    missed ||= answer.status === 429 || answer.status >= 500;
    if (missed) return;
    const html = await answer.text();
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("live");
    if (!fresh) leave(there);
    else if (number > shown) place(fresh, number, there);
  } catch {
    missed = true;
    tell(translate("No connection: what stands here may have changed."));
  }
}

/** The key was revoked or forgotten: the page says why, unless what is being sent is about to. */
function leave(there: HTMLElement): void {
  if (there.isConnected && !isSending()) location.reload();
}

function question(): URLSearchParams {
  const made = new URLSearchParams({ part: "now" });
  const language = new URLSearchParams(location.search).get("lang");
  if (language) made.set("lang", language);
  return made;
}

/** Show what came, asked for when `then` stood there; an act's answer may have come meanwhile, and be newer. */
function place(fresh: HTMLElement, number: number, then: HTMLElement): void {
  const there = document.getElementById("live");
  if (!there) return;
  if (there !== then && there !== placed) return void refresh();
  missed = isBeingUsed(there);
  if (missed) return;
  shown = number;
  placed = fresh;
  replace(there, fresh);
}

/** Whether somebody is about to answer: nothing may move under a thumb or be lost while typing. */
function isBeingUsed(place: HTMLElement): boolean {
  const typed = [...place.querySelectorAll("input[name=note]")].some((field) => (field as HTMLInputElement).value);
  return typed || place.contains(document.activeElement) || place.querySelector(".waiting details[open]") !== null;
}

function replace(there: HTMLElement, fresh: HTMLElement): void {
  const known = numbers(there);
  const came = numbers(fresh).filter((number) => !known.includes(number));
  tell(came.length ? translate("A new report came in.") : "");
  there.replaceWith(document.adoptNode(fresh));
}

function numbers(place: HTMLElement): string[] {
  return [...place.querySelectorAll<HTMLElement>("[data-number]")].map((line) => line.dataset.number ?? "");
}

function tell(text: string): void {
  const place = document.getElementById("told");
  if (place && place.textContent !== text) place.textContent = text;
}
