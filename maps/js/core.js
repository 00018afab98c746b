/* The layers of Yihui's maps, on Leaflet. Every text of the data goes in as textContent: a name is never markup. */
window.yihui = (() => {
  "use strict";
  const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array };
  const SVG = "http://www.w3.org/2000/svg";

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const drawing = (tag, attributes) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  const read = (key) => JSON.parse(document.getElementById(`data-${key}`).textContent);

  const unpack = (packed) => {
    const text = atob(packed.data), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    return new ARRAYS[packed.kind](bytes.buffer);
  };

  const bit = (bytes, start, i) => (bytes[start + (i >> 3)] >> (i & 7)) & 1;

  /* steps of packing.outline, as Leaflet wants them: polygons, rings, [lat, lon] */
  const outline = (polygons, scale) => polygons.map((rings) => rings.map((steps) => {
    const ring = new Array(steps.length / 2);
    let lon = 0, lat = 0;
    for (let i = 0; i < ring.length; i += 1) {
      lon += steps[2 * i];
      lat += steps[2 * i + 1];
      ring[i] = [lat / scale, lon / scale];
    }
    return ring;
  }));

  /* title, a mark or none, and [label, text] of what is known */
  const card = (title, mark, facts) => {
    const box = element("div", "card");
    const head = box.appendChild(element("h2", "", title));
    if (mark) head.appendChild(element("span", "mark", mark));
    const list = box.appendChild(element("dl"));
    for (const [label, text] of facts.filter((fact) => fact[1])) {
      list.appendChild(element("dt", "", label));
      list.appendChild(element("dd", "", text));
    }
    return box;
  };

  /* a value that some parts of the page change and others show: whoever draws it follows */
  const followed = (name, first) => {
    const followers = [], one = {
      [name]: first,
      follow: (follower) => followers.push(follower),
      set: (value) => {
        one[name] = value;
        for (const follower of followers) follower(value);
      },
    };
    return one;
  };
  const clock = followed("hour", 0);  // of the week that is shown, 0..167
  const place = followed("area", "");  // code of the area that is looked at; none for all of them
  place.knows = () => false;
  const picked = followed("key", "");  // what a table, a chart and the map show each other: "area 370102", "gap 0", "pin 1"
  const trend = followed("shares", []);  // what is served there, by hour
  const ground = followed("isDrawn", false);  // what is within reach is drawn itself, in place of the areas' colours

  /* a button that says a text, and another one to those who hear it */
  const button = (className, text, label) => {
    const made = element("button", className, text);
    made.type = "button";
    if (label) made.setAttribute("aria-label", label);
    return made;
  };

  /* once for all that happens before the next frame */
  const settled = (work) => {
    let waiting = false;
    return () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; work(); });
    };
  };

  const veil = 1;  // of the districts' opacity; streets below make it thinner
  return { element, drawing, button, read, unpack, bit, outline, card, clock, place, picked, trend, ground, settled, veil };
})();

yihui.start = (map, data) => { yihui.clock.hour = data.hour; };
