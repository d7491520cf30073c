"use strict";
// What one draws -> 28 x 28 pixels as MNIST would have them: the steps, the constants and the
// reasons are those of src/pictures.py, for white paper and few pixels, where there are no shadows
// and no noise to take away. A picture is {width, height, ink}, row by row.
function picture(width, height, inkAt) {
  const ink = new Float64Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) ink[y * width + x] = inkAt(x, y);
  return { width, height, ink };
}
const changed = (one, change) => ({ ...one, ink: one.ink.map(change) });
const at = ({ width, height, ink }, x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : ink[y * width + x]);
const longer = ({ width, height }) => Math.max(width, height);
const padded = (one, by) => picture(one.width + 2 * by, one.height + 2 * by, (x, y) => at(one, x - by, y - by));

// The contrast stretched: full ink is that of the darkest strokes. There has to be some.
function stretched(one) {
  const dark = one.ink.filter((ink) => ink > 12).sort();
  const place = 0.9 * (dark.length - 1);
  const below = Math.floor(place);
  const full = dark[below] + (place - below) * ((dark[below + 1] ?? 0) - dark[below]);
  return changed(one, (ink) => (ink < Math.min(12, full / 4) ? 0 : Math.min(ink / full, 1)));
}

// How far each pixel is from the nearest one of `mask` that is not 0.
function distances(mask) {
  const there = [...mask.ink.keys()].filter((i) => mask.ink[i]);
  const squares = (x, y) => there.map((i) => (x - (i % mask.width)) ** 2 + (y - Math.floor(i / mask.width)) ** 2);
  return picture(mask.width, mask.height, (x, y) => Math.sqrt(Math.min(...squares(x, y))));
}

function strokeWidth(mask) {
  const around = padded(mask, 1);
  const depths = distances(changed(around, (inside) => 1 - inside)).ink.filter((_, i) => around.ink[i]);
  return (4 * depths.reduce((a, b) => a + b)) / depths.length;
}

// The connected parts of what is dark, each as the list of its pixels.
function partsOf({ width, height, ink }) {
  const seen = new Set();
  const parts = [];
  ink.forEach((value, start) => {
    if (value <= 0.5 || seen.has(start)) return;
    const part = [start];
    seen.add(start);
    for (const pixel of part)
      for (const [dx, dy] of [[-1, -1], [0, -1], [1, -1], [-1, 0], [1, 0], [-1, 1], [0, 1], [1, 1]]) {
        const [x, y] = [(pixel % width) + dx, Math.floor(pixel / width) + dy];
        const next = y * width + x;
        if (at({ width, height, ink }, x, y) <= 0.5 || seen.has(next)) continue;
        seen.add(next);
        part.push(next);
      }
    parts.push(part);
  });
  return parts;
}

// The digit with its soft edges, without dirt and without what reaches in from the border.
function digitOf(one) {
  const parts = partsOf(one);
  const most = (some) => Math.max(0, ...some.map((part) => part.length));
  const atBorder = (i) => i % one.width === 0 || (i + 1) % one.width === 0 || i < one.width || i >= one.ink.length - one.width;
  const free = parts.filter((part) => !part.some(atBorder));
  const counted = most(free) >= 0.05 * most(parts) ? free : parts;
  const kept = new Set(counted.filter((part) => part.length >= 0.05 * most(counted)).flat());
  const core = changed(one, (_, i) => Number(kept.has(i)));
  const reach = Math.max(1.5, strokeWidth(core) / 2);
  const far = distances(core).ink;
  return changed(one, (ink, i) => (far[i] <= reach ? ink : 0));
}

function cropped(one) {
  const there = [...one.ink.keys()].filter((i) => one.ink[i] > 0);
  const [xs, ys] = [there.map((i) => i % one.width), there.map((i) => Math.floor(i / one.width))];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return picture(Math.max(...xs) - left + 1, Math.max(...ys) - top + 1, (x, y) => at(one, x + left, y + top));
}

// Thin strokes made as wide as MNIST's: the darkest pixel of a window around each.
function thickened(one) {
  const width = strokeWidth(changed(one, (ink) => Number(ink > 0.5)));
  const missing = Math.trunc((2.1 * longer(one)) / 20 - width);
  if (missing < 1) return one;
  const window = Array.from({ length: missing + 1 }, (_, k) => k - (missing >> 1));
  const wide = padded(one, missing);
  return picture(wide.width, wide.height, (x, y) => Math.max(...window.flatMap((dy) => window.map((dx) => at(wide, x + dx, y + dy)))));
}

// A line of pixels scaled to `count`, by Pillow's box filter, in single precision like there.
function scaled(line, count) {
  const times = line.length / count;
  const reach = Math.max(times, 1);
  return Array.from({ length: count }, (_, i) => {
    const middle = (i + 0.5) * times;
    const [from, to] = [middle - reach / 2, middle + reach / 2].map((end) => Math.max(Math.trunc(end + 0.5), 0));
    const away = (k) => (k + from - middle + 0.5) * (1 / reach);
    const under = line.slice(from, to).filter((_, k) => away(k) > -0.5 && away(k) <= 0.5);
    return Math.fround(under.reduce((sum, ink) => sum + ink / under.length, 0));
  });
}

function fitted(one) {
  const [width, height] = [one.width, one.height].map((side) => Math.max(1, Math.round((side * 20) / longer(one))));
  const numbers = (count) => [...Array(count).keys()];
  const rows = numbers(one.height).map((y) => scaled(numbers(one.width).map((x) => Math.fround(at(one, x, y))), width));
  const columns = numbers(width).map((x) => scaled(rows.map((row) => row[x]), height));
  return picture(width, height, (x, y) => columns[x][y]);
}

// Moved so that the centre of mass is pixel (14, 14), in whole numbers from 0 to 255.
function centred(one) {
  const mean = (place) => one.ink.reduce((sum, ink, i) => sum + ink * place(i), 0) / one.ink.reduce((a, b) => a + b);
  const shift = (middle, side) => Math.min(Math.max(Math.round(14 - middle), 0), 28 - side);
  const left = shift(mean((i) => i % one.width), one.width);
  const top = shift(mean((i) => Math.floor(i / one.width)), one.height);
  const full = Math.max(...one.ink);
  return picture(28, 28, (x, y) => Math.round((255 * at(one, x - left, y - top)) / full));
}

const mnistLike = (one) => centred(fitted(thickened(cropped(digitOf(stretched(one))))));
