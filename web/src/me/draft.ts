/** What is typed into a form stays on this phone, for this member alone, until it is handed in or she logs out. */

export const DRAFTS = "me-drafts"; // what localStorage names them
const LASTS_MS = 30 * 24 * 3600 * 1000;

type Fields = Record<string, string>;
interface Drafts {
  owner: string; // a mark of the member: another member's drafts are deleted unread
  forms: Record<string, { at: number; sent: boolean; fields: Fields }>;
}

export function keepDraft(form: HTMLFormElement): void {
  const { draft: path = "" } = form.dataset;
  const drafts = read();
  const stored = drafts.forms[path];
  if (stored && !("typed" in form.dataset)) fill(form, stored.fields);
  const store = (sent: boolean) => {
    drafts.forms[path] = { at: Date.now(), sent, fields: fieldsOf(form) };
    write(drafts);
  };
  if (stored) store(false); // the form is shown again: it was not taken
  form.addEventListener("input", () => store(false));
  form.addEventListener("submit", () => store(true));
  form.querySelector("[data-drafted]")?.removeAttribute("hidden");
}

/** The page says that a form was handed in: its draft has done its work. */
export function forgetSentDrafts(): void {
  const drafts = read();
  drafts.forms = Object.fromEntries(Object.entries(drafts.forms).filter(([, one]) => !one.sent));
  write(drafts);
}

export function forgetDraftsOfOthers(): void {
  read();
}

function fill(form: HTMLFormElement, fields: Fields): void {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement) field.value = value;
  }
}

function fieldsOf(form: HTMLFormElement): Fields {
  const fields: Fields = {};
  for (const field of form.querySelectorAll<HTMLInputElement>("input, select, textarea")) {
    if (field.name && !["hidden", "file"].includes(field.type)) fields[field.name] = field.value;
  }
  return fields;
}

/** The drafts of the member whose page this is; those of another member are deleted. */
function read(): Drafts {
  const { owner = "" } = document.body.dataset;
  const none: Drafts = { owner, forms: {} };
  try {
    const found = JSON.parse(localStorage.getItem(DRAFTS) ?? "null") as Drafts | null;
    if (found?.owner !== owner) {
      localStorage.removeItem(DRAFTS);
      return none;
    }
    const fresh = Object.entries(found.forms).filter(([, { at }]) => Date.now() - at < LASTS_MS);
    return { owner, forms: Object.fromEntries(fresh) };
  } catch {
    return none;
  }
}

function write(drafts: Drafts): void {
  try {
    localStorage.setItem(DRAFTS, JSON.stringify(drafts));
  } catch {
    // no room, or storing is forbidden: the form works all the same
  }
}
