/* Districts: the colours of an hour, and the way from the province down to a county and back. */
yihui.claims = [];  // who takes a click before a district does

yihui.areas = (map, data) => {
  const NOTHING = 65535, QUIET = { color: "#55606b", weight: 0.8 }, MARKED = { color: "#111", weight: 2.5 };
  const share = yihui.unpack(data.share), open = yihui.unpack(data.open), parent = yihui.unpack(data.parent);
  const level = yihui.unpack(data.level), count = data.names.length, deepest = Math.max(0, ...level);
  const top = data.single_root ? parent.findIndex((above) => above < 0) : -1;
  const layer = L.layerGroup(), paths = [], borders = L.layerGroup();
  let scope = top, shown = data.first_level, over = -1;

  const hour = () => Math.min(yihui.clock.hour, data.hours - 1);
  const shareOf = (i, at = hour()) => {
    const value = share[i * data.hours + at];
    return value === NOTHING ? null : value / data.share_scale;
  };
  const colour = (value) => {
    if (value === null) return data.no_colour;
    const above = data.breaks.slice(1, -1).findIndex((upper) => value < upper);
    return data.colours[above < 0 ? data.colours.length - 1 : above];
  };
  const number = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = (value) => (value === null ? data.words.no_data : data.words.percent.replace("{value}", number(100 * value, 1)));
  const isIn = (i, area) => area < 0 || i === area || (parent[i] >= 0 && isIn(parent[i], area));
  const childrenOf = (area) => [...data.names.keys()].filter((i) => parent[i] === area);
  const lineage = (i) => (i < 0 ? [] : [...lineage(parent[i]), i]);

  const figures = (i) => {
    const found = data.figures.map((figure) => {
      const value = figure.values[i];
      return [figure.label, value === null ? "" : number(value, figure.digits)];
    });
    const opened = open[i * data.hours + hour()];
    found.push([data.words.open, opened === NOTHING ? "" : number(opened, 0)], [data.words.share, percent(shareOf(i))]);
    return found;
  };

  const opacity = (i) => (yihui.ground.isDrawn ? 0 : (isIn(i, siblings()) ? 0.75 : 0.3) * yihui.veil);
  const style = (i) => ({ ...(i === scope || i === over ? MARKED : QUIET), fillColor: colour(shareOf(i)), fillOpacity: opacity(i) });
  const siblings = () => (scope >= 0 && level[scope] === deepest ? parent[scope] : scope);

  const tip = L.tooltip({ direction: "top", offset: [0, -6] });
  const line = (i) => {
    const made = yihui.element("span", "", `${data.names[i]} `);
    made.appendChild(yihui.element("b", "", percent(shareOf(i))));
    return made;
  };

  const pathOf = (i) => {
    if (paths[i]) return paths[i];
    const path = L.polygon(yihui.outline(data.outlines[i], data.scale), { ...style(i), className: "area" });
    path.on("mouseover", (event) => {
      over = i;
      path.setStyle(style(i));
      tip.setContent(line(i)).setLatLng(event.latlng).addTo(map);
    });
    path.on("mousemove", (event) => tip.setLatLng(event.latlng));
    path.on("mouseout", () => {
      over = -1;
      path.setStyle(style(i));
      tip.remove();
    });
    path.on("click", (event) => {
      L.DomEvent.stop(event);
      if (!yihui.claims.some((claim) => claim(event))) yihui.picked.set(`area ${codeOf(towards(i))}`);
    });
    paths[i] = path;
    return path;
  };

  /* one level down from where we are, on the way to an area; beside us, the area of our own level */
  const towards = (i) => {
    const way = lineage(i), depth = way.indexOf(scope);
    if (depth >= 0 || scope < 0) return way[Math.min(depth + 1, way.length - 1)];
    return way[Math.min(lineage(scope).length - 1, way.length - 1)];
  };

  const draw = () => {
    layer.clearLayers();
    borders.clearLayers();
    for (let i = 0; i < count; i += 1) {
      if (level[i] === shown) layer.addLayer(pathOf(i).setStyle(style(i)));
      if (level[i] === shown - 1) {
        borders.addLayer(L.polygon(yihui.outline(data.outlines[i], data.scale), { color: "#2b343c", weight: 1.8, fill: false, interactive: false }));
      }
    }
    layer.addLayer(borders);
    if (scope >= 0 && paths[scope] && level[scope] === shown) paths[scope].bringToFront();
  };
  const recolour = () => {
    for (let i = 0; i < count; i += 1) if (level[i] === shown) pathOf(i).setStyle(style(i));
    if (over >= 0) tip.setContent(line(over));
    tell();
  };

  const bar = yihui.scope(data, {
    enter: (i) => yihui.place.set(codeOf(i)),
    show: (chosen) => { shown = chosen; draw(); },
  });
  const tell = () => bar.tell({
    way: lineage(scope),
    children: childrenOf(scope),
    figures: scope < 0 ? [] : figures(scope),
    level: shown,
    above: scope < 0 ? -1 : level[scope],
  });

  const codeOf = (i) => (i < 0 ? "" : data.codes[i]);
  const enter = (area) => {
    const isUp = scope >= 0 && scope !== area && isIn(scope, area);
    scope = area;
    if (scope >= 0 && level[scope] >= shown) shown = Math.min(level[scope] + 1, deepest);
    else if (isUp && (scope < 0 || level[scope] < data.first_level)) shown = Math.min(shown, data.first_level);
    draw();
    tell();
    yihui.trend.set(trendOf(scope));
    yihui.frame.fit(area < 0 ? null : L.latLngBounds(yihui.outline(data.outlines[area], data.scale).flat(2)));
  };

  /* the share at each hour, for the line over the slider; several areas have no line in common */
  const trendOf = (area) => (area < 0 ? [] : Array.from({ length: data.hours }, (_, at) => shareOf(area, at)));

  draw();
  tell();
  yihui.place.area = codeOf(scope);
  yihui.place.knows = (code) => code === "" || data.codes.includes(code);
  yihui.trend.shares = trendOf(scope);
  yihui.clock.follow(recolour);
  yihui.ground.follow(recolour);
  yihui.picked.follow((key) => {
    const code = key.replace(/^area /, "");
    if (code !== key && yihui.place.knows(code)) yihui.place.set(code);
  });
  yihui.place.follow((code) => enter(code === "" ? top : data.codes.indexOf(code)));
  return layer;
};
