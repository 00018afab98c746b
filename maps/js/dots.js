/* Places as dots on canvas tiles. */
yihui.dots = (map, places) => {
  const REACH_PX = 12, CLOSED = "#7b848c", shown = places.kinds.map(() => false);
  const radiusAt = (zoom) => (zoom < 9 ? 1.5 : zoom < 12 ? 2.5 : zoom < 14 ? 4.5 : 7);
  const spread = places.spread();

  /* Open places first and over the others; where dots are finer than the eye, one stands for all of its pixels. */
  const paint = (pen, tile) => {
    const radius = radiusAt(tile.zoom), step = radius < 4 ? radius : 0, last = [];
    const across = Math.ceil(tile.side / (step || tile.side)) + 4, taken = new Uint8Array(across ** 2);
    const square = (i, x, y) => {
      const bin = (Math.floor(x / step) + 2) * across + Math.floor(y / step) + 2;
      if (taken[bin]) return;
      taken[bin] = 1;
      pen.fillStyle = (places.state(i) ?? 1) === 0 ? CLOSED : places.kinds[places.kind[i]].colour;
      pen.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    };
    const circle = (i, x, y) => {
      const state = places.state(i) ?? 1, colour = places.kinds[places.kind[i]].colour;
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.fillStyle = state === 1 ? colour : "#fff";
      pen.strokeStyle = state === 1 ? "#fff" : state === 2 ? CLOSED : colour;
      pen.lineWidth = 1.5;
      pen.fill();
      pen.stroke();
    };
    const draw = step ? square : circle;
    tile.visit(spread, radius, (i, x, y) => {
      if (!shown[places.kind[i]]) return;
      const isOpen = (places.state(i) ?? 1) === 1;
      if (isOpen === Boolean(step)) draw(i, x, y);
      else last.push([i, x, y]);
    });
    for (const one of last) draw(...one);
  };
  const layer = yihui.canvas(map, "dots", 450, paint).addTo(map);

  const nearest = (point) => {
    const at = map.project(point, 0), reach = REACH_PX / 2 ** map.getZoom();
    let best = null, away = reach;
    spread.within(at.x - reach, at.y - reach, at.x + reach, at.y + reach, (i) => {
      const distance = Math.hypot(spread.x[i] - at.x, spread.y[i] - at.y);
      if (shown[places.kind[i]] && distance < away) [best, away] = [i, distance];
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
  return yihui.kindLayers(shown, layer.repaint);
};
