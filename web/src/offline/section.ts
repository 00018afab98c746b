/** Parts of an answer that the phone makes, whatever was asked. */
import { say } from "../words";
import type { Region } from "./region";
import { civilMinute, whenSaid } from "./time";
import * as words from "./words";

export function section(state: string, region: Region, at: string): HTMLElement {
  const made = element("section", { class: "answer", id: "answer", "aria-labelledby": "found" });
  Object.assign(made.dataset, { state, offline: "true", at, version: region.version });
  return made;
}

export function heading(text: string): HTMLElement {
  return element("h2", { id: "found", tabindex: "-1" }, text);
}

export function asAt(start: number): string {
  return say("As at {at}, Beijing time", { at: civilMinute(start) });
}

/** How old the answer is, why the phone gave it, and what it can't know. */
export function howOld(savedAt: number, beyond = ""): HTMLElement {
  const now = Date.now();
  const params = { age: words.age(now - savedAt), time: whenSaid(savedAt / 1000, now / 1000) };
  const text = navigator.onLine
    ? say("The site does not answer: your phone did by itself, from places that it saved {age} ago ({time}).", params)
    : say("No network: your phone answered by itself, from places that it saved {age} ago ({time}).", params);
  const made = element("p", { class: "notice saved" }, text);
  if (beyond) made.append(" ", element("span", { class: "edge" }, beyond));
  return made;
}

export function element(tag: string, attributes: Record<string, string>, text = ""): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}
