/* The slider over the hours of a week. */
yihui.week = (map, data) => {
  const bar = document.querySelector(".week"), slider = bar.querySelector("input"), told = bar.querySelector("output");
  const days = bar.querySelector(".days"), line = bar.querySelector("svg.trend");
  const said = (hour) => `${data.dates[Math.floor(hour / 24)]} ${data.weekdays[Math.floor(hour / 24)]} ${String(hour % 24).padStart(2, "0")}:00`;

  const show = yihui.settled(() => yihui.clock.set(Number(slider.value)));
  const move = (hour) => {
    slider.value = String((hour + 168) % 168);
    show();
  };
  const tell = (hour) => {
    told.textContent = said(hour);
    slider.setAttribute("aria-valuetext", said(hour));
    for (const at of document.querySelectorAll(".at")) at.textContent = data.at.replace("{at}", said(hour));
    [...days.children].forEach((day, i) => day.setAttribute("aria-pressed", String(i === Math.floor(hour / 24))));
  };

  data.weekdays.forEach((name, i) => {
    const day = yihui.element("button", "", name);
    day.type = "button";
    day.title = data.dates[i];
    day.addEventListener("click", () => move(24 * i + (Number(slider.value) % 24)));
    days.appendChild(day);
  });
  bar.querySelector(".back").addEventListener("click", () => move(Number(slider.value) - 1));
  bar.querySelector(".on").addEventListener("click", () => move(Number(slider.value) + 1));
  slider.addEventListener("input", show);
  slider.addEventListener("keydown", (event) => {
    const day = { PageUp: 24, PageDown: -24 }[event.key];
    if (day === undefined) return;
    event.preventDefault();
    move(Number(slider.value) + day);
  });
  slider.value = String(data.hour);
  tell(data.hour);
  yihui.clock.follow(tell);

  /* how the share goes over the week, as a line with its own height for 100 % of its maximum */
  yihui.trend = (shares) => {
    const known = shares.filter((one) => one !== null), most = Math.max(...known, 1e-9);
    const points = shares.map((one, i) => (one === null ? "" : `${i},${(30 - (28 * one) / most).toFixed(2)} ${i + 1},${(30 - (28 * one) / most).toFixed(2)}`));
    const path = yihui.drawing("polyline", { points: points.join(" "), class: "line" });
    const nights = Array.from({ length: 8 }, (_, day) => yihui.drawing("rect", { x: 24 * day - 2, y: 0, width: 8, height: 30, class: "night" }));
    line.replaceChildren(...nights, path);
    bar.querySelector(".most").textContent = !known.length ? "" : data.most.replace("{value}", (100 * most).toFixed(1));
  };
  document.body.classList.add("with-week");
  yihui.trend(yihui.firstTrend || []);
};
