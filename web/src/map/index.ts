/** The map beside the list. It is loaded when it comes into view, so that the page itself stays light. */
import { makeButton, makeElement } from "../elements";
import type { RiderPage } from "../page";
import { translate } from "../translation";
import type { OfflineStations } from "./other_places";
import type { RiderMap } from "./view";

const WHEN_SOUGHT = "0px 0px -25%"; // below the questions and a short list, where most never look: it takes 130 kB

export function startMap(page: RiderPage): void {
  const section = document.getElementById("map");
  if (!section || !("IntersectionObserver" in window)) return;
  const box: HTMLElement = section;
  let view: Promise<RiderMap | null> | null = null;
  box.hidden = false;
  box.replaceChildren(makeElement("p", "", box.getAttribute("aria-label") ?? ""));

  const observer = new IntersectionObserver(
    (entries) => {
      const isSeen = entries.at(-1)?.isIntersecting ?? false;
      box.classList.toggle("seen", isSeen); // the bar of the list gives way to the map's note
      if (isSeen) void load();
    },
    { rootMargin: WHEN_SOUGHT },
  );
  observer.observe(box);
  page.onAnswer(offer);
  offer(page.answer);
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-on-map]") : null;
    if (button) void show(button.dataset.onMap ?? "");
  });

  function load(): Promise<RiderMap | null> {
    if (!view) box.replaceChildren(makeElement("p", "", translate("The map is coming …")));
    view ??= import("./view")
      .then(({ openMapView }) => openMapView(box, page, saved))
      .catch(() => {
        view = null;
        told();
        return null;
      });
    return view;
  }

  async function show(id: string): Promise<void> {
    box.scrollIntoView({ block: "center" });
    const opened = await load();
    opened?.show(id);
    box.scrollIntoView({ block: "center" }); // by now it is as high as it will be
  }

  /** The list and the filters stay; only the map is missing. */
  function told(): void {
    const text = makeElement("p", "", translate("The map can't be loaded now. The list holds the same places."));
    box.replaceChildren(text, makeButton(translate("Try again"), () => void load()));
  }
}

/** From each card to its place on the map. */
function offer(answer: HTMLElement): void {
  answer.querySelectorAll<HTMLElement>(".card[data-lon]").forEach((card, index) => {
    const links = card.querySelector(".links");
    if (!links || links.querySelector("[data-on-map]")) return;
    const button = makeElement("button", "on-map", translate("No. {number} on the map", { number: index + 1 }));
    button.type = "button";
    button.dataset.onMap = card.dataset.id ?? "";
    links.append(button);
  });
}

/** What the phone keeps, where the network doesn't answer. */
const saved: OfflineStations = async (box, question) =>
  (await import("../offline/within")).findStationsWithin(box, question);
