/** Shares the place, never where the rider is: its address names the station alone. */
import { makeElement } from "./elements";
import { translate } from "./translation";

export function startSharing(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-of=share]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void share(link);
  });
}

async function share(link: HTMLAnchorElement): Promise<void> {
  const name = link.closest(".card")?.querySelector("[data-of=name]")?.textContent ?? "";
  const text = `${name} ${link.href}`;
  try {
    if (navigator.share) await navigator.share({ title: name, text: name, url: link.href }); // most apps pass on the text, few the title
    else await navigator.clipboard.writeText(text).then(tell);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (copyByHand(text)) tell();
    else location.assign(link.href); // nothing works here: the address bar holds it then
  }

  /** Below the button, where she looks. */
  function tell(): void {
    const told = link.parentElement?.querySelector("[role=status]") ?? makeElement("p", "small");
    told.setAttribute("role", "status");
    link.after(told);
    told.textContent = translate("The link to {name} is copied.", { name });
  }
}

/** As browsers copy that allow nothing else: the page came without https, or the clipboard is refused. */
function copyByHand(text: string): boolean {
  const field = makeElement("textarea", "", text);
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}
