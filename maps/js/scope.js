/* The bar that says which area is looked at: the way back, the areas within it, and its figures. */
yihui.scope = (data, act) => {
  const { words } = data, bar = yihui.element("nav", "scope"), steps = yihui.element("div", "steps");
  const [way, inner, list, levels] = ["ol", "select", "dl", "fieldset"].map((tag) => yihui.element(tag));
  for (const [node, label] of [[bar, words.area], [inner, words.choose], [levels, words.colours_by]]) node.setAttribute("aria-label", label);
  steps.append(way, inner);
  bar.append(steps, list, levels);
  (yihui.host ?? document.body).append(bar);

  const button = (name, area, isHere) => {
    const made = yihui.button("", name);
    if (isHere) made.setAttribute("aria-current", "location");
    made.addEventListener("click", () => act.enter(area));
    return made;
  };

  inner.addEventListener("change", () => {
    if (inner.value !== "") act.enter(Number(inner.value));
  });
  const radios = data.level_names.map((name, i) => {
    const label = yihui.element("label"), radio = label.appendChild(yihui.element("input"));
    radio.type = "radio";
    radio.name = "level";
    radio.addEventListener("change", () => act.show(i));
    label.appendChild(yihui.element("span", "", name));
    levels.appendChild(label);
    return { label, radio };
  });

  const tell = (now) => {
    const steps = now.way.length && data.single_root ? now.way : [-1, ...now.way];
    way.replaceChildren(...steps.map((area, i) => {
      const step = yihui.element("li");
      step.appendChild(button(area < 0 ? words.everything : data.names[area], area, i === steps.length - 1));
      return step;
    }));
    list.replaceChildren(...now.figures.filter((fact) => fact[1]).map(([label, text]) => {
      const pair = yihui.element("div");
      pair.append(yihui.element("dt", "", label), yihui.element("dd", "", text));
      return pair;
    }));
    const offered = now.children.map((area) => {
      const option = yihui.element("option", "", data.names[area]);
      option.value = String(area);
      return option;
    });
    const first = yihui.element("option", "", words.choose);
    first.value = "";
    inner.replaceChildren(first, ...offered);
    inner.hidden = offered.length === 0;
    radios.forEach(({ label, radio }, i) => {
      label.hidden = i <= now.above;
      radio.checked = i === now.level;
    });
    levels.hidden = radios.filter(({ label }) => !label.hidden).length < 2;
  };
  bar.hidden = data.names.length === 0;
  return { tell };
};
