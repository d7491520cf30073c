// Trained networks read what is drawn on SIDE x SIDE pixels.
const SIDE = 32;
const ACTIVATIONS = {
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  improved_sigmoid: (z) => 1.7159 * Math.tanh((2 * z) / 3),
  tanh: Math.tanh,
  relu: (z) => Math.max(0, z),
};
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const paper = byId("paper");
const pen = paper.getContext("2d", { willReadFrequently: true });
const networks = data.networks.map((network, place) => {
  const part = document.getElementsByClassName("vote")[place];
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const item = add(part.querySelector("ol"), "li");
    return [add(item, "meter", { "aria-label": `probability of ${digit}` }), add(item, "span")];
  });
  const runs = network.runs.map((layers) => layers.map((text) => new Float32Array(bytes(text).buffer)));
  return { activation: ACTIVATIONS[network.activation], said: part.querySelector(".said"), bars, runs };
});

// The probability of each digit by one run. The first layer's last row of weights holds the biases.
function probabilities(layers, activation, pixels) {
  const logits = layers.reduce((before, weights, layer) => {
    const inputs = layer ? before.map(activation) : [...before, 1];
    const units = weights.length / inputs.length;
    return count(units).map((unit) => inputs.reduce((total, input, row) => total + input * weights[row * units + unit], 0));
  }, pixels);
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return powers.map((power) => power / sum(powers));
}

function paint(canvas, levelAt) {
  const image = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++) image.data.set([levelAt(i), levelAt(i), levelAt(i), 255], 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function forget() {
  paint(byId("seen"), () => 0);
  for (const { said, bars } of networks) {
    said.textContent = "Draw a digit, as large as you like.";
    for (const [bar, number] of bars) [bar.value, number.textContent] = [0, ""];
  }
}

let looking = 0;
function lookSoon() {
  cancelAnimationFrame(looking);
  looking = requestAnimationFrame(look);
}

function look() {
  const { data: colors } = pen.getImageData(0, 0, SIDE, SIDE);
  const ink = picture(SIDE, SIDE, (x, y) => 255 - colors[4 * (y * SIDE + x)]);
  const seen = mnistLike(ink);
  if (!seen) return forget();
  paint(byId("seen"), (i) => seen.ink[i]);
  const pixels = Array.from(seen.ink, (pixel) => (pixel - data.mean) / data.deviation);
  for (const { runs, activation, said, bars } of networks) {
    const byRun = runs.map((layers) => probabilities(layers, activation, pixels));
    const mean = bars.map((_, digit) => sum(byRun.map((one) => one[digit])) / byRun.length);
    const digit = mean.indexOf(Math.max(...mean));
    const votes = byRun.map((one) => one.indexOf(Math.max(...one)));
    said.replaceChildren();
    add(said, "b", {}, `${digit}`);
    said.append(votes.every((vote) => vote === digit) ? " Its runs agree." : ` The runs disagree: ${votes.join(", ")}.`);
    bars.forEach(([bar, number], i) => ([bar.value, number.textContent] = [mean[i], mean[i].toFixed(3)]));
  }
}

{
  const examples = bytes(data.examples);
  let [last, turn] = [null, 0];
  const clear = () => {
    paint(paper, () => 255);
    forget();
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
    lookSoon();
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
