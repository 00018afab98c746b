/** What stands at the lower edge of the map, in reach of a thumb: the place looked at, or asking from here. */
import { say } from "../words";
import { kindOf, stateOf, stateWord } from "./marks";
import type { Mark } from "./others";
import type { Place } from "./places";

export interface Acts {
  /** Ask from the point that was tapped. */
  askHere(): void;
  /** Ask what is on the way to the point that was tapped. */
  askWay(): void;
  /** Ask from the middle of the map. */
  askMiddle(): void;
  toCard(place: Place): void;
  lookAt(mark: Mark): void;
  close(): void;
}

export class Note {
  readonly element = document.createElement("div");
  private words = "";
  private isIdle = true;

  constructor(private readonly acts: Acts) {
    this.element.className = "map-note";
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", say("On the map"));
    this.idle();
  }

  /** Nothing is looked at. */
  idle(): void {
    this.isIdle = true;
    const words = this.words ? [text("p", "small", this.words)] : [];
    this.fill(...words, row(button(say("Ask from the middle of the map"), () => this.acts.askMiddle())));
  }

  /** How many places are in view, said where there is nothing better to say. */
  tell(count: number | null, isExact: boolean): void {
    if (count === null) this.words = "";
    else this.words = isExact ? say("In view: {count}", { count }) : say("In view: about {count}", { count });
    if (this.isIdle) this.idle();
  }

  /** A point was tapped; `withWay` where it is known from where one would go there. */
  point(withWay: boolean): void {
    const way = button(say("On the way there"), () => this.acts.askWay());
    const here = button(say("Ask from here"), () => this.acts.askHere(), "main");
    this.open(text("p", "", say("Here?")), row(here, ...(withWay ? [way] : [])));
  }

  place(place: Place, withButton: boolean): void {
    const of = (name: string) => place.card.querySelector(`[data-of="${name}"]`)?.textContent?.trim() ?? "";
    const way = [of("metres"), of("bearing"), of("minutes")].filter(Boolean).join(" · ");
    this.open(
      text("h3", "", `${place.number} ${place.name}`),
      text("p", `state ${place.state}`, of("opening")),
      ...(way ? [text("p", "", way)] : []),
      ...(withButton ? [row(button(say("Show it in the list"), () => this.acts.toCard(place), "main"))] : []),
    );
  }

  other(mark: Mark): void {
    const state = stateOf(mark.state);
    this.open(
      text("h3", "", mark.name),
      text("p", "small", kindOf(mark.kind).name),
      text("p", `state ${state}`, stateWord(state)),
      row(
        button(say("Look at this place"), () => this.acts.lookAt(mark), "main"),
        button(say("Ask from here"), () => this.acts.askHere()),
      ),
    );
  }

  focus(): void {
    this.element.querySelector<HTMLElement>("button:not(.close)")?.focus();
  }

  private open(...parts: HTMLElement[]): void {
    this.isIdle = false;
    const close = button("×", () => this.acts.close());
    close.className = "close";
    close.setAttribute("aria-label", say("Close"));
    this.fill(...parts, close);
  }

  private fill(...parts: HTMLElement[]): void {
    this.element.replaceChildren(...parts);
  }
}

function text(tag: string, className: string, words: string): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = words;
  return made;
}

export function button(words: string, act: () => void, className = ""): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  if (className) made.className = className;
  made.addEventListener("click", act);
  return made;
}

function row(...buttons: HTMLElement[]): HTMLElement {
  const made = text("div", "row", "");
  made.append(...buttons);
  return made;
}
