/* Places: in clusters of markers up to some ten thousand, as dots on a canvas beyond. */
yihui.STATES = ["closed", "open", "unknown"];

/* the columns of places.py, and what holds at a place now */
yihui.Places = class {
  constructor(data) {
    this.labels = data.labels;
    this.strings = data.strings;
    this.kinds = data.kinds;
    this.names = data.names;
    this.mark = data.mark;
    this.words = data.states;
    [this.lon, this.lat] = [data.lon, data.lat].map((column) => yihui.unpack(column));
    this.kind = yihui.unpack(data.kind);
    this.sample = yihui.unpack(data.sample);
    this.table = yihui.unpack(data.timetable);
    this.facts = data.facts.map(yihui.unpack);
    this.scale = data.scale;
    this.hours = data.hours;
    this.planes = data.planes && yihui.unpack(data.planes);
    this.length = this.names.length;
  }

  /* 0 closed, 1 open, 2 unknown; null where the map knows no hours at all */
  state(i) {
    if (!this.planes) return null;
    const plane = (this.hours + 7) >> 3, start = 2 * plane * this.table[i], hour = Math.min(yihui.clock.hour, this.hours - 1);
    if (yihui.bit(this.planes, start, hour)) return 1;
    return yihui.bit(this.planes, start + plane, hour) ? 2 : 0;
  }

  at(i) {
    return [this.lat[i] / this.scale, this.lon[i] / this.scale];
  }

  card(i) {
    const state = this.state(i);
    const facts = this.labels.map((label, column) => [label, this.strings[this.facts[column][i]]]);
    if (state !== null) facts.splice(1, 0, [this.words.label, this.words.names[state]]);
    return yihui.card(this.names[i], this.sample[i] ? this.mark : "", facts);
  }
};

yihui.places = (map, data) => {
  const places = new yihui.Places(data);
  return data.as_dots ? yihui.dots(map, places) : yihui.clusters(map, places);
};

/* a circle with the kind's character; hollow where closed, broken where nobody knows */
yihui.symbol = (kind, state) => {
  const spot = yihui.element("span", `spot ${state === null ? "" : yihui.STATES[state]}`, kind.symbol);
  spot.style.setProperty("--kind", kind.colour);
  return spot;
};

/* One cluster for all kinds, so that badges never overlap; each kind can be switched on and off. */
yihui.clusters = (map, places) => {
  const PlaceIcon = L.Icon.extend({
    options: { iconSize: [30, 30], popupAnchor: [0, -14], className: "place" },
    createIcon() {
      const box = yihui.element("div");
      box.appendChild(yihui.symbol(places.kinds[places.kind[this.options.row]], places.state(this.options.row)));
      this._setIconStyles(box, "icon");
      return box;
    },
    createShadow: () => null,
  });
  /* Ten thousand are made, some dozens are ever seen: what a marker shows is made when it is. */
  const Place = L.Marker.extend({
    onAdd(on) {
      if (!this.isDressed) {
        const kind = places.kinds[places.kind[this.row]], name = places.names[this.row];
        L.setOptions(this, { icon: new PlaceIcon({ row: this.row }), title: name, alt: `${kind.name} ${name}` });
        this.isDressed = true;
      }
      L.Marker.prototype.onAdd.call(this, on);
    },
  });

  const badge = (group) => {
    const counts = [0, 0, 0], markers = group.getAllChildMarkers(), count = markers.length;
    for (const marker of markers) counts[places.state(marker.row) ?? 1] += 1;
    const size = count < 100 ? 36 : count < 1000 ? 44 : 52;
    const face = yihui.element("span", "", String(counts[1]));
    face.title = yihui.STATES.map((_, state) => `${places.words.names[state]} ${counts[state]}`).join(" · ");
    const icon = L.divIcon({ html: face, className: `cluster${counts[1] ? "" : " none"}`, iconSize: [size, size] });
    const plain = icon.createIcon;
    icon.createIcon = function (old) {
      const box = plain.call(this, old), until = (100 * counts[1]) / count;
      box.style.setProperty("--open", `${until}%`);
      box.style.setProperty("--unknown", `${until + (100 * counts[2]) / count}%`);
      return box;
    };
    return icon;
  };

  const cluster = L.markerClusterGroup({
    maxClusterRadius: (zoom) => (zoom < 9 ? 100 : 60),
    showCoverageOnHover: false,
    animate: false,
    iconCreateFunction: badge,
  });
  const byKind = places.kinds.map(() => []);
  for (let i = 0; i < places.length; i += 1) {
    const marker = new Place(places.at(i));
    marker.row = i;
    byKind[places.kind[i]].push(marker);
  }
  const popup = L.popup({ minWidth: 220, maxWidth: 300, offset: [0, -8] });
  const open = (event) => {
    if (event.type === "keypress" && event.originalEvent.key !== "Enter") return;
    L.DomEvent.stop(event);
    popup.setLatLng(event.layer.getLatLng()).setContent(() => places.card(event.layer.row)).openOn(map);
  };
  cluster.on("click keypress", open);
  cluster.addTo(map);
  yihui.clock.follow(() => {
    cluster.refreshClusters();
    map.eachLayer((layer) => { if (layer instanceof Place) layer.setIcon(layer.options.icon); });
  });

  /* All that changes at a time is one change: clusters are made anew each time. */
  const added = new Set(), removed = new Set();
  const change = () => queueMicrotask(() => {
    const [more, fewer] = [added, removed].map((kinds) => [...kinds].flatMap((kind) => byKind[kind]));
    added.clear();
    removed.clear();
    if (fewer.length) cluster.removeLayers(fewer);
    if (more.length) cluster.addLayers(more);
  });
  return {
    kind: (index) => {
      const layer = new L.Layer();
      layer.onAdd = () => { if (!removed.delete(index)) added.add(index); change(); };
      layer.onRemove = () => { if (!added.delete(index)) removed.add(index); change(); };
      return layer;
    },
  };
};
