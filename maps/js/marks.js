/* Gaps, as hatched areas, and proposed sites, as numbered pins. */
yihui.hatching = () => {
  const pattern = yihui.drawing("pattern", {
    id: "hatching", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
  });
  pattern.appendChild(yihui.drawing("rect", { width: 7, height: 7, fill: "#d55e00", "fill-opacity": 0.18 }));
  pattern.appendChild(yihui.drawing("rect", { width: 2, height: 7, fill: "#b34700", "fill-opacity": 0.9 }));
  const sheet = yihui.drawing("svg", { width: 0, height: 0, "aria-hidden": "true", class: "patterns" });
  sheet.appendChild(yihui.drawing("defs", {})).appendChild(pattern);
  return sheet;
};

/* Whoever opens the popup of a mark has picked it; whoever picks it elsewhere sees it, with its popup. */
yihui.pickable = (name, marks, approach) => {
  const keyOf = (mark) => `${name} ${marks.indexOf(mark)}`;
  for (const mark of marks) {
    mark.on("popupopen", () => {
      if (yihui.picked.key !== keyOf(mark)) yihui.picked.set(keyOf(mark));
    });
  }
  yihui.picked.follow((key) => {
    const mark = marks.find((one) => keyOf(one) === key);
    if (!mark || mark.isPopupOpen()) return;
    approach(mark);
    mark.openPopup();
  });
};

yihui.gaps = (map, data) => {
  const hours = data.hours && yihui.unpack(data.hours), bytes = (168 + 7) >> 3;
  const layer = L.layerGroup();
  document.body.appendChild(yihui.hatching());
  map.createPane("gaps").style.zIndex = 420;
  const patches = data.rows.map((row) => {
    const patch = L.polygon(yihui.outline(row.outline, data.scale), {
      pane: "gaps", className: "gap", color: "#8a3600", weight: 1, fillColor: "url(#hatching)", fillOpacity: 1,
    });
    patch.bindPopup(() => yihui.card(row.name, "", row.facts), { minWidth: 200, maxWidth: 300 });
    return patch;
  });
  const choose = () => patches.forEach((patch, i) => {
    const holds = !hours || yihui.bit(hours, bytes * i, yihui.clock.hour);
    layer[holds ? "addLayer" : "removeLayer"](patch);
  });
  choose();
  yihui.clock.follow(choose);
  yihui.pickable("gap", patches, (patch) => {
    layer.addLayer(patch);
    map.fitBounds(patch.getBounds().pad(0.5), { animate: false, maxZoom: 14 });
  });
  return layer;
};

yihui.proposals = (map, data) => {
  const pins = data.rows.map((row) => {
    const icon = L.divIcon({ html: yihui.element("span", "", String(row.rank)), className: "pin", iconSize: [24, 30], iconAnchor: [12, 30], popupAnchor: [0, -26] });
    const marker = L.marker([row.lat, row.lon], { icon, title: row.name, alt: `${row.rank} ${row.name}`, zIndexOffset: 5000 - row.rank });
    return marker.bindPopup(() => yihui.card(row.name, "", row.facts), { minWidth: 200, maxWidth: 300 });
  });
  yihui.pickable("pin", pins, (pin) => map.setView(pin.getLatLng(), Math.max(map.getZoom(), 13), { animate: false }));
  return L.layerGroup(pins);
};

/* an online base map, where the user asked for one */
yihui.tiles = (map, data) => L.layerGroup(data.layers.map((one) => L.tileLayer(one.template, {
  subdomains: one.subdomains, maxZoom: 18, crossOrigin: null, referrerPolicy: "no-referrer",
})));
