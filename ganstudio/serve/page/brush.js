// A brush that marks what is to be filled in. Its mask is white where it marked, black elsewhere, and as large as the picture.

import { make } from "./dom.js";

const STEP = 0.02; // of the picture's longer side, that an arrow key moves the brush

export class Brush {
  #pen;
  #last = null;
  #at; // where the keyboard's brush is

  /** `picture` is an ImageBitmap, `url` its file; `size()` and `erases()` are asked at each dab. */
  constructor(picture, url, { size, erases }) {
    Object.assign(this, { width: picture.width, height: picture.height, size, erases });
    this.#at = [picture.width / 2, picture.height / 2];
    this.canvas = make("canvas", { width: picture.width, height: picture.height, tabIndex: 0, role: "application" });
    this.canvas.setAttribute("aria-label", "Brush: drag to mark what is filled in. Arrow keys move it, Space marks.");
    this.node = make("div", { className: "brush" }, make("img", { src: url, alt: "Your photograph" }), this.canvas);
    this.#pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.#listen();
  }

  #listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#last = this.#place(event);
      this.#dab(this.#last, this.#last);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.#last) return;
      const to = this.#place(event);
      this.#dab(this.#last, to);
      this.#last = to;
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (this.#last = null));
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.width, ((event.clientY - box.top) / box.height) * this.height];
  }

  #dab(from, to) {
    const pen = this.#pen;
    pen.globalCompositeOperation = this.erases() ? "destination-out" : "source-over";
    pen.strokeStyle = "#f0327d";
    pen.lineWidth = this.size();
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(to[0] + 0.01, to[1]);
    pen.stroke();
  }

  #key(event) {
    const step = STEP * Math.max(this.width, this.height);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const move = moves[event.key];
    if (move) {
      this.#at = [clamp(this.#at[0] + move[0], this.width), clamp(this.#at[1] + move[1], this.height)];
      const place = this.#at.map((value) => Math.round(value)).join(", ");
      this.canvas.setAttribute("aria-description", `At ${place} of ${this.width}, ${this.height}`);
      if (event.shiftKey) this.#dab(this.#at, this.#at);
    } else if (event.key === " ") this.#dab(this.#at, this.#at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  clear() {
    this.#pen.clearRect(0, 0, this.width, this.height);
  }

  get empty() {
    const { data } = this.#pen.getImageData(0, 0, this.width, this.height);
    for (let place = 3; place < data.length; place += 4) if (data[place] > 127) return false;
    return true;
  }

  /** The mask as a PNG file. */
  mask() {
    const pixels = this.#pen.getImageData(0, 0, this.width, this.height);
    for (let place = 0; place < pixels.data.length; place += 4) {
      pixels.data.fill(pixels.data[place + 3] > 127 ? 255 : 0, place, place + 3);
      pixels.data[place + 3] = 255;
    }
    const canvas = make("canvas", { width: this.width, height: this.height });
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }
}

function clamp(value, most) {
  return Math.min(most, Math.max(0, value));
}
