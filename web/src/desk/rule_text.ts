/** The text of a rule: a finding leads to its line, and a text that is too long is not sent. */

/** Put the cursor of a text area on a line and column, which begin with 1. */
function placeCursor(area: HTMLTextAreaElement, line: number, column: number): void {
  const lines = area.value.split("\n");
  const above = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const text = lines[line - 1] ?? "";
  // The server counts characters; the browser counts UTF-16 units.
  const start = above + Array.from(text).slice(0, column - 1).join("").length;
  area.focus();
  area.setSelectionRange(start, above + text.length);
  area.scrollTop = (area.scrollHeight / Math.max(lines.length, 1)) * Math.max(line - 4, 0);
}

export function followRuleText(form: HTMLFormElement): void {
  const most = Number(form.dataset["most"]);
  const show = (id: string, is: boolean): void => {
    const notice = document.getElementById(id);
    if (notice) notice.hidden = !is;
  };
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("[data-line]");
    const area = document.getElementById(link?.dataset["target"] ?? "");
    if (!link || !(area instanceof HTMLTextAreaElement)) return;
    event.preventDefault();
    placeCursor(area, Number(link.dataset["line"]), Number(link.dataset["column"]));
  });
  const isTooLong = (): boolean => [...form.querySelectorAll("textarea")].some((area) => area.value.length > most);
  const measure = (): void => show("too-long", isTooLong());
  form.addEventListener("input", measure);
  // This program arrives after the page: a text may stand there already, pasted or kept by the browser.
  measure();
  form.addEventListener("htmx:before:request", (event) => {
    if (isTooLong()) event.preventDefault();
  });
  form.addEventListener("htmx:after:request", (event) => {
    const { ctx } = (event as CustomEvent<{ ctx: { response: { status: number } } }>).detail;
    show("not-checked", ctx.response.status >= 400);
  });
  form.addEventListener("htmx:error", () => show("not-checked", true));
}
