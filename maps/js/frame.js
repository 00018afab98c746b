/* What stands around a map: panel, bars, controls, and the sheet of paper. */
yihui.frame = (map, data, layers) => {
  const isNarrow = () => window.matchMedia("(max-width: 640px)").matches;
  const boxes = [...document.querySelectorAll(".panel, .scope, .week")];
  const [panel, scope, week] = [".panel", ".scope", ".week"].map((name) => document.querySelector(name));
  const heightOf = (box) => (box && !box.hidden ? box.offsetHeight : 0);
  for (const box of boxes) {  // what is done to them must not move the map
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
  }
  panel.querySelector("details").open = !isNarrow();
  document.body.style.setProperty("--head", `${panel.querySelector("summary").offsetHeight + 30}px`);
  map.attributionControl.setPrefix(false);
  if (data.attribution) map.attributionControl.addAttribution(yihui.element("i", "", data.attribution).innerHTML);
  L.control.zoom({ position: "topright", zoomInTitle: data.words.zoom_in, zoomOutTitle: data.words.zoom_out }).addTo(map);
  L.control.layers({}, layers, { position: "topright" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const north = L.control({ position: "bottomright" });
  north.onAdd = () => document.querySelector(".north");
  north.addTo(map);
  document.querySelectorAll(".leaflet-control-layers-toggle").forEach((node) => {
    node.title = data.words.layers;
    node.setAttribute("aria-label", data.words.layers);
  });
  map.getContainer().setAttribute("aria-label", data.words.map);
  map.on("popupopen", ({ popup }) => {
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", data.words.close);
  });
  yihui.clock.follow(() => map.eachLayer((layer) => { if (layer instanceof L.Popup) layer.update(); }));

  /* what the boxes take away from the map: left and top, right and bottom */
  const room = () => {
    const under = heightOf(week), over = heightOf(scope);
    const taken = isNarrow()
      ? [[8, panel.querySelector("summary").offsetHeight + over + 40], [8, under + 40]]
      : [[panel.offsetWidth + 24, over + 24], [64, under + 24]];
    L.Popup.mergeOptions({
      autoPanPaddingTopLeft: taken[0],
      autoPanPaddingBottomRight: taken[1],
      maxHeight: Math.max(160, map.getSize().y - taken[0][1] - taken[1][1] - 60),
    });
    return taken;
  };

  let last = null;
  const fit = (bounds) => {  // null: all of it
    last = bounds;
    const [topLeft, bottomRight] = room();
    map.fitBounds(bounds || data.bounds, { paddingTopLeft: topLeft, paddingBottomRight: bottomRight, animate: false });
  };
  yihui.frame.fit = fit;
  fit(null);
  yihui.address(map);

  /* A3 is laid out anew: the window's picture would be cut off. */
  let before = null;
  window.addEventListener("beforeprint", () => {
    before = { centre: map.getCenter(), zoom: map.getZoom(), isOpen: panel.querySelector("details").open };
    document.body.classList.add("on-paper");
    panel.querySelector("details").open = true;
    map.invalidateSize({ animate: false, pan: false });
    fit(last);
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("on-paper");
    panel.querySelector("details").open = before.isOpen;
    map.invalidateSize({ animate: false, pan: false });
    map.setView(before.centre, before.zoom, { animate: false });
  });
};

/* A page of one map: the data say what it has, and the function of each name draws it. */
yihui.open = (map) => {
  window.map = map;
  const frame = yihui.read("frame"), draw = (key) => yihui[key](map, yihui.read(key));
  draw("start");
  const places = draw("places");
  const layers = frame.layers.map(([title, key, kind]) => [title, (kind === undefined ? draw(key) : places.kind(kind)).addTo(map)]);
  if (document.getElementById("data-week")) draw("week");
  yihui.frame(map, frame, Object.fromEntries(layers));  // last: it measures how much room the others leave
};
