"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
// A number with the digits that matter where numbers differ by up to `width`.
const shortly = (value, width = 1) =>
  value.toLocaleString("en", { maximumFractionDigits: Math.max(0, 3 - Math.floor(Math.log10(width))) });

// A new element inside another, in the namespace of its own kind.
function add(parent, tag, attributes = {}, text = "") {
  const space = tag === "svg" ? "http://www.w3.org/2000/svg" : parent.namespaceURI;
  const element = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(text);
  return parent.appendChild(element);
}

// A picture that `draw(svg, width)` draws, as soon as it is seen and whenever its width changes.
// What one points at and has a data-note says it below. Returns how to draw it again.
function chart(figure, label, draw) {
  const svg = add(figure, "svg", { role: "img", "aria-label": label });
  const note = add(figure, "output", { class: "note" });
  svg.addEventListener("pointerover", (event) => {
    note.textContent = event.target.dataset.note ?? "";
  });
  let width = 0;
  const redraw = () => {
    svg.replaceChildren();
    if (width) draw(svg, width);
  };
  const resized = () => {
    if (svg.clientWidth === width) return;
    width = svg.clientWidth;
    redraw();
  };
  new ResizeObserver(() => requestAnimationFrame(resized)).observe(figure);
  return redraw;
}

// Round numbers within a range, about `count` of them.
function roundNumbers([low, high], count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}
