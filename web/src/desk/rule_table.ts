/** The grid of a rule's table: a paste from a spreadsheet fills cells and adds rows, and faulty cells are marked. */

/** Give the fields of each row its number, after rows were added. */
function numberRows(table: HTMLTableElement, form: HTMLFormElement): void {
  const grid = table.dataset["grid"] ?? "0";
  const rows = [...table.tBodies[0]!.rows];
  rows.forEach((row, number) => {
    row.cells[0]!.childNodes[0]!.textContent = String(number + 1);
    for (const field of row.querySelectorAll<HTMLInputElement>("input")) {
      field.name = field.name.replace(/_\d+_/, `_${number}_`);
      if (field.id) field.id = field.name;
      field.setAttribute("aria-label", (field.getAttribute("aria-label") ?? "").replace(/\d+$/, String(number + 1)));
    }
    for (const button of row.querySelectorAll("button")) {
      button.value = button.value.replace(/\d+$/, String(number));
      button.setAttribute("aria-label", (button.getAttribute("aria-label") ?? "").replace(/\d+/, String(number + 1)));
    }
  });
  const count = form.elements.namedItem(`g${grid}_count`);
  if (count instanceof HTMLInputElement) count.value = String(rows.length);
}

/** Append a row without values that the server takes for a new one. */
function addRow(table: HTMLTableElement): HTMLTableRowElement {
  const body = table.tBodies[0]!;
  const row = body.rows[body.rows.length - 1]!.cloneNode(true) as HTMLTableRowElement;
  for (const field of row.querySelectorAll("input")) {
    field.value = "";
    field.removeAttribute("aria-invalid");
  }
  body.append(row);
  return row;
}

const cellsOf = (row: HTMLTableRowElement): HTMLInputElement[] => [...row.querySelectorAll<HTMLInputElement>("td input")];

export function followRuleTable(form: HTMLFormElement): void {
  form.addEventListener("paste", (event) => {
    const cell = event.target;
    const pasted = event.clipboardData?.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "") ?? "";
    const table = cell instanceof HTMLInputElement ? cell.closest<HTMLTableElement>("table.grid") : null;
    if (!(cell instanceof HTMLInputElement) || !table || !/[\t\n]/.test(pasted)) return;
    event.preventDefault();
    const first = cell.closest("tr")!;
    const column = cellsOf(first).indexOf(cell);
    const start = [...table.tBodies[0]!.rows].indexOf(first);
    pasted.split("\n").forEach((line, down) => {
      const row = table.tBodies[0]!.rows[start + down] ?? addRow(table);
      const cells = cellsOf(row);
      line.split("\t").forEach((text, right) => {
        const target = cells[column + right];
        if (target) target.value = text.trim();
      });
    });
    numberRows(table, form);
    cell.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // The list of findings is replaced as a whole, so the event reaches the document, not the form.
  document.addEventListener("htmx:after:settle", () => {
    const faulty = new Set([...form.querySelectorAll<HTMLElement>("[data-cell]")].map((link) => link.dataset["cell"]));
    for (const cell of form.querySelectorAll<HTMLInputElement>("table.grid td input")) {
      if (faulty.has(cell.id)) {
        cell.setAttribute("aria-invalid", "true");
        cell.setAttribute("aria-describedby", `${cell.id}-fault`);
      } else {
        cell.removeAttribute("aria-invalid");
        cell.removeAttribute("aria-describedby");
      }
    }
  });
}
