/* The layers of Yihui's maps, on Leaflet. Every text of the data goes in as textContent: a name is never markup. */
window.yihui = (function () {
  "use strict";

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  /* title, mark and a list of label: value, values being indexes into the table of strings (0: nothing) */
  function card(title, mark, labels, values, strings) {
    var box = element("div", "card");
    box.appendChild(element("h2", "", title));
    if (mark) box.querySelector("h2").appendChild(element("span", "mark", mark));
    var list = box.appendChild(element("dl"));
    values.forEach(function (value, i) {
      if (!value) return;
      list.appendChild(element("dt", "", labels[i]));
      list.appendChild(element("dd", "", strings[value]));
    });
    return box;
  }

  function symbol(kind) {
    var spot = element("span", "spot", kind.symbol);
    spot.style.backgroundColor = kind.colour;
    return spot;
  }

  /* One cluster for all kinds, so that badges never overlap; each kind can be switched on and off. */
  function stations(map, data) {
    map.setMaxZoom(18);
    var cluster = L.markerClusterGroup({
      maxClusterRadius: function (zoom) { return zoom < 9 ? 84 : 56; },
      showCoverageOnHover: false,
      animate: false,
      iconCreateFunction: function (group) {
        var count = group.getChildCount();
        var size = count < 100 ? 34 : count < 1000 ? 42 : 50;
        return L.divIcon({ html: element("span", "", String(count)), className: "cluster", iconSize: [size, size] });
      },
    });
    var byKind = data.kinds.map(function () { return []; });
    data.rows.forEach(function (row) {
      var kind = data.kinds[row[2]];
      var marker = L.marker([row[0], row[1]], {
        icon: L.divIcon({ html: symbol(kind), className: "place", iconSize: [30, 30] }),
        title: row[4],
        alt: kind.name + " " + row[4],
      });
      marker.bindPopup(function () {
        return card(row[4], row[3] ? data.mark : "", data.labels, row.slice(5), data.strings);
      }, { minWidth: 220, maxWidth: 300 });
      byKind[row[2]].push(marker);
    });
    cluster.addTo(map);
    return {
      kind: function (index) {
        var layer = new L.Layer();
        layer.onAdd = function () { cluster.addLayers(byKind[index]); };
        layer.onRemove = function () { cluster.removeLayers(byKind[index]); };
        return layer;
      },
    };
  }

  function districts(data) {
    return L.geoJSON(data.outlines, {
      style: function (feature) {
        return { color: "#55606b", weight: 0.8, fillColor: feature.properties.colour, fillOpacity: 0.75 };
      },
      onEachFeature: function (feature, layer) {
        var of = feature.properties;
        layer.bindPopup(function () { return card(of.name, "", data.labels, of.values, data.strings); });
        layer.on("mouseover", function () { layer.setStyle({ weight: 2.5, color: "#111" }); });
        layer.on("mouseout", function () { layer.setStyle({ weight: 0.8, color: "#55606b" }); });
      },
    });
  }

  /* Names of cities from afar, of districts from near. */
  function names(map, data) {
    function group(rows, className) {
      return L.layerGroup(rows.map(function (row) {
        var icon = L.divIcon({ html: element("span", "", row[2]), className: className, iconSize: [0, 0] });
        return L.marker([row[0], row[1]], { icon: icon, interactive: false, keyboard: false, zIndexOffset: -10000 });
      }));
    }
    var far = group(data.far, "name far"), near = group(data.near, "name near");
    var layer = new L.Layer();
    function choose() {
      var zoom = map.getZoom(), isNear = zoom >= data.near_from;
      map[!isNear && zoom >= data.far_from ? "addLayer" : "removeLayer"](far);
      map[isNear ? "addLayer" : "removeLayer"](near);
    }
    var waiting = null;
    function settle() {  /* once for all that moves at a time, when the badges stand where they will */
      if (waiting === null) waiting = requestAnimationFrame(function () { waiting = null; keepClear(map); });
    }
    layer.onAdd = function () {
      map.on("zoomend", choose).on("zoomend moveend layeradd layerremove", settle);
      choose();
      settle();
    };
    layer.onRemove = function () {
      map.off("zoomend", choose).off("zoomend moveend layeradd layerremove", settle);
      far.remove();
      near.remove();
    };
    return layer;
  }

  /* A name stands clear of badges and of other names: in its place, else below or above what is there, else not at all. */
  function keepClear(map) {
    var pane = map.getPane("markerPane");
    var taken = Array.from(pane.querySelectorAll(".cluster, .place"), function (node) {
      return node.getBoundingClientRect();
    });
    function inTheWay(box, down) {
      return taken.find(function (other) {
        return other.left < box.right && other.right > box.left
          && other.top < box.bottom + down && other.bottom > box.top + down;
      });
    }
    pane.querySelectorAll(".name span").forEach(function (name) {
      name.style.marginTop = "0";
      var box = name.getBoundingClientRect(), other = inTheWay(box, 0);
      var ways = other ? [other.bottom - box.top + 1, other.top - box.bottom - 1] : [0];
      var down = ways.find(function (way) { return !inTheWay(box, way); });
      name.style.visibility = down === undefined ? "hidden" : "visible";
      if (down === undefined) return;
      name.style.marginTop = down + "px";
      taken.push({ left: box.left, right: box.right, top: box.top + down, bottom: box.bottom + down });
    });
  }

  /* The panel stands over the map: what is done to it must not move the map, and the view keeps clear of it.
     On a phone it starts folded. */
  function panel(map, node, bounds) {
    var isNarrow = window.matchMedia("(max-width: 640px)").matches;
    L.DomEvent.disableClickPropagation(node);
    L.DomEvent.disableScrollPropagation(node);
    node.querySelector("details").open = !isNarrow;
    map.attributionControl.setPrefix(false);
    L.control.scale({ imperial: false }).addTo(map);
    map.fitBounds(bounds, {
      paddingTopLeft: isNarrow ? [8, 90] : [node.offsetWidth + 24, 12],
      paddingBottomRight: isNarrow ? [8, 30] : [64, 12],
      animate: false,
    });
  }

  return { stations: stations, districts: districts, names: names, panel: panel };
})();
