// The curves of chosen networks, and their order at the step that the slider is at.
{
  const [LEFT, RIGHT] = [60, 16]; // of the axis; style.css moves the slider to the same places
  const [quantity, slider, ranks, choice] = ["curve-quantity", "step", "ranks", "choice"].map(byId);
  const boxes = [...choice.querySelectorAll("input")];
  const colors = {}; // by the place of a chosen network
  const chosen = () => data.networks.filter((_, place) => boxes[place].checked);
  const steps = data.networks.flatMap(({ curve }) => curve.step);
  const here = () => Math.exp(slider.value);
  const isAccuracy = () => quantity.value.endsWith("accuracy");
  const text = (value) => (isAccuracy() ? `${(100 * value).toFixed(2)}\u00a0%` : value.toFixed(4));
  // Where a network is: at its last check up to this step, -1 before its first.
  const checkOf = ({ curve }) => curve.step.findLastIndex((step) => step <= here() * 1.0001);
  const valueOf = (network) => network.curve[quantity.value][checkOf(network)];

  const draw = (svg, width) => {
    const height = width > 600 ? 480 : 340;
    const shown = chosen();
    const values = shown.flatMap(({ curve }) => curve[quantity.value]);
    const x = logarithmic([Math.min(...steps), Math.max(...steps)], LEFT, width - RIGHT, 60);
    const y = logarithmic(values, height - 30, 10, 25, isAccuracy());
    svg.setAttribute("height", height);
    axis(svg, x.ticks, height - 25);
    for (const [at, text] of y.ticks) {
      add(svg, "line", { class: "grid", x1: LEFT, x2: width, y1: at, y2: at });
      add(svg, "text", { class: "tick", x: LEFT - 8, y: at + 5, "text-anchor": "end" }, text);
    }
    add(svg, "line", { class: "here", x1: x.at(here()), x2: x.at(here()), y1: 0, y2: height - 25 });
    for (const network of shown) {
      const own = add(svg, "g", { class: `curve color-${colors[network.name]}` });
      const { step, [quantity.value]: values } = network.curve;
      const points = step.map((one, i) => `${x.at(one).toFixed(1)},${y.at(values[i]).toFixed(1)}`);
      add(own, "polyline", { points: points.join(" ") });
      const check = checkOf(network);
      if (check >= 0) add(own, "circle", { cx: x.at(step[check]), cy: y.at(values[check]), r: 5 });
    }
  };
  const redraw = chart(byId("curve"), "The curves of the chosen networks; the list has their order at the chosen step", draw);

  const show = () => {
    const after = `${shortly(Math.round(here()))} gradient steps`;
    const there = chosen().filter((network) => checkOf(network) >= 0);
    there.sort((a, b) => (isAccuracy() ? -1 : 1) * (valueOf(a) - valueOf(b)));
    byId("after").textContent = `After ${after}, the best first:`;
    slider.setAttribute("aria-valuetext", there.length ? `${after}, ahead: ${there[0].name}, ${text(valueOf(there[0]))}` : after);
    ranks.replaceChildren();
    for (const network of there) {
      const last = network.curve.step.at(-1);
      const since = last < here() ? ` since step ${shortly(last)}` : "";
      const item = add(ranks, "li", { class: `color-${colors[network.name]}` });
      add(item, "b", {}, network.name);
      item.append(` ${text(valueOf(network))}${since}`);
    }
    redraw();
  };
  // Each chosen network keeps a colour; when all colours are taken, no more can be chosen.
  const choose = () => {
    const free = new Set([0, 1, 2, 3, 4, 5]);
    data.networks.forEach(({ name }, place) => (boxes[place].checked ? free.delete(colors[name]) : delete colors[name]));
    for (const { name } of chosen()) {
      colors[name] ??= Math.min(...free);
      free.delete(colors[name]);
    }
    for (const box of boxes) box.disabled = !box.checked && free.size === 0;
    show();
  };
  [slider.min, slider.max, slider.value] = [Math.log(Math.min(...steps)), Math.log(Math.max(...steps)), Math.log(1000)];
  slider.addEventListener("input", show);
  quantity.addEventListener("change", show);
  choice.addEventListener("change", choose);
  choose();
}
