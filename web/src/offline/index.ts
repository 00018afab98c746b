/** What works without a network: the page by the service worker, answers by what was saved. */
import type { RiderPage } from "../page";
import { translate } from "../translation";

const WAYS = ["lon", "station", "district", "q"];
const SETTLED_MS = 1500; // the first list and its map come first

export function startOffline(page: RiderPage): void {
  page.setOfflineAnswerer(async (asked) => (await import("./answer")).answerOffline(asked));
  page.onAnswer(takeAlong);
  void register();
  if (isShell(page)) void askAtOnce(page);
  else takeAlong(page.answer);
  if (!navigator.onLine) void tellWhatIsSaved(page);
}

/** Before anything is asked: who opens the page without a network sees that it still answers. */
async function tellWhatIsSaved(page: RiderPage): Promise<void> {
  const [{ readSavedRegion }, { formatAge }] = await Promise.all([import("./saving"), import("./texts")]);
  const saved = await readSavedRegion();
  if (!saved || page.questionCount) return;
  page.showMessage(translate("No network: your phone still answers, from places that it saved {age} ago.", { age: formatAge(Date.now() - saved.checkedAt) }));
  window.addEventListener("online", () => page.questionCount || page.showMessage(""), { once: true });
}

async function askAtOnce(page: RiderPage): Promise<void> {
  await page.ask(page.question(), { push: false, saved: true });
  if (page.answer.dataset.state === "asking") document.getElementById("told")?.scrollIntoView({ block: "nearest" });
}

/** Whether the worker gave the page as it is kept, which answers nothing yet. */
function isShell(page: RiderPage): boolean {
  return page.answer.dataset.state === "asking" && WAYS.some((name) => page.question().has(name));
}

/** Save what lies around the place that the server has answered about. */
function takeAlong(section: HTMLElement): void {
  const { lon, lat, offline } = section.dataset;
  if (!lon || !lat || offline) return;
  setTimeout(() => void saveAround(Number(lon), Number(lat)), SETTLED_MS);
}

async function saveAround(lon: number, lat: number): Promise<void> {
  try {
    await import("./answer"); // to have it when it is wanted, where no worker keeps it
    const region = await (await import("./saving")).saveRegion([lon, lat]);
    if (region) document.documentElement.dataset.saved = region.version;
  } catch {
    // without a network the last region stays, and the next answer tries again
  }
}

/** Some webviews (WeChat's) have no service worker: the page works online there. */
async function register(): Promise<void> {
  try {
    await navigator.serviceWorker?.register("/worker.js");
  } catch {
    // refused, as in some private windows
  }
}
