// What one draws, dark on white -> 28 x 28 pixels as MNIST would have them: the steps, the constants
// and the reasons are those of src/mnist/pictures.py. A picture is {width, height, ink}, row by row.
function picture(width, height, inkAt) {
  const ink = Array.from({ length: width * height }, (_, i) => inkAt(i % width, Math.floor(i / width)));
  return { width, height, ink };
}
const at = ({ width, height, ink }, x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : ink[y * width + x]);
const padded = (one, by) => picture(one.width + 2 * by, one.height + 2 * by, (x, y) => at(one, x - by, y - by));
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const count = (length) => [...Array(length).keys()];

// The largest value of each pixel's neighbours, `before` to the left and above to `after` beyond.
function spread(one, before, after) {
  const window = count(before + after + 1).map((k) => k - before);
  return picture(one.width, one.height, (x, y) => Math.max(...window.flatMap((dy) => window.map((dx) => at(one, x + dx, y + dy)))));
}

// The least picture that has all that is not 0.
function cropped(one) {
  const there = count(one.ink.length).filter((i) => one.ink[i] > 0);
  const [xs, ys] = [there.map((i) => i % one.width), there.map((i) => Math.floor(i / one.width))];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return picture(Math.max(...xs) - left + 1, Math.max(...ys) - top + 1, (x, y) => at(one, x + left, y + top));
}

// Otsu's threshold between paper and ink; nothing where the two do not stand apart.
function threshold(ink) {
  const [n, all] = [ink.length, sum(ink)];
  let [below, total, best] = [0, 0, { between: -1 }];
  for (const level of count(256)) {
    const many = ink.filter((one) => one === level).length;
    [below, total] = [below + many, total + many * level];
    const [low, high] = [total / below, (all - total) / Math.max(n - below, 1)];
    const between = below * (n - below) * (high - low) ** 2;
    if (between > best.between) best = { between, low, high };
  }
  const variance = n * sum(ink.map((one) => one * one)) - all ** 2;
  return best.high - best.low < 24 || best.between < 0.8 * variance ? undefined : (best.low + best.high) / 2;
}

// The connected parts of a mask, each as the list of its pixels.
function partsOf(mask) {
  const parts = [];
  const left = new Set(count(mask.ink.length).filter((i) => mask.ink[i]));
  for (const start of left) {
    const part = [start];
    left.delete(start);
    for (const pixel of part)
      for (const [dx, dy] of [[-1, -1], [0, -1], [1, -1], [-1, 0], [1, 0], [-1, 1], [0, 1], [1, 1]]) {
        const [x, y] = [(pixel % mask.width) + dx, Math.floor(pixel / mask.width) + dy];
        if (at(mask, x, y) && left.delete(y * mask.width + x)) part.push(y * mask.width + x);
      }
    parts.push(part);
  }
  return parts;
}

// The digit without dirt and without what reaches in from the edge, if something stands free of it.
function digitOf(mask) {
  const parts = partsOf(mask);
  const most = (some) => Math.max(0, ...some.map((part) => part.length));
  const atEdge = (i) => i % mask.width === 0 || (i + 1) % mask.width === 0 || i < mask.width || i >= mask.ink.length - mask.width;
  const inner = parts.filter((part) => !part.some(atEdge));
  const counted = most(inner) >= 0.05 * most(parts) ? inner : parts;
  const kept = new Set(counted.filter((part) => part.length >= 0.05 * most(counted)).flat());
  return picture(mask.width, mask.height, (x, y) => Number(kept.has(y * mask.width + x)));
}

function strokeWidth(mask) {
  const wide = padded(mask, 1);
  const edges = picture(wide.width, wide.height, (x, y) => Math.abs(at(wide, x, y) - at(wide, x - 1, y)) + Math.abs(at(wide, x, y) - at(wide, x, y - 1)));
  return ((8 / Math.PI) * sum(mask.ink)) / sum(edges.ink);
}

// A line of pixels scaled to `length`: each new pixel has its share of the old ones.
function scaled(line, length) {
  const ratio = line.length / length;
  const share = (i, k) => Math.max(Math.min((i + 1) * ratio, k + 1) - Math.max(i * ratio, k), 0) / ratio;
  return count(length).map((i) => sum(line.map((ink, k) => ink * share(i, k))));
}

// Scaled to fit 20 x 20, the centre of mass moved to pixel (14, 14) of 28 x 28, from 0 to 255.
function centred(one) {
  const [width, height] = [one.width, one.height].map((side) => Math.max(1, Math.trunc((side * 20) / Math.max(one.width, one.height) + 0.5)));
  const rows = count(one.height).map((y) => scaled(count(one.width).map((x) => at(one, x, y)), width));
  const columns = count(width).map((x) => scaled(rows.map((row) => row[x]), height));
  const small = picture(width, height, (x, y) => columns[x][y]);
  const mean = (place) => sum(small.ink.map((ink, i) => ink * place(i))) / sum(small.ink);
  const shift = (middle, side) => Math.min(Math.max(Math.trunc(14 - middle + 0.500001), 0), 28 - side);
  const [left, top] = [shift(mean((i) => i % width), width), shift(mean((i) => Math.floor(i / width)), height)];
  return picture(28, 28, (x, y) => (255 * at(small, x - left, y - top)) / Math.max(...small.ink));
}

// The digit in a picture of ink from 0 to 255; nothing where there is none.
function mnistLike(one) {
  const least = threshold(one.ink);
  if (least === undefined) return undefined;
  const core = digitOf({ ...one, ink: one.ink.map((ink) => Number(ink > least)) });
  const { width, height } = cropped(core);
  const longer = Math.max(width, height);
  const reach = Math.max(1, Math.trunc(longer / 16 + 0.5));
  const near = spread(core, reach, reach).ink;
  const inked = one.ink.filter((_, i) => core.ink[i]).sort((a, b) => a - b);
  const full = inked[Math.trunc(0.9 * inked.length)];
  const soft = { ...one, ink: one.ink.map((ink, i) => (near[i] && ink > least / 2 ? Math.min(ink / full, 1) : 0)) };
  const missing = Math.max(0, Math.trunc((2.1 * longer) / 20 - strokeWidth(core)));
  return centred(cropped(spread(padded(soft, missing), (missing + 1) >> 1, missing - ((missing + 1) >> 1))));
}
