/** Elements of a page; what they say is text, never markup. */

export function makeElement<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, className = "", text = ""): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export function makeButton(text: string, act: () => void, className = ""): HTMLButtonElement {
  const made = makeElement("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
