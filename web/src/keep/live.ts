/** Keeps what riders see, and what they reported, up to date while the page is looked at. */

import { say } from "../words";

const EVERY_MS = 15_000;
let news: EventSource | null = null;

export function start(): void {
  listen();
  addEventListener("pagehide", close);
  addEventListener("pageshow", listen);
  document.addEventListener("visibilitychange", () => {
    listen();
    if (!document.hidden) void refresh();
  });
  window.setInterval(() => {
    if (!document.hidden && news?.readyState !== EventSource.OPEN) void refresh();
  }, EVERY_MS);
}

/** Be told at once where the site can; an open line is given back while nobody looks. */
function listen(): void {
  if (document.hidden) {
    close();
  } else if (!news && station()) {
    news = new EventSource("/api/v1/stations/news");
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
  if (!there || isBeingUsed(there)) return;
  const question = new URLSearchParams({ part: "now" });
  const language = new URLSearchParams(location.search).get("lang");
  if (language) question.set("lang", language);
  try {
    const answer = await fetch(`/keep?${question}`);
    if (answer.status === 429 || answer.status >= 500) return;
    const html = await answer.text();
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("live");
    if (!fresh) location.reload(); // the key was revoked or forgotten
    else if (there.isConnected && !isBeingUsed(there)) replace(there, fresh);
  } catch {
    tell(say("No connection: what stands here may have changed."));
  }
}

/** Whether somebody is about to answer: nothing may move under a thumb or be lost while typing. */
function isBeingUsed(place: HTMLElement): boolean {
  const typed = [...place.querySelectorAll("input[name=note]")].some((field) => (field as HTMLInputElement).value);
  return typed || place.contains(document.activeElement) || place.querySelector(".waiting details[open]") !== null;
}

function replace(there: HTMLElement, fresh: HTMLElement): void {
  const known = numbers(there);
  const came = numbers(fresh).filter((number) => !known.includes(number));
  tell(came.length ? say("A new report came in.") : "");
  there.replaceWith(document.adoptNode(fresh));
}

function numbers(place: HTMLElement): string[] {
  return [...place.querySelectorAll<HTMLElement>("[data-number]")].map((line) => line.dataset.number ?? "");
}

function tell(text: string): void {
  const place = document.getElementById("told");
  if (place && place.textContent !== text) place.textContent = text;
}
