// One picture, drawn anew while its controls move.

import { getFile } from "./api.js";
import { byId, fitInto } from "./dom.js";
import { Newest } from "./newest.js";
import { drawing, inWords } from "./requests.js";

const SETTLED_MS = 700; // without a change a picture is worth a place in the history
const CLIP_FPS = 12;

export class Explore {
  #app;
  #newest;
  #settling = 0;
  #clip = null;
  #moves = false; // whether a clip plays by itself
  blob = null;

  constructor(app) {
    this.#app = app;
    this.#newest = new Newest((error) => app.failed(error, () => this.draw()));
    this.image = byId("picture");
    this.image.addEventListener("load", () => this.#loaded());
    new ResizeObserver(() => this.#fit()).observe(byId("explore-mat"));
    byId("to-a").addEventListener("click", () => app.put("a"));
    byId("to-b").addEventListener("click", () => app.put("b"));
    byId("to-photo").addEventListener("click", () => app.usePicture(this.blob));
    byId("play-clip").addEventListener("click", () => this.toggle());
  }

  show() {
    this.#moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.draw();
  }

  hide() {
    clearTimeout(this.#settling);
    this.#newest.stop();
    this.#stopClip();
  }

  draw() {
    clearTimeout(this.#settling);
    const { state, info } = this.#app;
    const { path, body } = drawing(state, info);
    const words = inWords(state);
    this.#newest.ask(async (signal) => {
      this.#paint(await getFile(path, { ...body, format: "png" }, "image/png", signal), words, info);
    });
  }

  #paint(blob, words, info) {
    const old = this.image.src;
    this.blob = blob;
    this.image.src = URL.createObjectURL(blob);
    this.image.alt = `${words}, drawn by ${info.name}`;
    this.image.hidden = this.#clip !== null;
    if (old) URL.revokeObjectURL(old);
    byId("explore-caption").textContent = words;
    const clips = info.image_shape.length === 4; // or voxel grids, slice by slice
    byId("play-clip").hidden = !clips;
    byId("to-photo").hidden = !this.#app.models.some((one) => one.kind !== "sample");
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#app.settled(blob, words), SETTLED_MS);
  }

  #loaded() {
    this.#fit();
    if (this.#moves && !this.#clip && !byId("play-clip").hidden) this.#playClip();
  }

  #fit() {
    if (this.image.naturalWidth && !this.#clip) {
      fitInto(this.image, byId("explore-mat"), this.image.naturalWidth, this.image.naturalHeight);
    }
  }

  /** Plays a clip, whose frames lie side by side in its picture, or stops. */
  toggle() {
    this.#moves = false;
    if (this.#clip) this.#stopClip();
    else if (!byId("play-clip").hidden) this.#playClip();
  }

  #playClip() {
    const [height, width] = this.#app.info.image_shape.slice(2);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Clip: ${this.image.alt}`);
    this.image.hidden = true;
    byId("explore-mat").append(canvas);
    fitInto(canvas, byId("explore-mat"), width, height);
    let frame = 0;
    const next = () => {
      const frames = Math.max(1, Math.round(this.image.naturalWidth / width));
      canvas.getContext("2d").drawImage(this.image, (frame % frames) * width, 0, width, height, 0, 0, width, height);
      frame += 1;
    };
    next();
    this.#clip = { canvas, timer: setInterval(next, 1000 / CLIP_FPS) };
    byId("play-clip").textContent = "Show the frames";
  }

  #stopClip() {
    if (!this.#clip) return;
    clearInterval(this.#clip.timer);
    this.#clip.canvas.remove();
    this.#clip = null;
    this.image.hidden = false;
    byId("play-clip").textContent = "Play";
    this.#fit();
  }

  /** {path, body, name} of the file that Download fetches. */
  file() {
    const { state, info } = this.#app;
    return { ...drawing(state, info), name: `${info.name}-${state.latent ? "latent" : `seed${state.seed}`}` };
  }
}
