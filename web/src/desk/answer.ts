/** The page of a planner's answer: map, chart and table light each other, the table sorts, a picture and the text go along. */

export function followAnswer(page: HTMLElement): void {
  page.querySelectorAll<HTMLTableElement>("table").forEach(makeSortable);
  const section = page.querySelector<HTMLElement>(".answer-map");
  if (section) void openMap(page, section);
  for (const button of page.querySelectorAll<HTMLButtonElement>("[data-print]")) offer(button, () => window.print());
  for (const button of page.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    const lines = [...page.querySelectorAll(`${button.dataset.copy} li`)].map((line) => line.textContent);
    offer(button, () => void navigator.clipboard.writeText(lines.join("\n")).then(() => button.classList.add("copied")));
  }
  for (const link of page.querySelectorAll<HTMLAnchorElement>("[data-picture]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      void savePicture(link.href, link.download.replace(/\.svg$/, ".png"));
    });
  }
}

function offer(button: HTMLButtonElement, act: () => void): void {
  button.hidden = false;
  button.addEventListener("click", act);
}

/** Without the map its still picture stays, and the table and the chart with it. */
async function openMap(page: HTMLElement, section: HTMLElement): Promise<void> {
  const { showAnswerMap, yihui } = await import("./answer_map");
  if (!(await showAnswerMap(section))) return;
  const hours = [...page.querySelectorAll<SVGElement>(".heat [data-hour]")];
  const light = (hour: number) => hours.forEach((cell) => cell.classList.toggle("now", Number(cell.dataset.hour) === hour));
  for (const cell of hours) cell.addEventListener("click", () => yihui.clock.set(Number(cell.dataset.hour)));
  for (const note of page.querySelectorAll<HTMLElement>("[data-heat-note]")) note.hidden = false;
  yihui.clock.follow(light);
  const asked = yihui.clock.hour;
  yihui.clock.follow((hour) => page.querySelectorAll<HTMLElement>("[data-stays]").forEach((note) => (note.hidden = hour === asked)));
  light(yihui.clock.hour);
  const rows = [...page.querySelectorAll<HTMLTableRowElement>("tr[data-key]")];
  for (const row of rows) {
    const head = row.querySelector("th");
    if (!head) continue;
    makeButton(head).addEventListener("click", () => {
      yihui.picked.set(row.dataset.key ?? "");
      section.scrollIntoView({ block: "nearest" });
    });
  }
  yihui.picked.follow((key) => rows.forEach((row) => row.classList.toggle("lit", row.dataset.key === key)));
}

/** Puts what a head says into a button. */
function makeButton(head: HTMLElement): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.append(...head.childNodes);
  head.append(button);
  return button;
}

/** A click on a column's head sorts by it, the worst row first, the other way round the next time. */
function makeSortable(table: HTMLTableElement): void {
  const body = table.tBodies[0];
  if (!body || !body.querySelector("[data-value]")) return;
  [...(table.tHead?.rows[0]?.cells ?? [])].forEach((head, place) => {
    if (!head.classList.contains("number")) return;
    makeButton(head).addEventListener("click", () => {
      const isUp = head.ariaSort ? head.ariaSort === "descending" : "leastFirst" in head.dataset;
      for (const other of table.tHead?.rows[0]?.cells ?? []) other.ariaSort = null;
      head.ariaSort = isUp ? "ascending" : "descending";
      const value = (row: HTMLTableRowElement) => Number(row.cells[place]?.dataset.value ?? (isUp ? Infinity : -Infinity));
      body.append(...[...body.rows].sort((a, b) => (isUp ? value(a) - value(b) : value(b) - value(a))));
    });
  });
}

/** Draws the sheet, an SVG of our own, at twice its size, and saves it as PNG. */
async function savePicture(address: string, name: string): Promise<void> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * image.naturalWidth, 2 * image.naturalHeight];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
