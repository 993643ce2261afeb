// Pictures of seeds counted up, as they are drawn; each leads to its own page.

import { events } from "./api.js";
import { blobOf, byId, make } from "./dom.js";
import { Newest } from "./newest.js";
import { drawing } from "./requests.js";
import { toFragment } from "./state.js";

export class Grid {
  #app;
  #newest;
  #shape = [1, 1]; // width and height of a picture

  constructor(app) {
    this.#app = app;
    this.#newest = new Newest((error) => app.failed(error, () => this.draw()));
    byId("count").addEventListener("change", (event) => app.change({ count: Number(event.target.value) }));
    new ResizeObserver(() => this.#fit()).observe(byId("grid-mat"));
  }

  show() {
    for (const option of byId("count").options) option.hidden = option.disabled = Number(option.value) > this.#app.limits.images;
    byId("count").value = String(this.#app.state.count);
    this.draw();
  }

  hide() {
    this.#newest.stop();
  }

  draw() {
    const { state, info } = this.#app;
    const { path, body } = drawing(state, info, state.count);
    this.#newest.ask(async (signal) => {
      let place = 0;
      for await (const { name, data } of events(path, { ...body, format: "png" }, signal)) {
        if (name !== "picture") continue;
        this.#place(place, data);
        place += 1;
      }
      this.#trim(place);
      this.#app.say(`${place} pictures drawn.`);
    });
  }

  #place(place, picture) {
    const tiles = byId("tiles");
    if (!tiles.children[place]) {
      const button = make("button", { type: "button" }, make("img", { alt: "" }));
      button.addEventListener("click", () => this.#open(Number(button.dataset.seed)));
      tiles.append(make("li", {}, button));
    }
    const button = tiles.children[place].firstChild;
    const image = button.firstChild;
    button.dataset.seed = picture.seed;
    const words = `Seed ${picture.seed}${picture.class === null ? "" : `, class ${picture.class}`}`;
    Object.assign(button, { title: words });
    image.alt = words;
    const old = image.src;
    image.src = URL.createObjectURL(blobOf(picture.image));
    if (old) URL.revokeObjectURL(old);
    const grown = this.#shape[0] !== picture.width || this.#shape[1] !== picture.height;
    this.#shape = [picture.width, picture.height];
    if (grown || place + 1 === this.#app.state.count) this.#fit();
  }

  #trim(count) {
    const tiles = byId("tiles");
    while (tiles.children.length > count) tiles.lastChild.remove();
    this.#fit();
  }

  #open(seed) {
    location.hash = toFragment({ ...this.#app.state, seed, latent: null, view: "explore" });
  }

  /** As many columns as make the tiles largest. */
  #fit() {
    const [box, tiles, count] = [byId("grid-mat"), byId("tiles"), this.#app.state.count];
    const [width, height] = this.#shape;
    let [best, columns] = [0, 1];
    for (let tried = 1; tried <= count; tried += 1) {
      const rows = Math.ceil(count / tried);
      const room = Math.min((box.clientWidth - 20 - 4 * tried) / (tried * width), (box.clientHeight - 20 - 4 * rows) / (rows * height));
      if (room > best) [best, columns] = [room, tried];
    }
    const factor = best >= 2 ? Math.floor(best * 2) / 2 : best;
    tiles.style.gridTemplateColumns = `repeat(${columns}, ${Math.floor(width * factor)}px)`;
    tiles.style.gridAutoRows = `${Math.floor(height * factor)}px`;
    tiles.classList.toggle("sharp", best >= 1 && Math.min(width, height) <= 128);
  }

  file() {
    const { state, info } = this.#app;
    return { ...drawing(state, info, state.count), name: `${info.name}-grid-${state.seed}` };
  }
}
