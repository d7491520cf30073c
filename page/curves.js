// The curves of all networks, and their order at the step that the slider is at.
{
  const [section, quantity, slider, ranks] = ["curves", "curve-quantity", "step", "ranks"].map(byId);
  const steps = [...new Set(data.networks.flatMap(({ curve }) => curve.step))].sort((a, b) => a - b);
  const isAccuracy = () => quantity.value.endsWith("accuracy");
  // Where a network is: at its last check up to this step, -1 before its first.
  const checkOf = ({ curve }) => curve.step.findLastIndex((step) => step <= steps[slider.value]);
  const valueOf = (network) => network.curve[quantity.value][checkOf(network)];
  const colored = (element, { name, color }) => {
    element.style.setProperty("--color", color);
    element.dataset.network = name;
    return element;
  };

  let lit = "";
  const light = (name = "") => {
    lit = name;
    for (const one of section.querySelectorAll("[data-network]"))
      one.classList.toggle("lit", one.dataset.network === name);
    const network = data.networks.find((one) => one.name === name);
    section.querySelector(".note").textContent = network ? `${name}: ${network.settings}` : "";
  };

  const draw = (svg, width) => {
    const height = width > 600 ? 600 : 380;
    const values = data.networks.flatMap(({ curve }) => curve[quantity.value]);
    const x = logarithmic(steps, 60, width - 20, 60);
    const y = logarithmic(values, height - 35, 10, 25, isAccuracy());
    svg.setAttribute("height", height);
    for (const [at, text] of x.ticks) {
      add(svg, "line", { class: "grid", x1: at, x2: at, y1: 0, y2: height - 30 });
      add(svg, "text", { class: "tick", x: at, y: height - 10, "text-anchor": "middle" }, text);
    }
    for (const [at, text] of y.ticks) {
      add(svg, "line", { class: "grid", x1: 60, x2: width, y1: at, y2: at });
      add(svg, "text", { class: "tick", x: 52, y: at + 5, "text-anchor": "end" }, text);
    }
    const here = x.at(steps[slider.value]);
    add(svg, "line", { class: "here", x1: here, x2: here, y1: 0, y2: height - 30 });
    for (const network of data.networks) {
      const own = colored(add(svg, "g", { class: "network" }), network);
      const { step, [quantity.value]: values } = network.curve;
      const points = step.map((one, i) => `${x.at(one).toFixed(1)},${y.at(values[i]).toFixed(1)}`);
      add(own, "polyline", { points: points.join(" ") });
      const check = checkOf(network);
      if (check >= 0) add(own, "circle", { cx: x.at(step[check]), cy: y.at(values[check]), r: 5 });
    }
    light(lit);
  };
  const redraw = chart(byId("curve"), "The curves of all networks; the list has their order at the chosen step", draw);

  const show = () => {
    const text = (value) => (isAccuracy() ? `${(100 * value).toFixed(2)}\u00a0%` : value.toFixed(4));
    const after = `${shortly(steps[slider.value])} gradient steps`;
    const worse = isAccuracy() ? -1 : 1;
    const there = data.networks.filter((network) => checkOf(network) >= 0);
    there.sort((a, b) => worse * (valueOf(a) - valueOf(b)));
    byId("after").textContent = `After ${after}, the best first:`;
    slider.setAttribute("aria-valuetext", `${after}, ahead: ${there[0].name}, ${text(valueOf(there[0]))}`);
    ranks.replaceChildren();
    for (const network of there) {
      const item = colored(add(ranks, "li", { class: "network" }), network);
      add(item, "button", { type: "button" }, network.name);
      const last = network.curve.step.at(-1);
      add(item, "span", {}, `${text(valueOf(network))}${last < steps[slider.value] ? ` since ${shortly(last)}` : ""}`);
    }
    redraw();
  };
  slider.max = steps.length - 1;
  slider.value = steps.findIndex((step) => step >= 1000);
  slider.addEventListener("input", show);
  quantity.addEventListener("change", show);
  for (const kind of ["pointerover", "focusin"])
    section.addEventListener(kind, ({ target }) => light(target.closest("[data-network]")?.dataset.network));
  show();
}
