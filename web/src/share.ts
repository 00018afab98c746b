/** Shares the place, never where the rider is: its address names the station alone. */
import type { RiderPage } from "./page";
import { translate } from "./translation";

export function startSharing(page: RiderPage): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-of=share]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void share(page, link);
  });
}

async function share(page: RiderPage, link: HTMLAnchorElement): Promise<void> {
  const name = link.closest(".card")?.querySelector("[data-of=name]")?.textContent ?? "";
  try {
    if (navigator.share) await navigator.share({ title: name, text: name, url: link.href }); // most apps pass on the text, few the title
    else {
      await navigator.clipboard.writeText(`${name} ${link.href}`);
      page.showMessage(translate("The link to {name} is copied.", { name }));
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    location.assign(link.href); // neither works here: the address bar holds it then
  }
}
