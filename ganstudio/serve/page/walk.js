// The way from the seed, or the projected latent, in slot A to that in slot B, frame by frame.

import { events } from "./api.js";
import { blobOf, byId, fitInto } from "./dom.js";
import { mostSteps, randomSeed, seedOf } from "./state.js";
import { slotWords, walking } from "./requests.js";

const FPS = 16;

export class Walk {
  #app;
  #frames = []; // ImageBitmap
  #drawn = ""; // what they were asked for with
  #abort = null;
  #timer = 0;
  #settling = 0;
  #step = 1;

  constructor(app) {
    this.#app = app;
    for (const slot of ["a", "b"]) {
      byId(`slot-${slot}`).addEventListener("input", (event) => app.change({ [slot]: seedOf(event.target.value) }));
      byId(`random-${slot}`).addEventListener("click", () => this.#set({ [slot]: randomSeed(), held: { ...app.state.held, [slot]: null } }));
    }
    byId("swap").addEventListener("click", () => {
      const { a, b, held } = app.state;
      this.#set({ a: b, b: a, held: { a: held.b, b: held.a } });
    });
    byId("steps").addEventListener("input", (event) => {
      if (event.target.validity.valid) app.change({ steps: event.target.valueAsNumber });
      this.#tellMost();
    });
    byId("path").addEventListener("change", (event) => app.change({ path: event.target.value }));
    byId("loop").addEventListener("change", (event) => this.#set({ loop: event.target.checked }));
    byId("play").addEventListener("click", () => this.toggle());
    byId("frame").addEventListener("input", () => this.#paint());
    byId("walk-cancel").addEventListener("click", () => this.#stop());
    new ResizeObserver(() => this.#paint()).observe(byId("walk-mat"));
  }

  #set(patch) {
    const most = mostSteps(this.#app.limits, patch.loop ?? this.#app.state.loop);
    this.#app.change({ ...patch, steps: Math.min(this.#app.state.steps, most) });
    this.#fill();
  }

  #fill() {
    const { state } = this.#app;
    for (const name of ["steps", "path"]) byId(name).value = state[name];
    this.#tellMost();
    for (const slot of ["a", "b"]) {
      byId(`slot-${slot}`).value = state[slot];
      byId(`slot-${slot}`).hidden = state.held[slot] !== null;
      byId(`held-${slot}`).hidden = state.held[slot] === null;
    }
    byId("loop").checked = state.loop;
  }

  /** Says how many steps the server draws, and that those typed are more. */
  #tellMost() {
    const [field, told] = [byId("steps"), byId("steps-most")];
    field.max = mostSteps(this.#app.limits, this.#app.state.loop);
    told.textContent = `From 1 to ${field.max}, here.`;
    told.classList.toggle("wrong", !field.validity.valid);
  }

  show() {
    this.#fill();
    this.draw(0);
  }

  hide() {
    this.#pause();
    this.#stop();
  }

  /** Asks for the frames once nothing was changed for a while. */
  draw(wait = 350) {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    const { path, body } = walking(this.#app.state, this.#app.info);
    const asked = JSON.stringify(body);
    if (asked === this.#drawn) return;
    this.#stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.#working(true);
    const frames = [];
    try {
      for await (const { name, data } of events(path, { ...body, format: "png" }, abort.signal)) {
        if (name === "progress") Object.assign(byId("walk-progress"), { max: data.total, value: data.done });
        if (name === "picture") frames.push(await createImageBitmap(blobOf(data.image)));
      }
      [this.#frames, this.#drawn] = [frames, asked];
      this.#ready();
    } catch (error) {
      if (!abort.signal.aborted) this.#app.failed(error, () => this.draw(0));
    } finally {
      if (this.#abort === abort) this.#working(false);
    }
  }

  #stop() {
    clearTimeout(this.#settling);
    this.#abort?.abort();
    this.#working(false);
  }

  #working(on) {
    byId("walk-working").hidden = !on;
    if (!on) this.#abort = null;
  }

  #ready() {
    const slider = byId("frame");
    slider.max = this.#frames.length - 1;
    slider.disabled = byId("play").disabled = false;
    byId("film").hidden = false;
    this.#paint();
    this.#app.say(`${this.#frames.length} frames drawn.`);
    if (!this.#timer && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.toggle();
  }

  /** Plays, or pauses. */
  toggle() {
    if (this.#timer) this.#pause();
    else if (this.#frames.length) {
      this.#timer = setInterval(() => this.#next(), 1000 / FPS);
      byId("play").textContent = "Pause";
    }
  }

  #pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
    byId("play").textContent = "Play";
  }

  /** One frame on: around in a loop, else there and back. */
  #next() {
    const [slider, last] = [byId("frame"), this.#frames.length - 1];
    const at = slider.valueAsNumber;
    if (this.#app.state.loop) slider.value = at >= last ? 0 : at + 1;
    else {
      if (at >= last) this.#step = -1;
      if (at <= 0) this.#step = 1;
      slider.value = at + this.#step;
    }
    this.#paint();
  }

  step(by) {
    this.#pause();
    byId("frame").value = byId("frame").valueAsNumber + by;
    this.#paint();
  }

  #paint() {
    const at = byId("frame").valueAsNumber;
    const [bitmap, canvas] = [this.#frames[at], byId("film")];
    if (!bitmap) return;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    }
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0);
    canvas.setAttribute("aria-label", `Frame ${at + 1} of ${this.#frames.length}, from ${slotWords(this.#app.state, "a")} to ${slotWords(this.#app.state, "b")}`);
    byId("frame-of").textContent = `${at + 1} of ${this.#frames.length}`;
    fitInto(canvas, byId("walk-mat"), bitmap.width, bitmap.height);
  }

  file() {
    const { state, info } = this.#app;
    return { ...walking(state, info), name: `${info.name}-walk-${["a", "b"].map((slot) => (state.held[slot] ? "latent" : state[slot])).join("-")}`, zip: true };
  }
}
