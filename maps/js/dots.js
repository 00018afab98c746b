/* Places as dots on canvas tiles: hundreds of thousands stay quick to pan, since what was drawn only moves. */
yihui.dots = (map, places) => {
  const CELL_ZOOM = 11, SIDE = 256, REACH_PX = 12, CLOSED = "#7b848c";
  const shown = places.kinds.map(() => false);
  const x = new Float64Array(places.length), y = new Float64Array(places.length);  // pixels at zoom 0
  const cells = new Map();
  const cellOf = (i) => {
    const scale = 2 ** CELL_ZOOM / SIDE;
    return Math.floor(x[i] * scale) + Math.floor(y[i] * scale) * 2 ** CELL_ZOOM;
  };

  for (let i = 0; i < places.length; i += 1) {
    const [lat, lon] = places.at(i), sine = Math.sin((lat * Math.PI) / 180);
    x[i] = SIDE * (lon / 360 + 0.5);
    y[i] = SIDE * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI));
    const cell = cellOf(i);
    if (!cells.has(cell)) cells.set(cell, []);
    cells.get(cell).push(i);
  }

  /* every place in a box of pixels at zoom 0, and some around it */
  const within = (west, north, east, south, visit) => {
    const scale = 2 ** CELL_ZOOM / SIDE;
    for (let row = Math.floor(north * scale); row <= Math.floor(south * scale); row += 1) {
      for (let column = Math.floor(west * scale); column <= Math.floor(east * scale); column += 1) {
        const cell = cells.get(column + row * 2 ** CELL_ZOOM);
        if (cell) for (const i of cell) if (shown[places.kind[i]]) visit(i);
      }
    }
  };

  const radiusAt = (zoom) => (zoom < 9 ? 1.5 : zoom < 12 ? 2.5 : zoom < 14 ? 4.5 : 7);

  /* Open places first and over the others; where dots are finer than the eye, one stands for all of its pixels. */
  const paint = (canvas, coords) => {
    const ratio = canvas.width / SIDE, zoom = coords.z, scale = 2 ** zoom, radius = radiusAt(zoom);
    const pen = canvas.getContext("2d"), pad = radius / scale, step = radius < 4 ? radius : 0;
    const taken = new Uint8Array(step ? (Math.ceil(SIDE / step) + 4) ** 2 : 0), side = Math.sqrt(taken.length);
    const west = (coords.x * SIDE) / scale, north = (coords.y * SIDE) / scale, width = SIDE / scale;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, SIDE, SIDE);
    const last = [];
    const dot = (i, state) => {
      const px = x[i] * scale - coords.x * SIDE, py = y[i] * scale - coords.y * SIDE;
      if (px < -radius || py < -radius || px > SIDE + radius || py > SIDE + radius) return;
      if (step) {
        const bin = (Math.floor(px / step) + 2) * side + Math.floor(py / step) + 2;
        if (taken[bin]) return;
        taken[bin] = 1;
        pen.fillStyle = state ? places.kinds[places.kind[i]].colour : CLOSED;
        pen.fillRect(px - radius, py - radius, 2 * radius, 2 * radius);
        return;
      }
      pen.beginPath();
      pen.arc(px, py, radius, 0, 2 * Math.PI);
      pen.fillStyle = state === 1 ? places.kinds[places.kind[i]].colour : "#fff";
      pen.strokeStyle = state === 1 ? "#fff" : state === 2 ? CLOSED : places.kinds[places.kind[i]].colour;
      pen.lineWidth = 1.5;
      pen.fill();
      pen.stroke();
    };
    within(west - pad, north - pad, west + width + pad, north + width + pad, (i) => {
      const isOpen = (places.state(i) ?? 1) === 1;
      if (isOpen === Boolean(step)) dot(i, isOpen ? 1 : places.state(i));
      else last.push(i);
    });
    for (const i of last) dot(i, places.state(i) ?? 1);
  };

  const canvases = new Map();
  const Dots = L.GridLayer.extend({
    createTile(coords) {
      const canvas = L.DomUtil.create("canvas", "dots");
      canvas.width = canvas.height = SIDE * Math.min(window.devicePixelRatio || 1, 2);
      paint(canvas, coords);
      canvases.set(canvas, coords);
      return canvas;
    },
  });
  map.createPane("dots").style.zIndex = 450;
  map.getPane("dots").style.pointerEvents = "none";
  const layer = new Dots({ pane: "dots", updateWhenZooming: false, keepBuffer: 2 });
  layer.on("tileunload", (event) => canvases.delete(event.tile));
  const repaint = yihui.settled(() => canvases.forEach((coords, canvas) => paint(canvas, coords)));
  yihui.clock.follow(repaint);
  layer.addTo(map);

  const nearest = (point) => {
    const scale = 2 ** map.getZoom(), at = map.project(point, 0), reach = REACH_PX / scale;
    let best = null, away = reach;
    within(at.x - reach, at.y - reach, at.x + reach, at.y + reach, (i) => {
      const distance = Math.hypot(x[i] - at.x, y[i] - at.y);
      if (distance < away) [best, away] = [i, distance];
    });
    return best;
  };

  /* A click on a dot is not one on the district underneath. */
  yihui.claims.push((event) => {
    const i = nearest(event.latlng);
    if (i === null) return false;
    L.popup({ minWidth: 220, maxWidth: 300 }).setLatLng(places.at(i)).setContent(() => places.card(i)).openOn(map);
    return true;
  });
  map.on("click", (event) => yihui.claims.some((claim) => claim(event)));

  return {
    kind: (index) => {
      const kind = new L.Layer();
      kind.onAdd = () => { shown[index] = true; repaint(); };
      kind.onRemove = () => { shown[index] = false; repaint(); };
      return kind;
    },
  };
};
