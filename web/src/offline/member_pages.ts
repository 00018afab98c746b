/**
 * The member's pages as last seen, for the time without a network: the phone stores them for one session at a time.
 *
 * The server marks each page with its session. A page of another session clears what is stored, whoever's it was.
 */
export const MEMBER_PAGES = "me"; // the cache
const MARK = "Yihui-Session-Mark";
const LONGEST_MS = 30 * 86_400_000; // a session that isn't used is over after as long
const STORABLE = /^\/me(\/card|\/messages|\/benefits\/[^/]+)?$/;
const HIDDEN_NOTE = " hidden data-saved"; // the note says from when the page is

/** Whether a page is stored: the lists and a benefit, but no further page of a list and no form. */
export function isStorable(url: URL | Location): boolean {
  return STORABLE.test(url.pathname) && !new URLSearchParams(url.search).has("page");
}

/** Store a page that the server sent, with its note unfolded, if it is current; forget the pages of any other session. */
export async function storePage(path: string, page: Response, isCurrent: () => boolean): Promise<void> {
  const mark = page.headers.get(MARK);
  if (!mark || page.redirected || page.status !== 200) {
    void page.body?.cancel(); // what nobody reads would hold its connection open
    return;
  }
  const html = (await page.text()).replace(HIDDEN_NOTE, "");
  if ((await findStoredMark()) !== mark) await caches.delete(MEMBER_PAGES);
  if (!isCurrent()) return;
  const cache = await caches.open(MEMBER_PAGES);
  await cache.put(path, new Response(html, { headers: page.headers }));
}

/** The page as it was seen last, unless that is too long ago. */
export async function findPage(path: string): Promise<Response | undefined> {
  const found = await (await caches.open(MEMBER_PAGES)).match(path);
  const isOld = found && Date.now() - Date.parse(found.headers.get("Date") ?? "") > LONGEST_MS;
  if (!isOld) return found;
  await caches.delete(MEMBER_PAGES);
  return undefined;
}

async function findStoredMark(): Promise<string | null | undefined> {
  const cache = await caches.open(MEMBER_PAGES);
  const [first] = await cache.keys();
  return first && (await cache.match(first))?.headers.get(MARK);
}
