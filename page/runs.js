// All runs of all networks: a row a network, a dot a run, on a logarithmic scale.
{
  const quantity = byId("runs-quantity");
  const draw = (svg, width) => {
    const name = quantity.value;
    const values = data.networks.flatMap((network) => network.runs[name]);
    const { at, ticks } = logarithmic(values, 14, width - 30, 60, name.endsWith("accuracy"));
    const bottom = data.networks.length * 36;
    svg.setAttribute("height", bottom + 24);
    axis(svg, ticks, bottom);
    data.networks.forEach((network, place) => {
      const [values, y] = [network.runs[name], 36 * place + 26];
      const own = add(svg, "g", { class: network.name === "yours" ? "network yours" : "network" });
      add(add(own, "text", { y: y - 12 }, `${network.name} `), "tspan", { class: "note" });
      values.forEach((value, i) => {
        add(own, "circle", { class: "run", cx: at(value), cy: y, r: 5, "data-note": `seed ${network.runs.seed[i]}: ${value}` });
      });
      const mean = at(values.reduce((sum, value) => sum + value) / values.length);
      add(own, "line", { class: "mean", x1: mean, x2: mean, y1: y - 8, y2: y + 8 });
    });
  };
  const redraw = chart(byId("every-run"), "Every run of every network; the table below has the means", draw);
  quantity.addEventListener("change", redraw);
}
