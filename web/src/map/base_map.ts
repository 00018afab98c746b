/** What the server has to draw under a map: outlines and, where the operator has some, streets or pictures. */

export interface Layer {
  template: string;
  min_zoom: number;
  max_zoom: number;
}

export interface BaseMap {
  outlines: Layer | null;
  /** Vector tiles; none where there are pictures. */
  streets: Layer | null;
  tiles: Layer | null;
  /** Whose streets or pictures these are. */
  credit: string;
  sources: string[];
  /** West, south, east, north of most of the register's places. */
  box: [number, number, number, number] | null;
}

const NOTHING: BaseMap = { outlines: null, streets: null, tiles: null, credit: "", sources: [], box: null };

/** The address of what there is to draw, with its texts in the page's language. */
export function baseMapAddress(): string {
  return `/map/base.json?lang=${document.documentElement.lang.startsWith("zh") ? "zh" : "en"}`;
}

/** What there is to draw; nothing where the server can't be reached. */
export async function fetchBaseMap(): Promise<BaseMap> {
  try {
    const response = await fetch(baseMapAddress());
    return response.ok ? ((await response.json()) as BaseMap) : NOTHING;
  } catch {
    return NOTHING;
  }
}
