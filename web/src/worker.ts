/**
 * The service worker: keeps the page and what it is made of, so that it opens without a network.
 *
 * What is kept is the same for everybody: the empty page, that of a phone's own reports (the phone alone has their numbers),
 * hashed files, the map's ground; and for the member who is logged in her own pages as she saw them last. Answers and
 * keepers' pages are always the network's; without one a page says so.
 */
import { MEMBER_PAGES, findPage, isStorable, storePage } from "./offline/member_pages";

export type Shell = { version: string; pages: string[]; files: string[]; later: string[]; waits: Words; away: Words };
type Words = Record<string, string>; // a page by language

declare const SHELL: Shell; // the server writes it before this (yihui/http/rider/worker.py)
const worker = self as unknown as ServiceWorkerGlobalScope;

const PREFIX = "shell-";
const NAME = PREFIX + SHELL.version;
const GROUND = "ground";
const MOST_TILES = 400;
const PATIENCE_MS = 4000;
const LOGOUT = "/me/logout";
const WAITING = "me-logout"; // the cache that is there while a log-out waits for a network; it holds the page that says so
const OPENS = /^\/me\/(enter|login\/code|join)(\/|$)/; // forms that may open another member's session

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const answer = answering(event.request);
  if (answer) event.respondWith(answer);
});

async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll([...SHELL.pages.map((page) => new Request(page, { cache: "reload" })), ...SHELL.files]);
  await worker.skipWaiting();
}

/** Old caches go, but for the one before: pages that are still open may want a part of it. */
async function activate(): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** Who answers; null leaves it to the browser. */
function answering(request: Request): Promise<Response> | null {
  const url = new URL(request.url);
  const began = isOfMember(request, url) ? ++visits : visits;
  if (url.origin !== worker.location.origin) return null;
  if (isOfMember(request, url)) return answerMember(request, url, began);
  if (request.method !== "GET") return null;
  if (request.mode === "navigate") return SHELL.pages.includes(url.pathname) ? page(request, url) : online(request, url);
  if (url.pathname.startsWith("/static/")) return kept(request);
  if (url.pathname === "/map/base.json") return newest(request);
  const isTile = url.pathname.startsWith("/map/outlines/") || url.pathname.startsWith("/map/streets/") || (url.pathname.startsWith("/map/tiles/") && url.searchParams.has("v"));
  return isTile ? tile(request) : null;
}

/**
 * The server's page, or where it can't give one the empty one, whose script asks what is saved.
 *
 * It is kept under its bare address: what the browser asked it with (its language) is what a cache compares.
 */
async function page(request: Request, url: URL): Promise<Response> {
  const asked = fetch(request);
  const response = await inTime(asked).catch(() => null);
  if (response && !isUnwell(response.status)) {
    const isShell = response.ok && SHELL.pages.includes(url.pathname + url.search);
    if (isShell && (await isOurs(response.clone()))) await put(NAME, new Request(url), response.clone());
    return response;
  }
  const language = url.searchParams.get("lang");
  const shell = await caches.open(NAME);
  return (language && (await shell.match(`${url.pathname}?lang=${language}`))) || (await shell.match(url.pathname)) || asked;
}

function online(request: Request, url: URL): Promise<Response> {
  return fetch(request).catch(() => respond(SHELL.away, url));
}

function respond(words: Words, url: URL): Response {
  const text = words[url.searchParams.get("lang") ?? ""] ?? words.zh;
  return new Response(text, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}

let visits = 0; // of the member's page: log-in and log-out count too

function isOfMember(request: Request, url: URL): boolean {
  return request.mode === "navigate" && (url.pathname === "/me" || url.pathname.startsWith("/me/"));
}

function answerMember(request: Request, url: URL, began: number): Promise<Response> | null {
  if (request.method === "GET") return afterLogOut(() => (isStorable(url) ? memberPage(request, url, began) : online(request, url)));
  if (url.pathname === LOGOUT) return logOut(request, url);
  if (OPENS.test(url.pathname)) void caches.delete(MEMBER_PAGES);
  return null;
}

/** Log out; without a network the log-out waits, and the page says so. */
async function logOut(request: Request, url: URL): Promise<Response> {
  const waiting = respond(SHELL.waits, url);
  await caches.delete(MEMBER_PAGES);
  await (await caches.open(WAITING)).put(LOGOUT, waiting.clone());
  const response = await fetch(request).catch(() => null);
  if (!response || isUnwell(response.status)) return waiting;
  await caches.delete(WAITING);
  return response;
}

/** No page of the member opens before a log-out that waits has been sent. */
async function afterLogOut(open: () => Promise<Response>): Promise<Response> {
  const waiting = (await caches.has(WAITING)) && (await (await caches.open(WAITING)).match(LOGOUT));
  if (!waiting) return open();
  const response = await fetch(LOGOUT, { method: "POST", cache: "no-store" }).catch(() => null);
  if (!response || isUnwell(response.status)) return waiting;
  await Promise.all([WAITING, MEMBER_PAGES].map((name) => caches.delete(name)));
  return open();
}

/**
 * A member's page; without a network as she saw it last.
 *
 * An answer that comes after a later visit is not stored: meanwhile she may have logged out, or another member in.
 */
async function memberPage(request: Request, url: URL, began: number): Promise<Response> {
  const asked = fetch(request);
  const response = await (url.search ? asked : inTime(asked)).catch(() => null); // with a query it shows what was done
  if (!response || isUnwell(response.status)) return (await findPage(url.pathname)) ?? asked.catch(() => respond(SHELL.away, url));
  if (response.type === "opaqueredirect" || response.redirected) await caches.delete(MEMBER_PAGES); // the session is over
  else await storePage(url.pathname, response.clone(), () => began === visits).catch(() => undefined); // no room
  return response;
}

/** Whether it can't answer now: it failed, came too slowly (408), or too much was asked from here (429). */
function isUnwell(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

/**
 * Whether a page names files, and all of them are of this version: a newer page is the newer worker's, whose files
 * are there; one that names none is what stands before the site, such as a sign-in or a notice.
 */
async function isOurs(page: Response): Promise<boolean> {
  const named = (await page.text()).match(/\/static\/[^"'#\s]+/g) ?? [];
  return named.length > 0 && named.every((file) => SHELL.files.includes(file));
}

/** Files that only some pages want are stored when they are asked for. */
async function kept(request: Request): Promise<Response> {
  const found = await caches.match(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok && SHELL.later.includes(new URL(request.url).pathname)) await put(NAME, request, response.clone());
  return response;
}

async function newest(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.ok) await put(GROUND, request, response.clone());
    return response;
  } catch (error) {
    const found = await caches.match(request);
    if (found) return found;
    throw error;
  }
}

/** Tiles never change; the oldest give way. */
async function tile(request: Request): Promise<Response> {
  const found = await caches.match(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok) await put(GROUND, request, response.clone());
  return response;
}

/** Keep it if there is room. */
async function put(name: string, request: Request, response: Response): Promise<void> {
  try {
    const cache = await caches.open(name);
    await cache.put(request, response);
    if (name !== GROUND) return;
    const all = await cache.keys();
    await Promise.all(all.slice(0, -MOST_TILES).map((old) => cache.delete(old)));
  } catch {
    // no room: the page goes on without
  }
}

function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("slow")), PATIENCE_MS);
    promise.then(resolve, reject);
  });
}
