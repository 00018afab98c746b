/* Names of cities from afar, of districts from near; of the areas below them, where there are any, as far as they are in view. */
yihui.names = (map, data) => {
  const group = (rows, className) => L.layerGroup(rows.map((row) => {
    const icon = L.divIcon({ html: yihui.element("span", "", row[2]), className, iconSize: [0, 0] });
    return L.marker([row[0], row[1]], { icon, interactive: false, keyboard: false, zIndexOffset: -10000 });
  }));
  const far = group(data.far, "name far"), near = group(data.near, "name near");
  let inner = L.layerGroup();  // too many to be drawn at once
  const layer = new L.Layer();
  const choose = () => {
    const zoom = map.getZoom(), isNear = zoom >= data.near_from;
    map[!isNear && zoom >= data.far_from ? "addLayer" : "removeLayer"](far);
    map[isNear ? "addLayer" : "removeLayer"](near);
    inner.remove();
    if (zoom < data.inner_from || !data.inner.length) return;
    const view = map.getBounds();
    inner = group(data.inner.filter((row) => view.contains([row[0], row[1]])), "name near").addTo(map);
  };
  const settle = yihui.settled(() => yihui.keepClear(map));  // when the badges stand where they will
  layer.onAdd = () => {
    map.on("moveend", choose).on("zoomend moveend layeradd layerremove", settle);
    choose();
    settle();
  };
  layer.onRemove = () => {
    map.off("moveend", choose).off("zoomend moveend layeradd layerremove", settle);
    far.remove();
    near.remove();
    inner.remove();
  };
  return layer;
};

/* A name stands clear of badges and of other names: in its place, else below or above what is there, else not at all. */
yihui.keepClear = (map) => {
  const pane = map.getPane("markerPane");
  const taken = Array.from(pane.querySelectorAll(".cluster, .place, .pin"), (node) => node.getBoundingClientRect());
  const inTheWay = (box, down) => taken.find((other) => other.left < box.right && other.right > box.left
    && other.top < box.bottom + down && other.bottom > box.top + down);
  const names = [...pane.querySelectorAll(".name span")];
  for (const name of names) name.style.marginTop = "0";
  const boxes = names.map((name) => name.getBoundingClientRect());  // all read before any is moved
  names.forEach((name, i) => {
    const box = boxes[i], other = inTheWay(box, 0);
    const ways = other ? [other.bottom - box.top + 1, other.top - box.bottom - 1] : [0];
    const down = ways.find((way) => !inTheWay(box, way));
    name.style.visibility = down === undefined ? "hidden" : "visible";
    if (down === undefined) return;
    name.style.marginTop = `${down}px`;
    taken.push({ left: box.left, right: box.right, top: box.top + down, bottom: box.bottom + down });
  });
};
