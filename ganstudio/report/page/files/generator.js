// The living generator: seeds become latents as in the program, onnxruntime-web draws, and a canvas shows the pixels.
"use strict";

const LARGEST_SEED = 2 ** 32 - 1;
const SLIDER_SEEDS = 999;
const GRID = 16;
const GRID_SIDE = 64; // up to this size of a picture, several can be drawn at once

/** Starts onnxruntime-web once: its WebAssembly is inside this file. */
const runtime = (() => {
  let started = null;
  return () =>
    (started ??= unpacked("runtime").then((binary) => {
      globalThis.ort.env.wasm.numThreads = 1;
      globalThis.ort.env.wasm.wasmBinary = binary;
      return globalThis.ort;
    }));
})();

/** A picture's level of a value in [-1, 1]: rounded in float32, halves to even, as the program does. */
function level(value) {
  const scaled = Math.fround(Math.fround(value + 1) * 127.5);
  const rounded = Math.round(scaled);
  const even = Math.abs(scaled % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
  return Math.min(255, Math.max(0, even));
}

class Generator {
  constructor(feeds, block) {
    this.feeds = feeds;
    this.block = block;
    const [channels, ...sides] = feeds.shape;
    this.channels = channels;
    [this.height, this.width] = sides.slice(-2);
    this.depth = sides.length === 3 ? sides[0] : 1;
  }

  async open() {
    const [ort, model] = await Promise.all([runtime(), unpacked(this.block)]);
    this.session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  }

  /** Values of the images of these seeds, channel by channel; `label` null means that a seed chooses its class itself. */
  async values(seeds, label, psi) {
    const { Tensor } = globalThis.ort;
    const count = seeds.length;
    const filled = (size, seedOf) => {
      const all = new Float32Array(count * size);
      seeds.forEach((seed, i) => all.set(new RandomState(seedOf(seed)).normals(size), i * size));
      return all;
    };
    const given = { z: new Tensor("float32", filled(this.feeds.zDim, (seed) => seed), [count, this.feeds.zDim]) };
    if (this.feeds.classes.length) {
      const labels = seeds.map((seed) => BigInt(label ?? seed % this.feeds.classes.length));
      given.labels = new Tensor("int64", BigInt64Array.from(labels), [count]);
    }
    if (this.feeds.psi) given.psi = new Tensor("float32", Float32Array.of(psi), []);
    for (const { name, index, shape } of this.feeds.noise) {
      const size = shape.reduce((a, b) => a * b, 1);
      given[name] = new Tensor("float32", filled(size, (seed) => [seed, index + 1]), [count, ...shape]);
    }
    const { images } = await this.session.run(given, ["images"]);
    return images.data;
  }

  /** One picture as RGBA; the frames of a clip, or the slices of a voxel grid, stand in a row. */
  pixels(values, number) {
    const plane = this.height * this.width;
    const volume = plane * this.depth;
    const start = number * this.channels * volume;
    const picture = new ImageData(this.width * this.depth, this.height);
    for (let d = 0; d < this.depth; d += 1) {
      for (let p = 0; p < plane; p += 1) {
        const to = 4 * (Math.floor(p / this.width) * this.width * this.depth + d * this.width + (p % this.width));
        for (let c = 0; c < 4; c += 1) picture.data[to + c] = this.one(values, start + d * plane + p, volume, c);
      }
    }
    return picture;
  }

  one(values, at, volume, c) {
    if (c === 3 && this.channels < 4) return 255;
    const value = values[at + (this.channels === 1 ? 0 : c) * volume];
    if (Number.isNaN(value)) throw new Error("the picture holds NaN");
    return level(value);
  }
}

function addGenerators(report) {
  const runs = report.runs.filter((run) => report.generators[run.id]);
  const blocks = Object.keys(report.generators);
  const panelsOfRuns = report.runs.map((run) => {
    const feeds = report.generators[run.id];
    if (feeds) return panelOf(report, run, generatorPanel(run, new Generator(feeds, `model-${blocks.indexOf(run.id)}`)));
    return panelOf(report, run, make("p", { className: "hint", textContent: `The generator is not in this file: ${report.withoutModel[run.id]}.` }));
  });
  const hint = "It runs inside this page, by onnxruntime-web, and asks no server. A seed draws the same picture as ganstudio sample, but for rounding: a pixel may be a level off.";
  part("generator", "Generator", ...panelsOfRuns, ...(runs.length ? [make("p", { className: "hint", textContent: hint })] : []));
}

/** The controls and the canvas of one generator, which starts once it is in sight. */
function generatorPanel(run, generator) {
  const { feeds } = generator;
  const canvas = make("canvas", { role: "img", width: 1, height: 1, hidden: true });
  const status = make("p", { className: "hint", role: "status", textContent: "The generator starts here." });
  const large = generator.width > 160 ? " large" : "";
  const mat = make("div", { className: `mat${large}` }, canvas, status);
  const controls = new Controls(run, generator);
  const node = make("div", { className: "living" }, mat, controls.node);
  const drawing = new Drawing(generator, controls, canvas, status);
  controls.onChange = () => drawing.ask();
  new IntersectionObserver((entries, watching) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watching.disconnect();
    drawing.start();
  }).observe(mat);
  return node;
}

/** Draws what the controls say; of several wishes while one is drawn, the last. */
class Drawing {
  constructor(generator, controls, canvas, status) {
    Object.assign(this, { generator, controls, canvas, status, ready: false, busy: false, asked: false });
  }

  async start() {
    this.status.textContent = `Starting the generator (${this.generator.feeds.size}) …`;
    try {
      await this.generator.open();
    } catch (error) {
      this.status.textContent = `This browser does not run the generator: ${error.message}`;
      return;
    }
    this.ready = true;
    await this.ask();
  }

