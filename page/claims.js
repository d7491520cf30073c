// The evidence of a claim: a dot a run, and below the dots their mean with its interval.
function drawPart(svg, width, part) {
  const near = part.near ?? [];
  const numbers = [...part.runs, ...part.interval, ...near, part.mean, part.border].filter((one) => one !== null);
  const room = 0.06 * (Math.max(...numbers) - Math.min(...numbers)) || 1;
  const { at, ticks } = linear([Math.min(...numbers) - room, Math.max(...numbers) + room], 0, width, 90);
  const place = (end, open) => (end === null ? open : at(end));
  svg.setAttribute("height", 96);
  if (part.near) add(svg, "rect", { class: "margin", x: at(near[0]), y: 0, width: at(near[1]) - at(near[0]), height: 72 });
  axis(svg, ticks, 72);
  if (part.border !== null) add(svg, "line", { class: "zero", x1: at(part.border), x2: at(part.border), y1: 0, y2: 72 });
  part.runs.forEach((run, i) => {
    const note = `run ${i + 1}: ${shortly(run, 12 * room)}`;
    add(svg, "circle", { class: "run", cx: at(run), cy: 10 + 9 * (i % 4), r: 5, "data-note": note });
  });
  if (part.mean === null) return;
  const own = add(svg, "g", { "data-verdict": part.verdict });
  add(own, "line", { class: "interval", x1: place(part.interval[0], 0), x2: place(part.interval[1], width), y1: 56, y2: 56 });
  add(own, "circle", { cx: at(part.mean), cy: 56, r: 6 });
}

{
  const [choice, claims] = [byId("verdict"), [...document.querySelectorAll(".claim")]];
  for (const { anchor, parts } of data.claims) {
    const draw = () =>
      byId(anchor).querySelectorAll(".part").forEach((figure, i) => {
        if (parts[i].runs.length) chart(figure, "Runs, mean and interval", (svg, width) => drawPart(svg, width, parts[i]));
      });
    byId(anchor).addEventListener("toggle", draw, { once: true });
  }
  // Only the claims with the chosen verdict are left, and only the tasks that have one.
  const filter = () => {
    for (const claim of claims) claim.hidden = choice.value && claim.dataset.verdict !== choice.value;
    for (const task of document.querySelectorAll(".task")) {
      const left = task.querySelectorAll(".claim:not([hidden])").length;
      task.hidden = !left;
      task.open = Boolean(choice.value);
      task.querySelector(".count").textContent = `${left} ${left === 1 ? "claim" : "claims"}`;
    }
  };
  // An address that names what is folded opens it, and shows it where the choice hid it.
  const visit = () => {
    const place = byId(decodeURIComponent(location.hash.slice(1)));
    if (place?.closest("[hidden]")) choice.value = "";
    filter();
    for (let one = place?.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    place?.scrollIntoView();
  };
  choice.addEventListener("change", filter);
  window.addEventListener("hashchange", visit);
  document.addEventListener("click", ({ target }) => {
    // To a link to where one is already, no hashchange answers.
    if (target.closest("a")?.href === location.href) visit();
  });
  visit();
}
