/* The slider over the hours of a week. */
yihui.week = (map, data) => {
  const { words } = data, bar = yihui.element("section", "week"), row = yihui.element("div", "hour"), curve = yihui.element("div", "curve");
  const [back, on] = [yihui.button("back", "‹", words.hour_back), yihui.button("on", "›", words.hour_on)];
  const [told, slider] = ["output", "input"].map((tag) => yihui.element(tag));
  const [axis, hours, days] = ["axis", "hours", "days"].map((name) => yihui.element("div", name)), most = yihui.element("span", "most");
  const line = yihui.drawing("svg", { class: "trend", viewBox: "0 0 168 30", preserveAspectRatio: "none", "aria-hidden": "true" });
  Object.assign(slider, { type: "range", min: "0", max: "167", step: "1" });
  for (const node of [bar, slider]) node.setAttribute("aria-label", words.hour);
  hours.setAttribute("aria-hidden", "true");
  row.append(back, told, on, most);
  curve.append(axis, line);
  bar.append(row, curve, hours, slider, days);
  (yihui.host ?? document.body).append(bar);
  const said = (hour) => `${data.dates[Math.floor(hour / 24)]} ${data.weekdays[Math.floor(hour / 24)]} ${String(hour % 24).padStart(2, "0")}:00`;

  const show = yihui.settled(() => yihui.clock.set(Number(slider.value)));
  const move = (hour) => {
    slider.value = String((hour + 168) % 168);
    show();
  };
  const tell = (hour) => {
    slider.value = String(hour);
    told.textContent = said(hour);
    slider.setAttribute("aria-valuetext", said(hour));
    for (const at of document.querySelectorAll(".at")) at.textContent = data.at.replace("{at}", said(hour));
    [...days.children].forEach((day, i) => day.setAttribute("aria-pressed", String(i === Math.floor(hour / 24))));
  };

  data.weekdays.forEach((name, i) => {
    const day = yihui.button("", name);
    day.title = data.dates[i];
    day.addEventListener("click", () => move(24 * i + (Number(slider.value) % 24)));
    days.appendChild(day);
  });
  back.addEventListener("click", () => move(Number(slider.value) - 1));
  on.addEventListener("click", () => move(Number(slider.value) + 1));
  slider.addEventListener("input", show);
  slider.addEventListener("keydown", (event) => {
    const day = { PageUp: 24, PageDown: -24 }[event.key];
    if (day === undefined) return;
    event.preventDefault();
    move(Number(slider.value) + day);
  });
  tell(yihui.clock.hour);
  yihui.clock.follow(tell);

  /* How the share goes over the week. The axis ends at a round share above the highest: 1, 2 or 5 times a power of ten. */
  const roundUp = (share) => {
    const power = 10 ** Math.floor(Math.log10(share));
    return Math.min(1, [1, 2, 5, 10].map((times) => times * power).find((end) => end >= share - 1e-9));
  };
  const percent = (share) => data.percent.replace("{value}", String(Number((100 * share).toPrecision(3))));
  const draw = (shares) => {
    const known = shares.filter((one) => one !== null), highest = Math.max(...known, 0), end = roundUp(Math.max(highest, 1e-4));
    const y = (share) => (30 - (30 * share) / end).toFixed(2);
    const points = shares.map((one, i) => (one === null ? "" : `${i},${y(one)} ${i + 1},${y(one)}`));
    const ruled = (x1, y1, x2, y2, name) => yihui.drawing("line", { x1, y1, x2, y2, class: name });
    line.replaceChildren(
      ...Array.from({ length: 8 }, (_, day) => yihui.drawing("rect", { x: 24 * day - 2, y: 0, width: 8, height: 30, class: "night" })),
      ...[0, 15, 30].map((at) => ruled(0, at, 168, at, "rule")),
      ...Array.from({ length: 13 }, (_, half) => ruled(12 * half + 12, half % 2 ? 0 : 26, 12 * half + 12, 30, "rule")),
      yihui.drawing("polyline", { points: points.join(" "), class: "line" }),
    );
    axis.replaceChildren(...(known.length ? [end, end / 2, 0] : []).map((share) => yihui.element("span", "", percent(share))));
    most.textContent = !known.length ? "" : data.most.replace("{value}", (100 * highest).toFixed(1));
    bar.classList.toggle("no-curve", !known.length);
  };
  hours.replaceChildren(...data.weekdays.flatMap(() => [0, 12]).map((hour) => yihui.element("span", "", String(hour))));
  document.body.classList.add("with-week");
  draw(yihui.trend.shares);
  yihui.trend.follow(draw);
};
