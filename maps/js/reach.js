/* The ground within reach at the hour, where one is near: discs around what is open, or cells whose streets reach one. */
yihui.reach = (map, data) => {
  const COUNTY_FROM = 8.5, FROM = 11, COLOUR = "#2c7fb8", EARTH_M = 40_075_017;
  const serves = data.serves && yihui.unpack(data.serves);
  const more = { places: new yihui.Timed(data.more), counts: () => true };
  const sets = serves ? [{ places: yihui.register, counts: (i) => yihui.bit(serves, 0, i) }, more] : [more];

  const paint = (pen, tile) => {
    const north = Math.PI * (1 - (2 * (tile.top + tile.side / 2)) / (256 * tile.scale));
    const size = (data.metres * 256 * tile.scale * Math.cosh(north)) / EARTH_M;  // of a radius, or of half a cell's side
    pen.fillStyle = COLOUR;
    for (const { places, counts } of sets) {
      tile.visit(places.spread(), size, (i, x, y) => {
        if (places.state(i) !== 1 || !counts(i)) return;
        pen.beginPath();
        if (data.are_cells) pen.rect(x - size, y - size, 2 * size, 2 * size);
        else pen.arc(x, y, size, 0, 2 * Math.PI);
        pen.fill();
      });
    }
  };
  const drawn = yihui.canvas(map, "reach", 410, paint), layer = new L.Layer();
  const choose = () => {
    const area = yihui.place.area, isCounty = area !== "" && !area.endsWith("00");
    const isDrawn = map.hasLayer(layer) && map.getZoom() >= (isCounty ? COUNTY_FROM : FROM);
    if (isDrawn === yihui.ground.isDrawn) return;
    yihui.ground.set(isDrawn);
    map[isDrawn ? "addLayer" : "removeLayer"](drawn);
  };
  layer.onAdd = layer.onRemove = () => queueMicrotask(choose);  // when the map knows that it has it, or no longer
  map.on("zoomend", choose);
  yihui.place.follow(choose);
  return layer;
};
