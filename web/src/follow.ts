/**
 * The page of a report that waits to be handled: looks again by itself, less and less often, and puts what became of
 * it in place. Nothing is loaded anew, so that nobody loses their place; without script a link looks again.
 */
const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;
const WAITS = "#report[data-waits]";

async function followReport(report: HTMLElement): Promise<void> {
  for (let wait_ms = FIRST_MS; ; wait_ms = Math.min(wait_ms * 1.5, LONGEST_MS)) {
    await pause(wait_ms);
    await untilVisible();
    const found = await fetchOutcome();
    if (found) return showOutcome(report, found);
  }
}

/** The page as it is now; null while the report waits or there is no network. */
async function fetchOutcome(): Promise<Document | null> {
  try {
    const response = await fetch(location.href);
    if (!response.ok && response.status !== 404) return null; // 404: it was not kept after all, and the page says so
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.querySelector(WAITS) ? null : page;
  } catch {
    return null;
  }
}

function showOutcome(report: HTMLElement, page: Document): void {
  const hadFocus = report.contains(document.activeElement);
  const became = page.getElementById("report");
  report.replaceChildren(...(became?.childNodes ?? []));
  report.removeAttribute("data-waits");
  document.title = page.title;
  if (hadFocus) report.focus({ preventScroll: true });
}

/** Until somebody looks at the page. */
function untilVisible(): Promise<void> {
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

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

const report = document.querySelector<HTMLElement>(WAITS);
if (report) void followReport(report);
