/** The progress of a background job; without this file the officer loads the page again. */

interface Progress {
  state: string;
  ended: boolean;
  done: number;
  total: number;
}

export function followJob(section: HTMLElement): void {
  const source = new EventSource(section.dataset.job ?? "");
  source.addEventListener("progress", (event) => {
    const told = JSON.parse((event as MessageEvent<string>).data) as Progress;
    const state = section.querySelector<HTMLElement>("[data-job-state]");
    const bar = section.querySelector("progress");
    if (state && state.textContent !== told.state) state.textContent = told.state;
    if (bar) [bar.max, bar.value] = [told.total || 1, told.done];
    if (!told.ended) return;
    source.close();
    location.reload();
  });
  addEventListener("pagehide", () => source.close());
}
