/** “My reports”: what became of each report that this phone has sent. Without it the form asks for a number. */
import { startLooks } from "./looks";
import { listReports, type PhoneReport } from "./report/phone_reports";
import { sendWaiting, withdrawReport } from "./report/sending";
import { translate } from "./translation";

interface Followed {
  words?: string[];
}

async function show(): Promise<void> {
  const list = document.getElementById("mine");
  if (!list) return;
  const done = await sendWaiting();
  const reports = (await listReports()).reverse();
  list.replaceChildren(...reports.map(([key, report]) => line(key, report)));
  list.hidden = !reports.length;
  const told = document.getElementById("told");
  if (!told) return;
  const why = done.flatMap(([, outcome]) => (outcome.kind === "refused" ? outcome.words : []));
  if (why.length) told.textContent = translate("A report that waited was not taken: {why}", { why: why.join(" ") });
  else if (!reports.length) told.textContent = translate("No report was sent from this phone yet.");
}

function line(key: string, { name, said, tapped, number, at = tapped }: PhoneReport): HTMLLIElement {
  const item = document.createElement("li");
  const title = document.createElement(number ? "a" : "span");
  if (title instanceof HTMLAnchorElement) title.href = `/reports/${number}${location.search}`;
  const small = document.createElement("span");
  small.className = "small";
  const how = { timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "short" } as const;
  const when = new Date(at).toLocaleString(document.documentElement.lang, how);
  const state = number ?? translate("waits for the network");
  title.append(`${said} · ${name}`, small);
  small.textContent = `${when} · ${state}`;
  item.append(title);
  if (number) void follow(number, small, when);
  else item.append(taker(key, item));
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

function taker(key: string, item: HTMLElement): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = translate("Don't send it");
  made.addEventListener("click", async () => {
    made.disabled = true;
    if (await withdrawReport(key)) item.remove();
    else await show(); // another page has just sent it: here is its number
  });
  return made;
}

startLooks();
void show();
