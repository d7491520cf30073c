// All runs of all networks: a row a network, a dot a run, on a logarithmic scale. A network that learned
// nothing would take most of it: where its runs lie beyond those of all others, words say so.
{
  const quantity = byId("runs-quantity");
  const meanOf = (values) => values.reduce((sum, value) => sum + value) / values.length;
  const learned = data.networks.filter(({ runs }) => meanOf(runs.validation_accuracy) > 0.5);
  const draw = (svg, width) => {
    const name = quantity.value;
    const isAccuracy = name.endsWith("accuracy");
    const all = (learned.length ? learned : data.networks).flatMap(({ runs }) => runs[name]);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const { at, ticks } = logarithmic(all, 14, width - 30, 60, isAccuracy);
    const bottom = data.networks.length * 42;
    svg.setAttribute("height", bottom + 24);
    axis(svg, ticks, bottom);
    data.networks.forEach((network, place) => {
      const [values, y] = [network.runs[name], 42 * place + 30];
      const mean = meanOf(values);
      const beyond = values.every((value) => value < low || value > high);
      const where = beyond ? `: beyond this axis, at ${isAccuracy ? `${shortly(100 * mean, 10)} %` : shortly(mean)}` : " ";
      const own = add(svg, "g", { class: network.name === "yours" ? "network yours" : "network" });
      add(add(own, "text", { y: y - 14 }, `${network.name}${where}`), "tspan", { class: "note" });
      if (beyond) return;
      values.forEach((value, i) => {
        add(own, "circle", { class: "run", cx: at(value), cy: y, r: 5, "data-note": `seed ${network.runs.seed[i]}: ${value}` });
      });
      add(own, "line", { class: "mean", x1: at(mean), x2: at(mean), y1: y - 7, y2: y + 7 });
    });
  };
  const redraw = chart(byId("every-run"), "Every run of every network; the table below has the means", draw);
  quantity.addEventListener("change", redraw);
}
