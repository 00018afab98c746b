/** What is typed into a form stays on this phone, for this member alone, until it is handed in or she logs out. */

export const DRAFTS = "me-drafts"; // what localStorage names them
const SENT = "me-sent"; // what sessionStorage names the path of the draft that was sent last
const LASTS_MS = 30 * 24 * 3600 * 1000;

type Fields = Record<string, string | string[]>; // of boxes and choices, what is ticked
interface Drafts {
  owner: string; // a mark of the member: another member's drafts are deleted unread
  forms: Record<string, { at: number; fields: Fields }>;
}

/** Fill the page's forms with what was typed into them before, and store what is typed now. */
export function keepDrafts(): void {
  read();
  if (document.querySelector("[data-handed-in]")) forgetSentDraft();
  document.querySelectorAll<HTMLFormElement>("form[data-draft]").forEach(keepDraft);
}

function keepDraft(form: HTMLFormElement): void {
  const { draft: path = "" } = form.dataset;
  const drafts = read();
  const stored = drafts.forms[path];
  if (stored && !("typed" in form.dataset)) fill(form, stored.fields);
  const store = () => {
    drafts.forms[path] = { at: Date.now(), fields: fieldsOf(form) };
    write(drafts);
  };
  form.addEventListener("input", store);
  form.addEventListener("submit", () => {
    store();
    sessionStorage.setItem(SENT, path);
  });
  form.querySelector("[data-drafted]")?.removeAttribute("hidden");
}

/** The page says that a form was handed in: the draft that was sent last has done its work, and no other. */
function forgetSentDraft(): void {
  const path = sessionStorage.getItem(SENT);
  const drafts = read();
  if (path === null || !(path in drafts.forms)) return;
  const { [path]: _sent, ...others } = drafts.forms;
  write({ ...drafts, forms: others });
  sessionStorage.removeItem(SENT);
}

function fill(form: HTMLFormElement, fields: Fields): void {
  for (const field of typedFields(form)) {
    const value = fields[field.name];
    if (Array.isArray(value)) (field as HTMLInputElement).checked = value.includes(field.value);
    else if (value !== undefined) field.value = value;
  }
}

function fieldsOf(form: HTMLFormElement): Fields {
  const fields: Fields = {};
  for (const field of typedFields(form)) {
    if (!["checkbox", "radio"].includes(field.type)) fields[field.name] = field.value;
    else fields[field.name] = [...(fields[field.name] ?? []), ...((field as HTMLInputElement).checked ? [field.value] : [])];
  }
  return fields;
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
const typedFields = (form: HTMLFormElement): Field[] =>
  [...form.querySelectorAll<Field>("input, select, textarea")].filter(({ name, type }) => name && !["hidden", "file"].includes(type));

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
