/** How the streets are drawn: what lies under what, from which zoom, and how large; the colours are the page's. */
import {
  CenteredTextSymbolizer,
  CircleSymbolizer,
  type Feature,
  GroupSymbolizer,
  type LabelRule,
  LineLabelSymbolizer,
  LineSymbolizer,
  OffsetTextSymbolizer,
  type PaintRule,
  PolygonSymbolizer,
  TextPlacements,
} from "protomaps-leaflet";

/** The custom properties of css/street_colours.css, without their “--map-”. */
const COLOURS = [
  "water", "green", "ground", "building", "road", "road-edge", "main", "main-edge", "path", "rail", "name", "halo",
  "water-name", "landmark",
] as const;
type Colour = (typeof COLOURS)[number];

/** The colours as they are now; read again when the page turns dark. */
export class Palette {
  private colours: Partial<Record<Colour, string>> = {};
  font = "sans-serif";

  read(styled: Element): void {
    const style = getComputedStyle(styled);
    this.font = style.fontFamily || this.font;
    this.colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]));
  }

  of(name: Colour): () => string {
    return () => this.colours[name] || "gray";
  }
}

const CENTRE = 2; // LineLabelPlacement.Center, which the package does not export

type Width = (zoom: number) => number;
const MAIN = ["motorway", "trunk", "primary"];
const MIDDLE = ["secondary", "tertiary"];

/** Widths in pixels by zoom, straight between two of them, and as the last one beyond. */
function widths(...stops: [zoom: number, px: number][]): Width {
  return (zoom) => {
    const after = stops.findIndex(([at]) => at > zoom);
    const [low, high] = [stops[after < 0 ? stops.length - 1 : after - 1], stops[after]];
    if (!low) return 0;
    return high ? low[1] + ((high[1] - low[1]) * (zoom - low[0])) / (high[0] - low[0]) : low[1];
  };
}

const WIDTHS: { kinds: string[]; from: number; edged: number; width: Width; fill: Colour; edge: Colour }[] = [
  { kinds: ["service"], from: 15, edged: 16, width: widths([15, 0.8], [16, 2.5], [18, 8]), fill: "road", edge: "road-edge" },
  { kinds: ["minor", "walk"], from: 13, edged: 14, width: widths([13, 0.7], [14, 1.6], [15, 3], [16, 5], [18, 14]), fill: "road", edge: "road-edge" },
  { kinds: MIDDLE, from: 11, edged: 13, width: widths([11, 0.9], [13, 2.4], [15, 5], [16, 8], [18, 20]), fill: "road", edge: "road-edge" },
  { kinds: MAIN, from: 7, edged: 11, width: widths([7, 0.8], [11, 2], [13, 3.4], [15, 7], [16, 10], [18, 24]), fill: "main", edge: "main-edge" },
];

const isKind = (kinds: string[]) => (_zoom: number, feature: Feature) => kinds.includes(String(feature.props.kind));
const isTunnel = (feature: Feature) => Boolean(feature.props.tunnel);
const isSurface = (kinds: string[]) => (zoom: number, feature: Feature) => isKind(kinds)(zoom, feature) && !isTunnel(feature);
const isUnderground = (kinds: string[]) => (zoom: number, feature: Feature) => isKind(kinds)(zoom, feature) && isTunnel(feature);

