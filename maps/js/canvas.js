/* What is drawn on canvas tiles: hundreds of thousands stay quick to pan, since what was drawn only moves. */

/* Points with their pixels at zoom 0, and those of a box found at once. */
yihui.Spread = class {
  constructor(places) {
    this.x = new Float64Array(places.count);
    this.y = new Float64Array(places.count);
    this.cells = new Map();
    for (let i = 0; i < places.count; i += 1) {
      const [lat, lon] = places.at(i), sine = Math.sin((lat * Math.PI) / 180);
      this.x[i] = 256 * (lon / 360 + 0.5);
      this.y[i] = 256 * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI));
      const cell = this.cell(this.x[i]) + this.cell(this.y[i]) * 2048;
      if (!this.cells.has(cell)) this.cells.set(cell, []);
      this.cells.get(cell).push(i);
    }
  }

  cell(pixel) {  // those of zoom 11
    return Math.floor(8 * pixel);
  }

  /* every place in a box of pixels at zoom 0, and some around it */
  within(west, north, east, south, visit) {
    for (let row = this.cell(north); row <= this.cell(south); row += 1) {
      for (let column = this.cell(west); column <= this.cell(east); column += 1) {
        for (const i of this.cells.get(column + row * 2048) ?? []) visit(i);
      }
    }
  }
};

/* A layer of tiles that `paint(pen, tile)` fills, again at each hour; a tile's pixels are those of its zoom. */
yihui.canvas = (map, pane, zIndex, paint) => {
  const SIDE = 256, canvases = new Map();
  const fill = (canvas, coords) => {
    const ratio = canvas.width / SIDE, scale = 2 ** coords.z, pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, SIDE, SIDE);
    const [left, top] = [coords.x * SIDE, coords.y * SIDE];
    paint(pen, {
      zoom: coords.z, scale, left, top, side: SIDE,
      visit: (spread, pad, see) => spread.within(...[left - pad, top - pad, left + SIDE + pad, top + SIDE + pad].map((at) => at / scale), (i) => {
        const x = spread.x[i] * scale - left, y = spread.y[i] * scale - top;
        if (x >= -pad && y >= -pad && x <= SIDE + pad && y <= SIDE + pad) see(i, x, y);
      }),
    });
  };
  const Tiles = L.GridLayer.extend({
    createTile(coords) {
      const canvas = L.DomUtil.create("canvas", pane);
      canvas.width = canvas.height = SIDE * Math.min(window.devicePixelRatio || 1, 2);
      fill(canvas, coords);
      canvases.set(canvas, coords);
      return canvas;
    },
  });
  map.createPane(pane).style.zIndex = zIndex;
  map.getPane(pane).style.pointerEvents = "none";
  const layer = new Tiles({ pane, updateWhenZooming: false, keepBuffer: 2 });
  layer.on("tileunload", (event) => canvases.delete(event.tile));
  layer.repaint = yihui.settled(() => canvases.forEach((coords, canvas) => fill(canvas, coords)));
  yihui.clock.follow(layer.repaint);
  return layer;
};

/* Layers that switch the kinds on and off in `shown`; whatever changes before the next frame is one change. */
yihui.kindLayers = (shown, change) => ({
  kind: (index) => {
    const layer = new L.Layer();
    [layer.onAdd, layer.onRemove] = [true, false].map((isShown) => () => { shown[index] = isShown; change(); });
    return layer;
  },
});
