/**
 * What the phone stores of a member: her pages as last seen, for one session, and what she typed, which outlives a
 * fresh code and a new session of hers. All of it goes where nobody is logged in any more (`data-forget`). And her
 * card: its picture turns every minute, without a network from what was fetched before; without this file the card's page
 * reloads itself.
 */
import { DRAFTS, keepDrafts } from "./me/draft";
import { MEMBER_PAGES, isStorable, storePage } from "./offline/member_pages";
import { translate } from "./translation";

interface Picture {
  from: number; // seconds
  rows: string[];
}
interface Stored {
  ahead: number; // how far the site's clock is ahead of the phone's, in seconds
  pictures: Picture[];
}

const STORED = "me-card";
const SESSION = "me-session";
const CARD = "/me/card";
const SLOT_S = 60;
const QUIET = 4; // modules of white border, which readers need to find the code

const card = document.getElementById("member-card");
const { session, forget: forgets } = document.body.dataset;
if (session) void visit(session);
else if (forgets !== undefined) void forget(forgets === "pages" ? DRAFTS : undefined); // she was typing

/** A page of a member who is logged in: what another session stored goes first, and what another member typed. */
async function visit(mark: string): Promise<void> {
  keepDrafts(); // deletes those of another member
  if (localStorage.getItem(SESSION) !== mark) await forget(DRAFTS);
  localStorage.setItem(SESSION, mark);
  document.querySelector('form[action^="/me/logout"]')?.addEventListener("submit", () => void forget());
  if (card) await start();
  else if (!navigator.serviceWorker?.controller && isStorable(location)) await store(location.pathname);
  await navigator.serviceWorker?.register("/worker.js").catch(() => undefined);
}

async function start(): Promise<void> {
  offerVoice();
  keepAwake();
  await refresh();
  setInterval(() => void turn(), 1000);
}

/** Store a page that no worker has seen yet; messages can't be fetched again, because that makes them read. */
async function store(path: string): Promise<void> {
  if (!("serviceWorker" in navigator) || path === "/me/messages") return;
  const page = await fetch(path, { cache: "no-store" }).catch(() => null);
  if (page) await storePage(path, page, () => localStorage.getItem(SESSION) === session);
}

/** Fetch the coming pictures, and keep them with the page for the time without a network. */
async function refresh(): Promise<void> {
  try {
    const answer = await fetch("/me/card/tokens", { cache: "no-store" });
    if (answer.redirected || !answer.ok) return await leave();
    const told = (await answer.json()) as { now: number; pictures: Picture[] };
    const stored: Stored = { ahead: told.now - Math.floor(Date.now() / 1000), pictures: told.pictures };
    localStorage.setItem(STORED, JSON.stringify(stored));
    await store(CARD);
  } catch {
    // no network: what is stored is shown
  }
  await turn();
}

let shown = 0;
let asked = 0;

async function turn(): Promise<void> {
  const stored = read();
  const now = Math.floor(Date.now() / 1000) + (stored?.ahead ?? 0);
  const picture = stored?.pictures.find(({ from }) => from <= now && now < from + SLOT_S);
  const left = stored?.pictures.filter(({ from }) => from > now).length ?? 0;
  if (picture && picture.from !== shown) draw(picture);
  if (!picture) tell(translate("Without a network this picture has expired. Say the number, or go where there is a network."));
  card?.toggleAttribute("data-expired", !picture);
  if (left < 5 && now - asked >= 20) {
    asked = now;
    await refresh();
  }
}

function read(): Stored | null {
  const text = localStorage.getItem(STORED);
  return text ? (JSON.parse(text) as Stored) : null;
}

function draw({ from, rows }: Picture): void {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const side = rows.length + 2 * QUIET;
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  const path = document.createElementNS(svg.namespaceURI, "path");
  const runs = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) => `M${run.index + QUIET} ${y + QUIET}h${run[0].length}v1h-${run[0].length}z`));
  path.setAttribute("d", runs.join(""));
  svg.append(path);
  const place = document.getElementById("picture");
  place?.replaceChildren(svg);
  if (place) place.dataset.from = String(from);
  if (shown && card?.hasAttribute("data-expired")) tell(translate("The picture turns every minute; a photo of it is worth nothing."));
  shown = from;
}

function tell(text: string): void {
  const place = document.getElementById("turns");
  if (place && place.textContent !== text) place.textContent = text;
}

function offerVoice(): void {
  const button = document.getElementById("aloud");
  if (!button || !("speechSynthesis" in window)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const said = new SpeechSynthesisUtterance(button.dataset.says ?? "");
    said.lang = document.documentElement.lang;
    said.rate = 0.8;
    speechSynthesis.cancel();
    speechSynthesis.speak(said);
  });
}

/** A dark screen can't be scanned. */
function keepAwake(): void {
  const awake = () => void navigator.wakeLock?.request("screen").catch(() => undefined);
  awake();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && awake());
}

/** The session is over: nothing of the member stays, and the page leads to the log-in. */
async function leave(): Promise<void> {
  await forget();
  location.reload();
}

/** Delete what is stored of a member: pages, card, and her drafts too unless they are spared. */
async function forget(spared?: string): Promise<void> {
  const stored = Object.keys(localStorage).filter((one) => one.startsWith("me-") && one !== spared);
  for (const name of stored) localStorage.removeItem(name);
  if ("caches" in window) await caches.delete(MEMBER_PAGES);
}
