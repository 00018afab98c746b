/** What stands at the lower edge of the map, in reach of a thumb: the place looked at, or asking from here. */
import { makeButton, makeElement } from "../elements";
import { translate } from "../translation";
import { parseKind, parseState, stateText } from "./icons";
import type { StationMark } from "./other_places";
import type { ListedPlace } from "./listed_places";

export interface NoteActions {
  /** Ask from the point that was tapped. */
  askHere(): void;
  /** Ask what is on the way to the point that was tapped. */
  askWay(): void;
  /** Ask from the middle of the map. */
  askMiddle(): void;
  toCard(place: ListedPlace): void;
  lookAt(mark: StationMark): void;
  close(): void;
}

export class MapNote {
  /** Whose note it is; set before anybody can tap. */
  acts: NoteActions | null = null;
  readonly element = makeElement("div", "map-note");
  private readonly words = makeElement("p", "small");
  private readonly asking: HTMLElement;

  constructor() {
    const askMiddle = makeButton(translate("Ask from the middle of the map"), () => this.acts?.askMiddle());
    this.asking = createRow(askMiddle);
    this.words.hidden = true;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", translate("On the map"));
    this.idle();
  }

  /** Nothing is looked at. */
  idle(): void {
    if (!this.element.contains(this.asking)) this.element.replaceChildren(this.words, this.asking);
  }

  /** What is in view, said while nothing is looked at; the button beside it stays as it is, also under a thumb. */
  tell(text: string): void {
    this.words.hidden = !text;
    const rings = this.element.parentElement?.querySelector(".cluster") ? translate("The dark part of a ring is open.") : "";
    this.words.textContent = [text, rings, translate("Places that don't let you in aren't counted.")].join(" ");
  }

  /** A point was tapped; `withWay` where it is known from where one would go there. */
  point(withWay: boolean): void {
    const way = makeButton(translate("On the way there"), () => this.acts?.askWay());
    const here = makeButton(translate("Ask from here"), () => this.acts?.askHere(), "main");
    this.open(makeElement("p", "", translate("Here?")), createRow(here, ...(withWay ? [way] : [])));
  }

  /** `withButton`: to its card, where that isn't beside the map; `withStreets`: the map shows the way. */
  place(place: ListedPlace, withButton: boolean, withStreets: boolean): void {
    const of = (name: string) => place.card.querySelector(`[data-of="${name}"]`)?.textContent?.trim() ?? "";
    const go = place.card.querySelector<HTMLElement>("a.go");
    const way = [of("metres"), of("bearing"), of("minutes")].filter(Boolean).join(" · ");
    this.open(
      makeElement("h3", "", `${place.number} ${place.name}`),
      makeElement("p", `state ${place.state}`, of("opening")),
      ...(way ? [makeElement("p", "", way)] : []),
      ...(go && !withStreets ? [makeElement("p", "small", translate("This map has no streets: “Go there” shows the way."))] : []),
      createRow(...(go ? [go.cloneNode(true) as HTMLElement] : []), ...(withButton ? [makeButton(translate("Show it in the list"), () => this.acts?.toCard(place))] : [])),
    );
  }

  other(mark: StationMark): void {
    const state = parseState(mark.state);
    this.open(
      makeElement("h3", "", mark.name),
      makeElement("p", "small", parseKind(mark.kind).name),
      makeElement("p", `state ${state}`, stateText(state)),
      createRow(
        makeButton(translate("Look at this place"), () => this.acts?.lookAt(mark), "main"),
        makeButton(translate("Ask from here"), () => this.acts?.askHere()),
      ),
    );
  }

  focus(): void {
    this.element.querySelector<HTMLElement>(".row > *")?.focus();
  }

  private open(...parts: HTMLElement[]): void {
    const close = makeButton("×", () => this.acts?.close(), "close");
    close.setAttribute("aria-label", translate("Close"));
    this.element.replaceChildren(...parts, close);
  }
}

function createRow(...buttons: HTMLElement[]): HTMLElement {
  const made = makeElement("div", "row");
  made.append(...buttons);
  return made;
}
