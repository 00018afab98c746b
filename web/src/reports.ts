/** “My reports”: what became of each report that this phone has sent. Without it the form asks for a number. */
import { startLooks } from "./looks";
import { listReports, type PhoneReport } from "./report/phone_reports";
import { refusalText } from "./report/messages";
import { sendWaiting, takeReportBack } from "./report/sending";
import { translate } from "./translation";

const TAKEN_BACK_MS = 86_400_000; // yihui/services/stations/reports.py

interface Followed {
  words?: string[];
}

async function show(): Promise<void> {
  const list = document.getElementById("mine");
  if (!list) return;
  const done = await sendWaiting();
  const reports = (await listReports()).reverse();
  list.replaceChildren(...reports.map(([, report]) => line(report)));
  list.hidden = !reports.length;
  const told = document.getElementById("told");
  if (!told) return;
  const refused = refusalText(done);
  if (refused) told.textContent = refused;
  else if (!reports.length) told.textContent = translate("No report was sent from this phone yet.");
}

function line(report: PhoneReport): HTMLLIElement {
  const { name, said, tapped, number, withdrawn, at = tapped } = report;
  const item = document.createElement("li");
  const title = document.createElement(number ? "a" : "span");
  if (title instanceof HTMLAnchorElement) title.href = `/reports/${number}${location.search}`;
  const small = document.createElement("span");
  small.className = "small";
  const how = { timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "short" } as const;
  const when = new Date(at).toLocaleString(document.documentElement.lang, how);
  const state = withdrawn ? translate("will be taken back") : (number ?? translate("waits for the network"));
  title.append(`${said} · ${name}`, small);
  small.textContent = `${when} · ${state}`;
  item.append(title);
  if (withdrawn) return item;
  if (number) void follow(number, small, when);
  if (!number || Date.now() - tapped < TAKEN_BACK_MS) item.append(taker(report, item));
  return item;
}

async function follow(number: string, small: HTMLElement, when: string): Promise<void> {
  try {
    const response = await fetch(`/api/v1/reports/${number}${location.search}`);
    const { words } = (await response.json()) as Followed;
    if (response.ok && words) small.textContent = `${when} · ${number} · ${words.join(" ")}`;
  } catch {
    // without a network the number is all there is to say
  }
}

function taker(report: PhoneReport, item: HTMLElement): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = report.number ? translate("A slip: take it back") : translate("Don't send it");
  made.addEventListener("click", async () => {
    made.disabled = true;
    const outcome = await takeReportBack(report);
    if (outcome.kind === "gone") return item.remove();
    await show(); // it waits to be taken back, or can't be: here is its number
    const told = document.getElementById("told");
    if (told && outcome.kind === "refused") told.textContent = translate("It could not be taken back: {why}", { why: outcome.words });
  });
  return made;
}

startLooks();
void show();
