/* Places: in clusters of markers up to some ten thousand, as dots on a canvas beyond. */
/* points, and what holds at each of them now */
yihui.Timed = class {
  constructor(data) {
    [this.lon, this.lat] = [data.lon, data.lat].map((column) => yihui.unpack(column));
    this.table = yihui.unpack(data.timetable);
    this.scale = data.scale;
    this.hours = data.hours;
    this.planes = data.planes && yihui.unpack(data.planes);
    this.count = this.lon.length;
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

  spread() {
    this.spreadOut ??= new yihui.Spread(this);
    return this.spreadOut;
  }
};

/* the columns of places.py */
yihui.Places = class extends yihui.Timed {
  constructor(data) {
    super(data);
    this.labels = data.labels;
    this.strings = data.strings;
    this.kinds = data.kinds;
    this.names = data.names;
    this.mark = data.mark;
    this.words = data.states;
    [this.kind, this.sample] = [data.kind, data.sample].map((column) => yihui.unpack(column));
    this.facts = data.facts.map(yihui.unpack);
    this.areas = data.areas.map(({ deg, column }) => ({ deg, column: yihui.unpack(column) }));
  }

  card(i) {
    const state = this.state(i);
    const facts = this.labels.map((label, column) => [label, this.strings[this.facts[column][i]]]);
    if (state !== null) facts.splice(1, 0, [this.words.label, this.words.names[state]]);
    return yihui.card(this.names[i], this.sample[i] ? this.mark : "", facts);
  }
};

yihui.places = (map, data) => {
  yihui.register = new yihui.Places(data);
  return data.as_dots ? yihui.dots(map, yihui.register) : yihui.clusters(map, yihui.register);
};
