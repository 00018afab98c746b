/** How places look on the map: the marks of the coverage map. A state is told by shape as well as by colour. */
import { makeElement } from "../elements";
import { translate } from "../translation";
import { L } from "./leaflet";

export type State = "open" | "closed" | "unknown";

export interface Kind {
  character: string;
  colour: string;
  name: string;
}

const OTHER: Kind = { character: "站", colour: "#3d4852", name: "" };
let kinds: Record<string, Kind> | null = null;

/** What a kind is called and how it is drawn; the page carries it. */
export function parseKind(code: string): Kind {
  kinds ??= JSON.parse(document.getElementById("map")?.dataset.kinds ?? "{}") as Record<string, Kind>;
  return kinds[code] ?? OTHER;
}

export function parseState(text: string | undefined): State {
  return text === "open" || text === "closed" ? text : "unknown";
}

export function stateText(state: State): string {
  return { open: translate("open"), closed: translate("closed"), unknown: translate("hours not known") }[state];
}

/** A place of the list: a numbered pin. */
export function pinIcon(number: number, state: State): L.DivIcon {
  const face = makeElement("span", "", String(number));
  return L.divIcon({ html: face, className: `pin ${state}`, iconSize: [44, 44], iconAnchor: [22, 44] });
}

/** Any other place: a circle with its kind's character; hollow where closed, broken where nobody knows. */
export function spotIcon(kind: string, state: State): L.DivIcon {
  const { character, colour } = parseKind(kind);
  const spot = makeElement("span", `spot ${state}`, character);
  spot.style.setProperty("--kind", colour);
  return L.divIcon({ html: spot, className: "place", iconSize: [32, 32] });
}

/** Many places in one: how many, and a ring that says which part of them is open. */
export function badgeIcon(count: number, open: number): L.DivIcon {
  const size = count < 100 ? 40 : count < 1000 ? 48 : 56;
  const face = makeElement("span", "", count < 10_000 ? String(count) : `${Math.floor(count / 1000)}k`);
  const ring = makeElement("span", "cluster");
  ring.append(face);
  ring.title = translate("{count} places, {open} open", { count, open });
  ring.style.setProperty("--open", `${(100 * open) / count}%`);
  return L.divIcon({ html: ring, className: "places", iconSize: [size, size] });
}

export function hereIcon(): L.DivIcon {
  return L.divIcon({ html: makeElement("span", "dot"), className: "here", iconSize: [28, 28] });
}

/** Where the way ends. */
export function endIcon(): L.DivIcon {
  return L.divIcon({ html: makeElement("span", "flag", "⚑"), className: "here", iconSize: [32, 32], iconAnchor: [8, 28] });
}
