// All runs of all networks: a row a network, a dot a run, on a logarithmic scale.
{
  const quantity = byId("strip-quantity");
  const draw = (svg, width) => {
    const name = quantity.value;
    const wide = width > 700; // then names have a column of their own
    const [left, row] = wide ? [330, 27] : [20, 46];
    const values = data.networks.flatMap((network) => network.runs[name]);
    const { at, ticks } = logarithmic(values, left, width - 30, 60, name.endsWith("accuracy"));
    const bottom = data.networks.length * row;
    svg.setAttribute("height", bottom + 30);
    for (const [x, text] of ticks) {
      add(svg, "line", { class: "grid", x1: x, x2: x, y1: 0, y2: bottom });
      add(svg, "text", { class: "tick", x, y: bottom + 20, "text-anchor": "middle" }, text);
    }
    data.networks.forEach((network, place) => {
      const values = network.runs[name];
      const y = (place + (wide ? 0.5 : 0.7)) * row;
      const own = add(svg, "g", { class: "network" });
      own.style.setProperty("--color", network.color);
      add(svg, "text", { x: 0, y: wide ? y + 5 : y - 12, "data-note": `${network.name}: ${network.settings}` }, network.name);
      values.forEach((value, i) => {
        const note = `${network.name}, seed ${network.runs.seed[i]}: ${value}`;
        add(own, "circle", { class: "run", cx: at(value), cy: y, r: 5, "data-note": note });
      });
      const mean = at(values.reduce((sum, value) => sum + value) / values.length);
      add(own, "line", { class: "mean", x1: mean, x2: mean, y1: y - 9, y2: y + 9 });
    });
  };
  const redraw = chart(byId("strip"), "Every run of every network; the table below has the means", draw);
  quantity.addEventListener("change", redraw);
}
