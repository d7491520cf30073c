// What each trick brings in accuracy: on top of the others at tuned rates, and as the reports had it.
{
  const intervalOf = (one) => one.interval.map((end) => end ?? one.difference);
  const row = (svg, one, at, y, [textX, textY]) => {
    const own = add(svg, "g", { "data-verdict": one.verdict });
    const [from, to] = intervalOf(one).map(at);
    add(own, "line", { class: "interval", x1: from, x2: to, y1: y, y2: y });
    add(own, "circle", { class: one.how === "tuned" ? "" : "hollow", cx: at(one.difference), cy: y, r: 6 });
    add(own, "text", { x: textX, y: textY }, `${one.how}: ${data.marks[one.verdict]} ${one.verdict}, ${one.text}`);
  };
  const draw = (svg, width) => {
    const wide = width > 800; // then words have columns of their own
    const [left, right] = wide ? [170, width - 395] : [14, width - 14];
    const rows = data.tricks.flatMap((trick) => trick.rows);
    const ends = [-data.margin, data.margin, ...rows.flatMap(intervalOf)];
    const { at, ticks } = linear(ends, left, right, 70);
    const step = wide ? 24 : 44;
    const height = rows.length * step + data.tricks.length * (wide ? 12 : 34);
    svg.setAttribute("height", height + 28);
    add(svg, "rect", { class: "margin", x: at(-data.margin), width: at(data.margin) - at(-data.margin), y: 0, height });
    axis(svg, ticks, height);
    add(svg, "line", { class: "zero", x1: at(0), x2: at(0), y1: 0, y2: height });
    let y = wide ? 6 : 0;
    for (const trick of data.tricks) {
      add(svg, "text", { class: "name", x: 0, y: y + 17 }, trick.name);
      if (!wide) y += 22;
      for (const one of trick.rows) {
        row(svg, one, at, wide ? y + 12 : y + 32, wide ? [right + 24, y + 17] : [0, y + 16]);
        y += step;
      }
      y += 12;
    }
  };
  chart(byId("gains"), "What each trick brings in accuracy; the table below says the same", draw);
}
