// The verdict that an interval gives: src/judging/inference.py has the rule, and says why.
function inside([low, high], [least, most], closed) {
  const nearest = Math.min(
    least === null ? Infinity : (low ?? -Infinity) - least,
    most === null ? Infinity : most - (high ?? Infinity),
  );
  return nearest > 0 || (closed && nearest === 0);
}

function verdictOf(part, claimed) {
  const [low, high] = claimed;
  const outside =
    (low !== null && inside(part.interval, [null, low], !part.closed)) ||
    (high !== null && inside(part.interval, [high, null], !part.closed));
  if (part.one_run) {
    if (part.interval.every((end) => end === null)) return "undecided";
    return outside ? "not reproduced" : "reproduced";
  }
  if (inside(part.interval, claimed, part.closed)) return "supported";
  if (outside) return "contradicted";
  if (part.near && inside(part.interval, part.near, true)) return "no difference that matters";
  return "undecided";
}

// A range of two ends is as wide as its margin to both sides; of one end the margin is that end.
const middleOf = ([low, high]) => (low !== null && high !== null ? (low + high) / 2 : null);
const marginOf = ([low, high]) => (low !== null && high !== null ? (high - low) / 2 : (low ?? high));

function claimedAt(part, margin) {
  const middle = middleOf(part.claimed);
  if (margin === marginOf(part.claimed)) return part.claimed;
  if (middle !== null) return [middle - margin, middle + margin];
  return part.claimed.map((end) => (end === null ? null : margin));
}

// The margins at which the verdict is another just below and just above.
function flips(part) {
  const middle = middleOf(part.claimed);
  const ends = [...part.interval, ...(part.near ?? [])].filter((end) => end !== null);
  const margins = middle === null ? ends : ends.map((end) => Math.abs(end - middle));
  const tiny = 1e-6 * Math.max(...margins.map(Math.abs), 1e-3);
  const near = (margin, side) => verdictOf(part, claimedAt(part, margin + side * tiny));
  return [...new Set(margins)].filter((margin) => near(margin, -1) !== near(margin, 1)).sort((a, b) => a - b);
}

function domainOf(part) {
  const numbers = [...part.runs, ...part.interval, ...part.claimed, part.mean].filter((one) => one !== null);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const room = 0.08 * (high - low) || 0.1 * Math.abs(high) || 1;
  return [low - room, high + room];
}

function drawPart(svg, width, part, claimed) {
  const domain = domainOf(part);
  const at = (value) => 12 + ((width - 24) * (value - domain[0])) / (domain[1] - domain[0]);
  const text = (value) => shortly(value, domain[1] - domain[0]);
  const place = (end, open) => Math.min(Math.max(end === null ? open : at(end), 0), width);
  const band = ([low, high], name) =>
    add(svg, "rect", { class: name, x: place(low, 0), y: 0, width: Math.max(place(high, width) - place(low, 0), 2), height: 78 });
  svg.setAttribute("height", 104);
  band(claimed, "claimed");
  if (part.near && part.near[0] < domain[1] && part.near[1] > domain[0]) band(part.near, "near");
  for (const tick of roundNumbers(domain, width / 130)) {
    add(svg, "line", { class: "grid", x1: at(tick), x2: at(tick), y1: 0, y2: 78 });
    add(svg, "text", { class: "tick", x: at(tick), y: 98, "text-anchor": "middle" }, text(tick));
  }
  part.runs.forEach((run, i) => {
    const said = inside([run, run], claimed, part.closed);
    const note = `run ${i + 1}: ${text(run)}, ${said ? "as" : "not as"} claimed`;
    add(svg, "circle", { class: part.one_run ? "center" : said ? "yes" : "no", cx: at(run), cy: 14 + 9 * (i % 4), r: 5, "data-note": note });
  });
  if (part.mean === null) return;
  const [from, to] = [place(part.interval[0], 0), place(part.interval[1], width)];
  add(svg, "line", { class: "interval", x1: from, x2: to, y1: 64, y2: 64 });
  add(svg, "circle", { class: "center", cx: at(part.mean), cy: 64, r: 6, "data-note": `mean: ${text(part.mean)}` });
}

function rangeInWords([low, high], closed, text) {
  if (low !== null && high !== null) return low === high ? text(low) : `${text(low)} to ${text(high)}`;
  return low !== null ? `${closed ? "at least" : "more than"} ${text(low)}` : `${closed ? "at most" : "less than"} ${text(high)}`;
}

