// All runs of all networks: a row a network, a dot a run, on a logarithmic scale; of an accuracy it is
// the share of errors that counts.
{
  const quantity = byId("strip-quantity");
  const draw = (svg, width) => {
    const name = quantity.value;
    const accuracy = name.endsWith("accuracy");
    const size = (value) => Math.log(accuracy ? 1 - value : value);
    const sizes = data.networks.flatMap((network) => network.runs[name].map(size));
    const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
    const wide = width > 700; // then names have a column of their own
    const [left, row] = wide ? [330, 27] : [20, 46];
    const at = (value) => {
      const share = (size(value) - low) / (high - low);
      return left + (width - 30 - left) * (accuracy ? 1 - share : share);
    };
    const bottom = data.networks.length * row;
    svg.setAttribute("height", bottom + 30);
    const powers = [1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5].flatMap((power) => [power, 2 * power, 5 * power]);
    for (const tick of powers.filter((one) => Math.log(one) > low && Math.log(one) < high)) {
      const value = accuracy ? 1 - tick : tick;
      add(svg, "line", { class: "grid", x1: at(value), x2: at(value), y1: 0, y2: bottom });
      const text = accuracy ? `${shortly(100 * value)} %` : shortly(value);
      add(svg, "text", { class: "tick", x: at(value), y: bottom + 20, "text-anchor": "middle" }, text);
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