export function createPaintRules(palette: Palette): PaintRule[] {
  const area = (dataLayer: string, fill: Colour): PaintRule => ({ dataLayer, symbolizer: new PolygonSymbolizer({ fill: palette.of(fill) }) });
  type Line = ConstructorParameters<typeof LineSymbolizer>[0];
  const road = (minzoom: number, filter: PaintRule["filter"], line: Line): PaintRule => ({ dataLayer: "road", minzoom, filter, symbolizer: new LineSymbolizer(line) });
  // Tunnels have no casing: one dashed line in the colour of edges, below all roads of the surface.
  const tunnels = WIDTHS.map(({ kinds, from, width, edge }) =>
    road(from, isUnderground(kinds), { color: palette.of(edge), width: (zoom: number) => Math.max(1, width(zoom) / 2), opacity: 0.6, dash: [4, 4] }),
  );
  const edges = WIDTHS.map(({ kinds, edged, width, edge }) =>
    road(edged, isSurface(kinds), { color: palette.of(edge), width: (zoom: number) => width(zoom) + 1.6, lineCap: "round", lineJoin: "round" }),
  );
  // A line too thin for edges is drawn in their colour: it would not be seen on the land otherwise.
  const fills = WIDTHS.map(({ kinds, from, edged, width, fill, edge }) =>
    road(from, isSurface(kinds), { color: (zoom: number) => palette.of(zoom < edged ? edge : fill)(), width, lineCap: "round", lineJoin: "round" }),
  );
  return [
    area("green", "green"),
    area("ground", "ground"),
    area("water", "water"),
    { dataLayer: "waterway", symbolizer: new LineSymbolizer({ color: palette.of("water"), width: widths([9, 0.8], [14, 2], [18, 8]) }) },
    { dataLayer: "building", minzoom: 15, symbolizer: new PolygonSymbolizer({ fill: palette.of("building") }) },
    road(15, isKind(["path"]), { color: palette.of("path"), width: widths([15, 0.8], [18, 2]), dash: [3, 3] }),
    road(10, isKind(["rail"]), { color: palette.of("rail"), width: widths([10, 0.6], [15, 2], [18, 4]) }),
    road(14, isKind(["rail"]), { color: palette.of("halo"), width: widths([14, 0.8], [18, 2.4]), dash: [7, 7], dashWidth: 1, dashColor: palette.of("halo") }),
    ...tunnels,
    ...edges,
    ...fills,
  ];
}

/** What comes first is placed first; what no longer finds room is left out. */
export function createLabelRules(palette: Palette): LabelRule[] {
  const text = (size: number, fill: Colour, weight = 400) => ({
    labelProps: ["name"],
    fill: palette.of(fill),
    stroke: palette.of("halo"),
    width: 2,
    lineHeight: 1.3,
    font: () => `${weight} ${size}px ${palette.font}`,
  });
  const place = (kinds: string[], minzoom: number, maxzoom: number, size: number): LabelRule => ({
    dataLayer: "place",
    minzoom,
    maxzoom,
    filter: isKind(kinds),
    symbolizer: new CenteredTextSymbolizer(text(size, "name", 600)),
  });
  const along = (kinds: string[], minzoom: number, size: number, fill: Colour = "name"): LabelRule => ({
    dataLayer: "road_name",
    minzoom,
    filter: isKind(kinds),
    symbolizer: new LineLabelSymbolizer({ ...text(size, fill), width: 3, position: CENTRE, repeatDistance: 360 }),
  });
  const spot = (kinds: string[], minzoom: number): LabelRule => ({
    dataLayer: "spot",
    minzoom,
    filter: isKind(kinds),
    symbolizer: new GroupSymbolizer([
      new CircleSymbolizer({ radius: 2.5, fill: palette.of("landmark"), stroke: palette.of("halo"), width: 1.5 }),
      new OffsetTextSymbolizer({ ...text(12, "landmark"), offsetY: 5, placements: [TextPlacements.S], maxLineChars: 9 }),
    ]),
  });
  return [
    place(["town", "township", "suburb"], 12, 14, 14),
    place(["village", "quarter"], 14, 16, 13),
    along(MAIN, 13, 13),
    spot(["station"], 13),
    along(MIDDLE, 14, 13),
    { dataLayer: "water_name", minzoom: 12, symbolizer: new CenteredTextSymbolizer(text(13, "water-name")) },
    along(["water"], 14, 12, "water-name"),
    spot(["hospital", "park", "peak"], 15),
    spot(["school", "exit", "sight", "shop", "office"], 16),
    along(["minor", "walk"], 15, 12),
    along(["service", "path"], 17, 12),
    place(["hamlet", "neighbourhood"], 15, 17, 13),
  ];
}
