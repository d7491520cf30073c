"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
// A number with the digits that matter where numbers differ by up to `width`.
const shortly = (value, width = 1) =>
  value.toLocaleString("en", { maximumFractionDigits: Math.max(0, 3 - Math.floor(Math.log10(width))) }).replace("-", "−");

// A new element inside another, in the namespace of its own kind.
function add(parent, tag, attributes = {}, text = "") {
  const space = tag === "svg" ? "http://www.w3.org/2000/svg" : parent.namespaceURI;
  const element = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(text);
  return parent.appendChild(element);
}

// A picture that `draw(svg, width)` draws, as soon as it is seen and whenever its width changes.
// What has a data-note says it when a mouse or a finger is near: in the .note of its group, or below.
// Returns how to draw it again.
function chart(figure, label, draw) {
  const svg = add(figure, "svg", { role: "img", "aria-label": label });
  const below = add(figure, "output", { class: "note" });
  const point = ({ clientX, clientY }) => {
    let [nearest, distance] = [null, 25];
    for (const one of svg.querySelectorAll("[data-note]")) {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      const away = Math.hypot((left + right) / 2 - clientX, (top + bottom) / 2 - clientY);
      if (away < distance) [nearest, distance] = [one, away];
    }
    for (const note of [below, ...svg.querySelectorAll(".note")]) note.textContent = "";
    if (nearest) (nearest.parentNode.querySelector(".note") ?? below).textContent = nearest.dataset.note;
  };
  for (const kind of ["pointermove", "pointerdown"]) svg.addEventListener(kind, point);
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

// The vertical lines of an axis down to `height`, with a number below each: [where, what it says].
// At the ends of the picture numbers move inside.
function axis(svg, ticks, height) {
  for (const [x, text] of ticks) {
    add(svg, "line", { class: "grid", x1: x, x2: x, y1: 0, y2: height });
    const label = add(svg, "text", { class: "tick", y: height + 18, "text-anchor": "middle" }, text);
    const half = label.getComputedTextLength() / 2;
    label.setAttribute("x", Math.min(Math.max(x, half), svg.clientWidth - half));
  }
}

// A scale from `start` to `end`, in pixels: where a number is, and round ones at least `room` apart.
function linear(values, start, end, room) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const at = (value) => start + ((end - start) * (value - low)) / (high - low || 1);
  const rough = ((high - low || 1) * room) / (end - start);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const first = Math.ceil(low / step);
  const numbers = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  return { at, ticks: numbers.map((number) => [at(number), shortly(number, high - low || 1)]) };
}

// The same, logarithmic. Of an accuracy it is the share of errors that counts.
function logarithmic(values, start, end, room, accuracy = false) {
  const other = (value) => (accuracy ? 1 - value : value);
  const size = (value) => Math.log(Math.max(other(value), 1e-5));
  const sizes = values.map(size);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const at = (value) => {
    const share = (size(value) - low) / (high - low || 1);
    return start + (end - start) * (accuracy ? 1 - share : share);
  };
  const ticks = [];
  for (const times of [1, 5, 2, 3, 7, 1.5]) // the roundest first
    for (const power of [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6]) {
      const value = other(times * power);
      const free = ticks.every(([taken]) => Math.abs(taken - at(value)) >= room);
      if (free && size(value) > low && size(value) < high)
        ticks.push([at(value), accuracy ? `${shortly(100 * value)} %` : shortly(value, value)]);
    }
  return { at, ticks };
}