// A part's picture and slider; `told` is called with each verdict.
function showPart(figure, part, told) {
  const published = marginOf(part.claimed);
  const two = middleOf(part.claimed) !== null;
  const [low, high] = domainOf(part);
  let claimed = part.claimed;
  const redraw = chart(figure, "Runs, mean and interval, and the claimed range", (svg, width) => drawPart(svg, width, part, claimed));
  const label = add(figure, "label", { class: "slider" }, two ? "How far from its middle the claimed range reaches" : "Where the claimed range ends");
  const ends = two ? [0, Math.max(high - middleOf(part.claimed), middleOf(part.claimed) - low)] : [low, high];
  const slider = add(label, "input", { type: "range", min: ends[0], max: ends[1], step: "any" });
  const back = add(figure, "button", { type: "button" }, "As published");
  const reading = add(figure, "output", { class: "reading" });
  const text = (value) => shortly(value, high - low);
  const turns = flips(part).map(text);
  const show = (margin) => {
    claimed = claimedAt(part, margin);
    const verdict = verdictOf(part, claimed);
    reading.dataset.verdict = verdict;
    reading.textContent = `Claimed: ${rangeInWords(claimed, part.closed, text)} → ${data.marks[verdict]} ${verdict}. `;
    reading.append(turns.length ? `The verdict flips at ${turns.join(" and ")}.` : "No margin flips the verdict.");
    slider.setAttribute("aria-valuetext", `${text(margin)}, ${verdict}`);
    redraw();
    told(verdict);
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  back.addEventListener("click", () => {
    slider.value = published;
    show(published);
  });
  back.click();
}

function showClaim(claim) {
  const element = byId(claim.id);
  const verdicts = claim.parts.map((part) => part.verdict);
  const whole = element.querySelector(".whole");
  element.querySelectorAll(".part").forEach((figure, i) => {
    showPart(figure, claim.parts[i], (verdict) => {
      verdicts[i] = verdict;
      const worst = data.order.find((one) => verdicts.includes(one));
      whole.dataset.verdict = worst;
      whole.textContent = verdicts.length > 1 ? `All ${verdicts.length} together: ${data.marks[worst]} ${worst}` : "";
    });
  });
}

// Pointing at a closed claim shows the comparison that decides it, below or, without room, above.
function peekAt(claim, { currentTarget: summary, pointerType }) {
  const [peek, part] = [byId("peek"), claim.parts[claim.deciding]];
  peek.hidden = pointerType !== "mouse" || summary.parentElement.open;
  if (peek.hidden) return;
  peek.replaceChildren();
  const others = claim.parts.length > 1 ? `, of ${claim.parts.length} comparisons the one that decides` : "";
  add(peek, "p", {}, `${part.measured}, ${part.networks}: ${part.estimate}${others}`);
  const svg = add(peek, "svg");
  drawPart(svg, svg.clientWidth, part, part.claimed);
  const { top, bottom } = summary.getBoundingClientRect();
  peek.style.top = `${bottom + peek.offsetHeight < innerHeight ? bottom : top - peek.offsetHeight}px`;
}

{
  const form = byId("filters");
  const articles = [...document.querySelectorAll(".claim")];
  const filter = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value);
    for (const one of articles)
      one.hidden = !wanted.every(([name, value]) => one.dataset[name].split("|").includes(value));
    byId("count").textContent = `${articles.filter((one) => !one.hidden).length} of ${articles.length} claims`;
    return new URLSearchParams(wanted);
  };
  // An address names a claim, or choices of the filter: #trick=momentum&report=A.
  const visit = () => {
    const address = location.hash.slice(1);
    if (address.includes("=")) {
      form.reset();
      for (const [name, value] of new URLSearchParams(address)) {
        const choice = form.elements.namedItem(name);
        if (choice) choice.value = value;
      }
      filter();
      byId("claims").scrollIntoView();
      return;
    }
    const claim = byId(decodeURIComponent(address));
    if (!claim?.classList.contains("claim")) return;
    if (claim.hidden) form.reset();
    filter();
    claim.open = true;
    claim.scrollIntoView();
  };
  form.addEventListener("change", () => history.replaceState(null, "", `#${filter()}`));
  document.addEventListener("click", ({ target }) => {
    // To a link to where one is already, no hashchange answers.
    if (target.closest("a")?.href === location.href) visit();
  });
  for (const claim of data.claims) {
    byId(claim.id).addEventListener("toggle", () => showClaim(claim), { once: true });
    const summary = byId(claim.id).querySelector("summary");
    summary.addEventListener("pointerenter", (event) => peekAt(claim, event));
    for (const kind of ["pointerleave", "click"]) summary.addEventListener(kind, () => (byId("peek").hidden = true));
  }
  window.addEventListener("hashchange", visit);
  filter();
  visit();
}
