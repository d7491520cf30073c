// Trained networks read what is drawn on SIDE x SIDE pixels.
const SIDE = 32;
const AGREEMENT = 2 / 3; // of a network's runs; fewer are unsure, as in src/predict.py
const UNITS = 8; // of the first layer are shown at the most
const ACTIVATIONS = {
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  improved_sigmoid: (z) => 1.7159 * Math.tanh((2 * z) / 3),
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
};
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const pen = byId("paper").getContext("2d", { willReadFrequently: true });
const networks = data.networks.map((network, place) => {
  const part = document.getElementsByClassName("answer")[place];
  const meters = Array.from({ length: 10 }, (_, digit) => {
    const item = add(part.querySelector(".chances"), "li");
    return [add(item, "meter", { "aria-label": `probability of ${digit}` }), add(item, "span")];
  });
  const layers = network.weights.map((text) => new Float32Array(bytes(text).buffer));
  return { ...network, part, meters, layers, runs: [...Array(network.shapes[0][0]).keys()] };
});

// What a layer of one run makes of its inputs, before the activation.
function sums({ layers, shapes }, layer, run, inputs) {
  const [, rows, columns] = shapes[layer];
  const found = new Float64Array(columns);
  inputs.forEach((value, row) => {
    const start = (run * rows + row) * columns;
    for (let column = 0; column < columns; column++) found[column] += value * layers[layer][start + column];
  });
  return found;
}

// The probability of each digit by one run; inputs: the pixels, normalized, and a 1.
function probabilities(network, run, inputs) {
  const logits = network.layers.reduce((previous, _, layer) => {
    const outputs = layer ? previous.map(ACTIVATIONS[network.activation]) : previous;
    return sums(network, layer, run, outputs);
  }, inputs);
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

function paint(canvas, colorAt) {
  const image = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++) image.data.set([...colorAt(i), 255], 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
}
const grey = (level) => [level, level, level];

// Of ink there are 17 levels, 0, 15, 31, ... 255, so that the faintest is not taken for paper.
function drawn() {
  const { data: colors } = pen.getImageData(0, 0, SIDE, SIDE);
  const one = picture(SIDE, SIDE, (x, y) => 255 - colors[4 * (y * SIDE + x)]);
  return changed(one, (ink) => (ink < 8 ? 0 : ink | 15));
}

function look() {
  const one = drawn();
  paint(byId("paper"), (i) => grey(255 - one.ink[i]));
  if (!one.ink.some(Boolean)) return;
  const seen = mnistLike(one).ink;
  paint(byId("seen"), (i) => grey(seen[i]));
  const inputs = [...seen.map((pixel) => (pixel - data.mean) / data.deviation), 1];
  for (const network of networks) {
    show(network, network.runs.map((run) => probabilities(network, run, inputs)));
    showUnits(network, sums(network, 0, 0, inputs));
  }
}

function show({ part, meters }, byRun) {
  const mean = meters.map((_, digit) => byRun.reduce((sum, one) => sum + one[digit], 0) / byRun.length);
  const digit = mean.indexOf(Math.max(...mean));
  const votes = byRun.map((one) => one.indexOf(Math.max(...one)));
  const agree = votes.filter((vote) => vote === digit).length;
  const sure = agree < AGREEMENT * votes.length ? "Unsure, perhaps" : "It is";
  part.querySelector(".said").textContent = `${sure} a ${digit}: ${agree} of ${votes.length} runs say so.`;
  part.querySelector(".votes").textContent = `Their votes, one by one: ${votes.join(", ")}`;
  meters.forEach(([bar, number], i) => ([bar.value, number.textContent] = [mean[i], mean[i].toFixed(3)]));
}

function showUnits({ part, layers, shapes }, driven) {
  const strongest = [...driven.keys()].sort((a, b) => Math.abs(driven[b]) - Math.abs(driven[a]));
  part.querySelector(".units").replaceChildren();
  for (const unit of strongest.slice(0, UNITS)) {
    const item = add(part.querySelector(".units"), "span");
    const weights = Array.from({ length: 784 }, (_, i) => layers[0][i * shapes[0][2] + unit]);
    const most = Math.max(...weights.map(Math.abs)) || 1;
    paint(add(item, "canvas", { width: 28, height: 28, role: "img", "aria-label": `weights of unit ${unit}` }), (i) => {
      const other = 255 * (1 - Math.abs(weights[i]) / most);
      return weights[i] > 0 ? [255, other, other] : [other, other, 255];
    });
    item.append(`${driven[unit] > 0 ? "+" : "−"}${Math.abs(driven[unit]).toFixed(1)}`);
  }
}

{
  const paper = byId("paper");
  const examples = bytes(data.examples);
  let [last, turn] = [null, 0];
  const clear = () => {
    paint(paper, () => grey(255));
    paint(byId("seen"), () => grey(0));
    for (const { part, meters } of networks) {
      part.querySelector(".said").textContent = "Draw a digit, as large as you like.";
      part.querySelector(".votes").textContent = "";
      part.querySelector(".units").replaceChildren();
      for (const [bar, number] of meters) [bar.value, number.textContent] = [0, ""];
    }
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
    paint(paper, (i) => grey(255 - at(one, (i % SIDE) - edge, Math.floor(i / SIDE) - edge)));
    look();
  });
  clear();
}
