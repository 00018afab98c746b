/** Vector tiles in the form of an archive, which the renderer reads. */
export interface StreetTiles {
  getZxy(z: number, x: number, y: number, signal: AbortSignal): Promise<{ data: ArrayBuffer } | undefined>;
}

/** The server's tiles; a tile that can't be had now is asked for again later. */
export function createServerTiles(template: string): StreetTiles {
  return {
    async getZxy(z, x, y, signal) {
      const address = template.replace("{z}", `${z}`).replace("{x}", `${x}`).replace("{y}", `${y}`);
      const response = await fetch(address, { signal });
      if (!response.ok) throw new Error(`${response.status} ${response.url}`);
      return response.status === 204 ? undefined : { data: await response.arrayBuffer() };
    },
  };
}

/** Column, row and gzip content in base64 of each tile, by zoom. */
export type PackedTiles = Record<string, [x: number, y: number, content: string][]>;

/** Tiles that a page holds. */
export function createPackedTiles(packed: PackedTiles): StreetTiles {
  const contents = new Map<string, string>();
  for (const [z, tiles] of Object.entries(packed)) for (const [x, y, content] of tiles) contents.set(`${z}/${x}/${y}`, content);
  return {
    async getZxy(z, x, y) {
      const content = contents.get(`${z}/${x}/${y}`);
      return content === undefined ? undefined : { data: await unpack(content) };
    },
  };
}

function unpack(content: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
