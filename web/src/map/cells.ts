/** Counted cells, put together until a thumb can tell them apart. */

export interface Cell {
  lon: number;
  lat: number;
  count: number;
  open: number;
}

/** Those whose points fall into one square of `side` pixels become one, in their common middle. */
export function mergeCells(cells: Cell[], pixelOf: (cell: Cell) => { x: number; y: number }, side: number): Cell[] {
  const squares = new Map<string, Cell>();
  for (const cell of cells) {
    const { x, y } = pixelOf(cell);
    const key = `${Math.floor(x / side)} ${Math.floor(y / side)}`;
    const there = squares.get(key);
    squares.set(key, there ? joined(there, cell) : cell);
  }
  return [...squares.values()];
}

function joined(a: Cell, b: Cell): Cell {
  const count = a.count + b.count;
  const middle = (one: number, other: number) => (one * a.count + other * b.count) / count;
  return { lon: middle(a.lon, b.lon), lat: middle(a.lat, b.lat), count, open: a.open + b.open };
}
