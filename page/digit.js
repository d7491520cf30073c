// What one draws, dark on white -> 28 x 28 pixels as MNIST would have them: the steps, the constants
// and the reasons are those of src/mnist/pictures.py. A picture is {width, height, ink}, row by row.
const count = (length) => [...Array(length).keys()];
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const mean = (numbers) => sum(numbers) / numbers.length;
const picture = (width, height, inkAt) => ({ width, height, ink: count(width * height).map((i) => inkAt(i % width, Math.floor(i / width))) });
const at = ({ width, height, ink }, x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : ink[y * width + x]);

// The digit in a picture of ink from 0 to 255; nothing where there is none.
function mnistLike(drawn) {
  if (Math.max(...drawn.ink) < 24) return undefined;
  const ink = inkOf(drawn);
  const where = (inkAt) => picture(ink.width, ink.height, inkAt);
  const sizes = partSizes(where((x, y) => Number(at(ink, x, y) > 0.45)));
  const least = 0.05 * Math.max(...sizes);
  const core = { ...ink, ink: sizes.map((size) => Number(size > least)) };
  const box = cropped(core);
  const longer = Math.max(box.width, box.height);
  const near = spread(core, Math.max(1, Math.trunc(longer / 16 + 0.5)));
  const missing = (2.1 * longer) / 20 - strokeWidth(core);
  const soft = where((x, y) => (at(near, x, y) && at(ink, x, y) > 0.225 ? at(ink, x, y) : 0));
  return centred(cropped(spread(soft, Math.max(0, Math.trunc(missing / 2 + 0.5)))));
}

function inkOf({ width, height, ink }) {
  let threshold = mean(ink);
  for (let round = 0; round < 10; round++)
    threshold = (mean(ink.filter((one) => one <= threshold)) + mean(ink.filter((one) => one > threshold))) / 2;
  const inked = ink.filter((one) => one > threshold).sort((a, b) => a - b);
  return { width, height, ink: ink.map((one) => Math.min(one / inked[Math.trunc(0.75 * inked.length)], 1)) };
}

// With how many inked pixels each one is connected, itself included.
function partSizes(mask) {
  const sizes = mask.ink.map(() => 0);
  for (const start of count(sizes.length).filter((i) => mask.ink[i])) {
    if (sizes[start]) continue;
    const part = new Set([start]);
    for (const pixel of part) // and those that are added meanwhile
      for (const dx of [-1, 0, 1])
        for (const dy of [-1, 0, 1]) {
          const [x, y] = [(pixel % mask.width) + dx, Math.floor(pixel / mask.width) + dy];
          if (at(mask, x, y)) part.add(y * mask.width + x);
        }
    for (const pixel of part) sizes[pixel] = part.size;
  }
  return sizes;
}

function strokeWidth(mask) {
  const edges = picture(mask.width + 1, mask.height + 1, (x, y) => Math.abs(at(mask, x, y) - at(mask, x - 1, y)) + Math.abs(at(mask, x, y) - at(mask, x, y - 1)));
  return ((8 / Math.PI) * sum(mask.ink)) / sum(edges.ink);
}

// The largest value within `reach` pixels of each.
function spread(one, reach) {
  const window = count(1 + 2 * reach).map((k) => k - reach);
  return picture(one.width, one.height, (x, y) => Math.max(...window.flatMap((dy) => window.map((dx) => at(one, x + dx, y + dy)))));
}

// The least picture that has all that is not 0.
function cropped(one) {
  const there = count(one.ink.length).filter((i) => one.ink[i] > 0);
  const [xs, ys] = [there.map((i) => i % one.width), there.map((i) => Math.floor(i / one.width))];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return picture(Math.max(...xs) - left + 1, Math.max(...ys) - top + 1, (x, y) => at(one, x + left, y + top));
}

// Scaled to fit 20 x 20, the centre of mass moved to pixel (14, 14) of 28 x 28, from 0 to 255.
function centred(one) {
  const [width, height] = [one.width, one.height].map((side) => Math.max(1, Math.trunc((side * 20) / Math.max(one.width, one.height) + 0.5)));
  const rows = count(one.height).map((y) => scaled(count(one.width).map((x) => at(one, x, y)), width));
  const columns = count(width).map((x) => scaled(rows.map((row) => row[x]), height));
  const small = picture(width, height, (x, y) => columns[x][y]);
  const middle = (place) => sum(small.ink.map((ink, i) => ink * place(i))) / sum(small.ink);
  const shift = (where, side) => Math.min(Math.max(Math.trunc(14 - where + 0.50001), 0), 28 - side);
  const [left, top] = [shift(middle((i) => i % width), width), shift(middle((i) => Math.floor(i / width)), height)];
  return picture(28, 28, (x, y) => (255 * at(small, x - left, y - top)) / Math.max(...small.ink));
}

// A line of pixels scaled to `length`: each new pixel is a mean of the old ones, by their distance.
function scaled(line, length) {
  const ratio = line.length / length;
  const weight = (i, k) => Math.max(0, 1 - Math.abs(k + 0.5 - (i + 0.5) * ratio) / Math.max(ratio, 1));
  return count(length).map((i) => sum(line.map((ink, k) => ink * weight(i, k))) / sum(line.map((_, k) => weight(i, k))));
}
