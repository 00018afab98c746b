/** Texts in the reader's language: the page carries those that its script says. */

let words: Record<string, string> | undefined;

/** The text with its places filled in; English where there is no page to look it up in. */
export function translate(text: string, params: Record<string, string | number> = {}): string {
  words ??= carried();
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (place, name: string) => String(params[name] ?? place));
}

function carried(): Record<string, string> {
  if (typeof document === "undefined") return {};
  const element = document.getElementById("words");
  return element?.textContent ? (JSON.parse(element.textContent) as Record<string, string>) : {};
}