  async ask() {
    this.asked = true;
    if (!this.ready || this.busy) return;
    this.busy = true;
    try {
      while (this.asked) {
        this.asked = false;
        await this.paint();
      }
    } catch (error) {
      this.status.textContent = `This picture cannot be drawn: ${error.message}`;
      this.status.hidden = false;
    } finally {
      this.busy = false;
    }
  }

  async paint() {
    const { seeds, label, psi, words } = this.controls.wish();
    const values = await this.generator.values(seeds, label, psi);
    const columns = Math.ceil(Math.sqrt(seeds.length));
    const tiles = seeds.map((_, number) => this.generator.pixels(values, number));
    this.canvas.width = columns * tiles[0].width;
    this.canvas.height = Math.ceil(tiles.length / columns) * tiles[0].height;
    const pen = this.canvas.getContext("2d");
    tiles.forEach((tile, i) => pen.putImageData(tile, (i % columns) * tile.width, Math.floor(i / columns) * tile.height));
    this.canvas.setAttribute("aria-label", words);
    this.canvas.dataset.drawn = words;
    this.canvas.hidden = false;
    this.status.hidden = true;
  }
}

/** Seed, class, truncation and number of pictures, and the command that draws the same. */
class Controls {
  constructor(run, generator) {
    const { feeds } = generator;
    Object.assign(this, { feeds, seed: 0, onChange: () => {} });
    const id = (name) => `${name}-${generator.block}`;
    this.slider = make("input", { type: "range", id: id("seed"), min: 0, max: SLIDER_SEEDS, step: 1, value: 0 });
    this.number = make("input", { type: "number", id: id("number"), min: 0, max: LARGEST_SEED, step: 1, value: 0, inputMode: "numeric" });
    const random = make("button", { type: "button", textContent: "Random" });
    this.slider.addEventListener("input", () => this.choose(this.slider.valueAsNumber));
    this.number.addEventListener("input", () => this.number.checkValidity() && this.number.value !== "" && this.choose(this.number.valueAsNumber));
    random.addEventListener("click", () => this.choose(Math.floor(Math.random() * (LARGEST_SEED + 1))));
    this.command = make("code");
    this.node = make(
      "div",
      { className: "controls" },
      make("label", { htmlFor: this.slider.id }, "Seed", this.slider),
      make("div", { className: "row" }, make("label", { className: "unseen", htmlFor: this.number.id, textContent: "Seed as a number" }), this.number, random),
      ...this.choices(id, generator),
      make("p", { className: "hint", textContent: this.origin() }),
      this.command,
    );
    this.write();
  }

  choices(id, generator) {
    const rows = [];
    const changed = () => {
      this.write();
      this.onChange();
    };
    if (this.feeds.classes.length) {
      const options = this.feeds.classes.map((name, place) => make("option", { value: place, textContent: name }));
      this.classes = make("select", { id: id("class") }, make("option", { value: "", textContent: "by the seed, in turn" }), ...options);
      this.classes.addEventListener("change", changed);
      rows.push(make("label", { htmlFor: id("class") }, "Class", this.classes));
    }
    if (this.feeds.psi) {
      this.psi = make("input", { type: "range", id: id("psi"), min: 0, max: 1, step: 0.05, value: 1 });
      this.psiShown = make("output", { textContent: "1" });
      this.psi.addEventListener("input", changed);
      rows.push(make("label", { htmlFor: id("psi") }, "Truncation psi", this.psi, this.psiShown));
    }
    if (Math.max(generator.width, generator.height) <= GRID_SIDE && generator.depth === 1) {
      this.many = make("input", { type: "checkbox", id: id("many") });
      this.many.addEventListener("change", changed);
      rows.push(make("label", { htmlFor: id("many") }, this.many, `${GRID} pictures, of seeds counted up`));
    }
    return rows;
  }

  origin() {
    const { name, checkpoint, precision, size } = this.feeds;
    return `${name}${checkpoint === null ? "" : ` at ${checkpoint} kimg`}, ${precision}, ${size}`;
  }

  choose(seed) {
    this.seed = seed;
    this.slider.value = Math.min(seed, SLIDER_SEEDS);
    this.slider.setAttribute("aria-valuetext", String(seed));
    if (this.number.valueAsNumber !== seed) this.number.value = seed;
    this.write();
    this.onChange();
  }

  wish() {
    const count = this.many?.checked ? Math.min(GRID, LARGEST_SEED - this.seed + 1) : 1;
    const seeds = Array.from({ length: count }, (_, i) => this.seed + i);
    const label = this.classes?.value ? Number(this.classes.value) : null;
    const psi = this.psi ? this.psi.valueAsNumber : 1;
    const until = count > 1 ? `-${this.seed + count - 1}` : "";
    const named = label === null ? "" : `, class ${this.feeds.classes[label]}`;
    return { seeds, label, psi, until, words: `Seed ${this.seed}${until}${named}${this.psi ? `, psi ${psi}` : ""}` };
  }

  /** The command that draws what is asked for. */
  write() {
    const { label, psi, until } = this.wish();
    if (this.psiShown) this.psiShown.textContent = String(psi);
    const named = label === null ? "" : ` --class ${quoted(this.feeds.classes[label])}`;
    const truncated = this.psi && psi !== 1 ? ` --psi ${psi}` : "";
    this.command.textContent = `ganstudio sample --model ${quoted(this.feeds.name)} --seed ${this.seed}${until}${named}${truncated}`;
  }
}

/** A word as a shell takes it. */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\"'\"'")}'`;
}
