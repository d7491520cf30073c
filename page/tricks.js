// What each trick brings in accuracy: on top of the others at tuned rates, and as the reports had it.
{
  const rowsOf = (trick) =>
    [["tuned", trick.accuracy], ["as reported", trick.as_reported?.accuracy]]
      .filter(([, found]) => found)
      .map(([how, { verdict, too_small, difference, interval }]) => ({ how, verdict, small: too_small, gain: 100 * difference, ends: interval.map((end) => 100 * end) }));
  const row = (svg, one, at, y, half, [textX, textY]) => {
    const margin = 100 * data.margin;
    add(svg, "rect", { class: "margin", x: at(-margin), width: at(margin) - at(-margin), y: y - half, height: 2 * half });
    add(svg, "line", { class: "zero", x1: at(0), x2: at(0), y1: y - half, y2: y + half });
    const own = add(svg, "g", { "data-verdict": one.verdict });
    const [from, to] = one.ends.map(at);
    const gain = `${one.gain > 0 ? "+" : ""}${one.gain.toFixed(2)}`.replace(/[-+]0\.00/, "0.00").replace("-", "−");
    add(own, "line", { class: "interval", x1: from, x2: to, y1: y, y2: y });
    add(own, "circle", { class: one.how === "tuned" ? "" : "hollow", cx: at(one.gain), cy: y, r: 6 });
    const text = add(own, "text", { x: textX, y: textY }, `${one.how}: ${data.marks[one.verdict]} ${one.verdict}${one.small ? ", too small to matter" : ""}, ${gain}`);
    // Where letters are wide and the page is narrow, they are set closer.
    const room = svg.clientWidth - textX;
    if (text.getComputedTextLength() > room) text.setAttribute("textLength", room);
  };
  const draw = (svg, width) => {
    const wide = width > 800; // then words have columns of their own
    const [left, right] = wide ? [170, width - 395] : [14, width - 14];
    const rows = data.tricks.flatMap(rowsOf);
    const margin = 100 * data.margin;
    const ends = [-margin, margin, ...rows.flatMap((one) => one.ends)];
    const { at, ticks } = linear(ends, left, right, 70);
    const step = wide ? 24 : 44;
    const height = rows.length * step + data.tricks.length * (wide ? 12 : 34);
    svg.setAttribute("height", height + 28);
    axis(svg, ticks, height);
    let y = wide ? 6 : 0;
    for (const trick of data.tricks) {
      add(svg, "text", { class: "name", x: 0, y: y + 17 }, trick.name);
      if (!wide) y += 22;
      for (const one of rowsOf(trick)) {
        row(svg, one, at, wide ? y + 12 : y + 32, wide ? 12 : 10, wide ? [right + 24, y + 17] : [0, y + 16]);
        y += step;
      }
      y += 12;
    }
  };
  chart(byId("gains"), "What each trick brings in accuracy; the table below says the same", draw);
}
