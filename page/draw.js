// The published networks read what is drawn on SIDE x SIDE pixels.
const SIDE = 32;
const AGREEMENT = 2 / 3; // of the networks; fewer are unsure, as in src/predict.py
const ACTIVATIONS = {
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  improved_sigmoid: (z) => 1.7159 * Math.tanh((2 * z) / 3),
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
};
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const layers = data.weights.map((text) => new Float32Array(bytes(text).buffer));
const networks = [...Array(data.shapes[0][0]).keys()];
const pen = byId("paper").getContext("2d", { willReadFrequently: true });
const chances = Array.from({ length: 10 }, (_, digit) => {
  const item = add(byId("chances"), "li");
  return { bar: add(item, "meter", { "aria-label": `probability of ${digit}` }), number: add(item, "span") };
});

// The probability of each digit by one network; inputs: the pixels, normalized, and a 1.
function probabilities(network, inputs) {
  const outputs = layers.reduce((previous, weights, layer) => {
    const [, rows, columns] = data.shapes[layer];
    const sums = new Float64Array(columns);
    previous.forEach((value, row) => {
      const start = (network * rows + row) * columns;
      for (let column = 0; column < columns; column++) sums[column] += value * weights[start + column];
    });
    return layer < layers.length - 1 ? sums.map(ACTIVATIONS[data.activation]) : sums;
  }, inputs);
  const powers = outputs.map((logit) => Math.exp(logit - Math.max(...outputs)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

function paint(canvas, greyAt) {
  const image = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++) image.data.set([...Array(3).fill(greyAt(i)), 255], 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Of ink there are 17 levels, 0, 15, 31, ... 255, so that the faintest is not taken for paper.
function drawn() {
  const { data: colors } = pen.getImageData(0, 0, SIDE, SIDE);
  const one = picture(SIDE, SIDE, (x, y) => 255 - colors[4 * (y * SIDE + x)]);
  return changed(one, (ink) => (ink < 8 ? 0 : ink | 15));
}

function look() {
  const one = drawn();
  paint(byId("paper"), (i) => 255 - one.ink[i]);
  if (!one.ink.some(Boolean)) return;
  const seen = mnistLike(one).ink;
  paint(byId("seen"), (i) => seen[i]);
  const inputs = [...seen.map((pixel) => (pixel - data.mean) / data.deviation), 1];
  show(networks.map((network) => probabilities(network, inputs)));
}

function show(byNetwork) {
  const mean = chances.map((_, digit) => byNetwork.reduce((sum, one) => sum + one[digit], 0) / networks.length);
  const digit = mean.indexOf(Math.max(...mean));
  const votes = byNetwork.map((one) => one.indexOf(Math.max(...one)));
  const agree = votes.filter((vote) => vote === digit).length;
  const sure = agree < AGREEMENT * votes.length ? "Unsure, perhaps" : "It is";
  byId("answer").textContent = `${sure} a ${digit}: ${agree} of ${votes.length} networks say so.`;
  byId("votes").textContent = `Their votes, one by one: ${votes.join(", ")}`;
  chances.forEach(({ bar, number }, i) => ([bar.value, number.textContent] = [mean[i], mean[i].toFixed(3)]));
}

{
  const paper = byId("paper");
  const examples = bytes(data.examples);
  let [last, turn] = [null, 0];
  const clear = () => {
    paint(paper, () => 255);
    paint(byId("seen"), () => 0);
    byId("answer").textContent = "Draw a digit, as large as you like.";
    byId("votes").textContent = "";
    chances.forEach(({ bar, number }) => ([bar.value, number.textContent] = [0, ""]));
  };
  const place = (event) => [event.offsetX, event.offsetY].map((pixels) => (pixels * SIDE) / paper.clientWidth);
  Object.assign(pen, { lineWidth: 2.6, lineCap: "round", lineJoin: "round" });
  const stroke = (event) => {
    if (!last) return;
    pen.beginPath();
    pen.moveTo(...last);
    last = place(event);
    pen.lineTo(...last);
    pen.stroke();
    look();
  };
  paper.addEventListener("pointerdown", (event) => {
    paper.setPointerCapture(event.pointerId);
    last = place(event);
    stroke(event);
  });
  paper.addEventListener("pointermove", stroke);
  paper.addEventListener("lostpointercapture", () => (last = null));
  byId("clear").addEventListener("click", clear);
  byId("example").addEventListener("click", () => {
    const start = 784 * (turn++ % (examples.length / 784));
    const edge = (SIDE - 28) / 2;
    const one = { width: 28, height: 28, ink: examples.subarray(start, start + 784) };
    paint(paper, (i) => 255 - at(one, (i % SIDE) - edge, Math.floor(i / SIDE) - edge));
    look();
  });
  clear();
}
