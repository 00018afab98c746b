/** The form's fields as a question, and a question in the form's fields. */
import { toFieldValue } from "./moments";
import { normalizeQuestion } from "./page";

const WAYS: Record<string, string[]> = {
  point: ["lon", "lat", "datum", "accuracy"],
  station: ["station"],
  district: ["district"],
  q: ["q", "near", "datum"], // of coordinates that are typed as words
};
const WHERE = Object.values(WAYS).flat();
const FURTHER = "offset"; // another question begins at the first place
const USUAL_DATUM = "wgs84";
/** What goes without saying: the server takes it for granted. */
const DEFAULTS: Record<string, string> = { when: "arrival", travel: "ebike" };

/** What is asked for, without where. */
export function readFilters(form: HTMLFormElement): URLSearchParams {
  const question = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (!WHERE.includes(name) && typeof value === "string" && DEFAULTS[name] !== value) question.append(name, value);
  }
  return normalizeQuestion(question);
}

/** The question with what is asked for now, about the place that it asks about already. */
export function withPlaceOf(question: URLSearchParams, wanted: URLSearchParams): URLSearchParams {
  const place = [...question].filter(([name]) => WHERE.includes(name));
  return new URLSearchParams([...place, ...wanted]);
}

/** The place that a question is about, or else the one that is chosen in the fields; empty where neither names one. */
export function readPlace(question: URLSearchParams, form: HTMLFormElement): URLSearchParams {
  const places = [question, new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]))];
  for (const way of ["point", "district"]) {
    for (const place of places) {
      const fields = (WAYS[way] ?? []).map((name): [string, string] => [name, place.get(name) ?? ""]);
      if (fields[0]?.[1]) return normalizeQuestion(new URLSearchParams(fields));
    }
  }
  return new URLSearchParams();
}

/** The question about a place that one way of saying where names. */
export function readQuestion(way: string, form: HTMLFormElement): URLSearchParams {
  const sent = new FormData(form);
  const place = (WAYS[way] ?? []).map((name): [string, string] => [name, String(sent.get(name) ?? "").trim()]);
  const told = place.filter(([name, value]) => way !== "q" || name !== "datum" || value !== USUAL_DATUM);
  return normalizeQuestion(new URLSearchParams([...told, ...readFilters(form)]));
}

/** Show in the fields what is asked; what no field shows is carried. */
export function fillForm(form: HTMLFormElement, question: URLSearchParams): void {
  form.querySelectorAll("input[data-carried]").forEach((field) => field.remove());
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
      const usual = field.type === "radio" && !question.has(field.name) && DEFAULTS[field.name] === field.value;
      field.checked = usual || question.getAll(field.name).includes(field.value);
      const spare = field.closest<HTMLElement>("[data-spare]");
      if (spare) spare.hidden = !field.checked;
    } else if ((field instanceof HTMLInputElement || field instanceof HTMLSelectElement) && field.name && !["near", "employer"].includes(field.name)) {
      const value = question.get(field.name) ?? (field.name === "datum" ? USUAL_DATUM : "");
      field.value = field.name === "at" ? toFieldValue(value) : value;
    }
  }
  carryUnshown(form, question);
}

function carryUnshown(form: HTMLFormElement, question: URLSearchParams): void {
  for (const [name, value] of question) {
    if (WHERE.includes(name) || name === FURTHER || isShown(form, name, value)) continue;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    field.dataset.carried = "";
    form.prepend(field);
  }
}

function isShown(form: HTMLFormElement, name: string, value: string): boolean {
  return [...form.elements].some((field) => {
    if (field instanceof HTMLSelectElement) return field.name === name && [...field.options].some((option) => option.value === value);
    return field instanceof HTMLInputElement && field.name === name && (!["checkbox", "radio"].includes(field.type) || field.value === value);
  });
}

/** How many needs are chosen: told while their list is folded. */
export function countChosenFilters(form: HTMLFormElement): number {
  return [...form.querySelectorAll<HTMLInputElement>("#filters input:checked, #at")].filter(
    ({ name, value }) => value && name !== "travel" && DEFAULTS[name] !== value,
  ).length;
}
