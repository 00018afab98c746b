/* Places as markers, near ones in one badge. A badge holds places of one area, and stands on one of them. */
yihui.STATES = ["closed", "open", "unknown"];

/* a circle with the kind's character; hollow where closed, broken where nobody knows */
yihui.symbol = (kind, state) => {
  const spot = yihui.element("span", `spot ${state === null ? "" : yihui.STATES[state]}`, kind.symbol);
  spot.style.setProperty("--kind", kind.colour);
  return spot;
};

yihui.clusters = (map, places) => {
  const WIDE_PX = 70, APART_PX = 46, FAR = 9, POPUP = { minWidth: 220, maxWidth: 300, offset: [0, -8] };
  const shown = places.kinds.map(() => false), spread = places.spread(), layer = L.layerGroup().addTo(map);
  const drawn = new Map();  // markers by the places that they stand for
  let groups = null, zoomOf = -1;

  /* the narrowest level whose areas are wide enough for badges of their own; the second one at least */
  const levelAt = (scale) => {
    const wide = places.areas.filter(({ deg }, i) => i < 2 || (deg * 256 * scale) / 360 >= WIDE_PX);
    return wide[wide.length - 1];
  };

  const grouped = (zoom) => {
    const scale = 2 ** zoom, radius = zoom < FAR ? 100 : 60, level = levelAt(scale), byArea = new Map(), found = [];
    for (let i = 0; i < places.count; i += 1) {
      if (!shown[places.kind[i]]) continue;
      const area = level ? level.column[i] : 0, x = spread.x[i] * scale, y = spread.y[i] * scale;
      if (!byArea.has(area)) byArea.set(area, new Map());
      const squares = byArea.get(area), column = Math.floor(x / radius), row = Math.floor(y / radius);
      let best = null, away = radius;
      for (let at = 0; at < 9; at += 1) {
        for (const one of squares.get((column + (at % 3) - 1) * 2 ** 24 + row + Math.floor(at / 3) - 1) ?? []) {
          const distance = Math.hypot(one.x - x, one.y - y);
          if (distance < away) [best, away] = [one, distance];
        }
      }
      if (best) best.rows.push(i);
      else {
        const key = column * 2 ** 24 + row, one = { x, y, area, rows: [i] };
        found.push(one);
        squares.set(key, [...(squares.get(key) ?? []), one]);
      }
    }
    return apart(found, APART_PX / scale).map((one) => ({ ...one, key: one.rows.join(" ") }));
  };

  /* those of an area whose badges would cover each other become one */
  const apart = (found, least) => {
    const byArea = new Map();
    for (const { area, rows } of found) {
      const middle = middleOf(rows), others = byArea.get(area) ?? [];
      const near = others.find((one) => Math.hypot(spread.x[one.middle] - spread.x[middle], spread.y[one.middle] - spread.y[middle]) < least);
      if (near) near.rows.push(...rows);
      else byArea.set(area, [...others, { rows, middle }]);
    }
    return [...byArea.values()].flat();
  };

  /* the place that is nearest to the mean of all: that may lie beyond the area's border */
  const middleOf = (rows) => {
    const [x, y] = [spread.x, spread.y].map((column) => rows.reduce((sum, i) => sum + column[i], 0) / rows.length);
    const away = (i) => Math.hypot(spread.x[i] - x, spread.y[i] - y);
    return rows.reduce((best, i) => (away(i) < away(best) ? i : best));
  };

  const countStates = (rows) => {
    const counts = [0, 0, 0];
    for (const i of rows) counts[places.state(i) ?? 1] += 1;
    return counts;
  };
  const statesOf = (counts) => counts.map((count, state) => `${places.words.names[state]} ${count}`).join(" · ");

  const face = ({ rows }) => {
    if (rows.length === 1) return yihui.symbol(places.kinds[places.kind[rows[0]]], places.state(rows[0]));
    const counts = countStates(rows), count = rows.length;
    const box = yihui.element("div", `cluster${counts[1] ? "" : " none"}`), until = (100 * counts[1]) / count;
    box.appendChild(yihui.element("span", "", String(counts[1])));
    box.title = statesOf(counts);
    box.style.setProperty("--open", `${until}%`);
    box.style.setProperty("--unknown", `${until + (100 * counts[2]) / count}%`);
    return box;
  };
  const iconOf = (group) => {
    const count = group.rows.length, size = count === 1 ? 30 : count < 100 ? 36 : count < 1000 ? 44 : 52;
    return L.divIcon({ html: face(group), className: count === 1 ? "place" : "badge", iconSize: [size, size] });
  };

  /* nearer, until the places stand apart; those on one point are told one below the other */
  const open = ({ rows, middle }) => {
    const bounds = L.latLngBounds(rows.map((i) => places.at(i)));
    const zoom = rows.length > 1 ? map.getBoundsZoom(bounds.pad(0.2)) : map.getMaxZoom();
    if (rows.length > 1 && map.getZoom() < map.getMaxZoom() && !bounds.getNorthEast().equals(bounds.getSouthWest())) {
      map.setView(bounds.getCenter(), Math.max(zoom, map.getZoom() + 1), { animate: false });
      return;
    }
    if (rows.length === 1) yihui.picked.set(`place ${middle}`);
    const cards = () => {
      const box = yihui.element("div");
      box.append(...rows.map((i) => places.card(i)));
      return box;
    };
    L.popup(POPUP).setLatLng(places.at(middle)).setContent(cards).openOn(map);
  };

  /* a badge's name contains the number that it shows */
  const label = (marker) => {
    const { rows } = marker.group, name = places.names[rows[0]], kind = places.kinds[places.kind[rows[0]]].name;
    const text = rows.length > 1 ? `${name} … ${rows.length}: ${statesOf(countStates(rows))}` : `${kind} ${name}`;
    marker.getElement().setAttribute("aria-label", text);
  };
  const markerOf = (group) => {
    const title = group.rows.length > 1 ? "" : places.names[group.rows[0]];
    const marker = L.marker(places.at(group.middle), { icon: iconOf(group), title });
    marker.group = group;
    marker.on("add", () => label(marker));
    return marker.on("click keypress", (event) => {
      const isKey = event.type === "keypress";
      if (isKey && ![" ", "Enter"].includes(event.originalEvent.key)) return;
      L.DomEvent.stop(event);
      open(group);
      if (isKey) follow(group.rows[0]);
    });
  };

  /* the keyboard goes on with what a key has opened, and comes back from a card to its badge */
  const follow = (row) => {
    const marker = [...drawn.values()].find(({ group }) => group.rows.includes(row)), card = map.getPane("popupPane").querySelector("a");
    (card ?? marker?.getElement())?.focus();
    if (card) map.once("popupclose", () => marker?.getElement()?.focus());
  };

  /* What is in view has markers; one that stays is left as it is, with the keyboard on it. */
  const draw = () => {
    const zoom = map.getZoom(), view = map.getBounds().pad(0.2);
    if (!groups || zoom !== zoomOf) [groups, zoomOf] = [grouped(zoom), zoom];
    const wanted = new Map(groups.filter(({ middle }) => view.contains(places.at(middle))).map((group) => [group.key, group]));
    for (const [key, marker] of drawn) {
      if (wanted.has(key)) continue;
      layer.removeLayer(marker);
      drawn.delete(key);
    }
    for (const [key, group] of wanted) if (!drawn.has(key)) drawn.set(key, markerOf(group).addTo(layer));
  };
  map.on("moveend", draw);
  yihui.clock.follow(() => drawn.forEach((marker) => {
    marker.setIcon(iconOf(marker.group));
    label(marker);
  }));
  return yihui.kindLayers(shown, yihui.settled(() => {
    groups = null;
    drawn.clear();
    layer.clearLayers();
    draw();
  }));
};
