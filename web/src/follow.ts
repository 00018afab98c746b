/**
 * The page of a report that waits to be handled: looks again by itself, less and less often, and puts what became of
 * it in place. Nothing is loaded anew, so that nobody loses their place; without script a link looks again.
 */
const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;
const WAITS = "#report[data-waits]";

async function follow(report: HTMLElement): Promise<void> {
  for (let pause = FIRST_MS; ; pause = Math.min(pause * 1.5, LONGEST_MS)) {
    await paused(pause);
    await seen();
    const found = await look();
    if (found) return show(report, found);
  }
}

/** The page as it is now; null while the report waits or there is no network. */
async function look(): Promise<Document | null> {
  try {
    const response = await fetch(location.href);
    if (!response.ok && response.status !== 404) return null; // 404: it was not kept after all, and the page says so
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.querySelector(WAITS) ? null : page;
  } catch {
    return null;
  }
}

function show(report: HTMLElement, page: Document): void {
  const hadFocus = report.contains(document.activeElement);
  const became = page.getElementById("report");
  report.replaceChildren(...(became?.childNodes ?? []));
  report.removeAttribute("data-waits");
  document.title = page.title;
  if (hadFocus) report.focus({ preventScroll: true });
}

/** Until somebody looks at the page. */
function seen(): Promise<void> {
  return new Promise((done) => {
    const check = (): void => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", check);
      done();
    };
    document.addEventListener("visibilitychange", check);
    check();
  });
}

function paused(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

const report = document.querySelector<HTMLElement>(WAITS);
if (report) void follow(report);
