/** Large text at once, without loading the page anew. */
import { translate } from "./translation";

export function startLooks(): void {
  const form = document.getElementById("looks");
  const button = form?.querySelector("button");
  if (!(form instanceof HTMLFormElement) || !button) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const isLarge = button.value === "yes";
    const body = new URLSearchParams({ large: button.value });
    void fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => undefined); // then it holds for this visit
    document.documentElement.classList.toggle("large", isLarge);
    button.value = isLarge ? "no" : "yes";
    button.textContent = isLarge ? translate("Usual text") : translate("Large text");
  });
}
