/** Draws the outline of an area on the map, or reads it from a file, into the field that the form sends. */
import { L } from "../map/leaflet";

const DIGITS = 5;

export class OutlineTool {
  isDrawing = false;
  private points: L.LatLng[] = [];
  private readonly shape = L.polygon([], { className: "chosen-mark", fillOpacity: 0.1 });

  private constructor(
    private readonly map: L.Map,
    private readonly field: HTMLTextAreaElement,
    private readonly button: HTMLButtonElement,
  ) {}

  /** Shows the tools beside the field; nothing where the page has no such form. */
  static begin(map: L.Map): OutlineTool | undefined {
    const field = document.querySelector<HTMLTextAreaElement>("[data-outline]");
    const tools = document.querySelector<HTMLElement>("[data-outline-tools]");
    const draw = tools?.querySelector<HTMLButtonElement>("[data-draw]");
    if (!field || !tools || !draw) return undefined;
    const made = new OutlineTool(map, field, draw);
    tools.hidden = false;
    draw.addEventListener("click", () => made.toggle());
    tools.querySelector("[data-clear]")?.addEventListener("click", () => made.clear());
    const file = tools.querySelector<HTMLInputElement>("[type=file]");
    file?.addEventListener("change", () => void file.files?.[0]?.text().then((text) => (field.value = text)));
    return made;
  }

  add(at: L.LatLng): void {
    this.points.push(at);
    this.shape.setLatLngs(this.points).addTo(this.map);
    this.field.value = this.points.map(({ lng, lat }) => `${lng.toFixed(DIGITS)}, ${lat.toFixed(DIGITS)}`).join("\n");
  }

  private toggle(): void {
    this.isDrawing = !this.isDrawing;
    this.button.setAttribute("aria-pressed", String(this.isDrawing));
    if (this.isDrawing) this.map.getContainer().scrollIntoView({ block: "nearest" });
  }

  private clear(): void {
    this.points = [];
    this.shape.remove();
    this.field.value = "";
  }
}
