// The styles that a photograph is painted in: saved ones and pictures, of which one is chosen, or two that are blended.

import { byId, make, slider } from "./dom.js";
import { OWN_STYLE, isOwn } from "./state.js";

const MOST = 2; // styles at once

export class Styles {
  #app;
  #own = new Map(); // name -> {file, url}
  #list = null;
  #blend = null;

  constructor(app) {
    this.#app = app;
  }

  /** The controls of a model that paints. */
  rows() {
    const { state } = this.#app;
    this.#list = make("ul", { className: "swatches", "aria-label": "Styles" });
    this.#blend = make("div", {});
    const file = make("input", { type: "file", accept: byId("file").accept });
    file.addEventListener("change", () => this.add(file.files[0]));
    const drop = make("label", { className: "drop small", id: "style-drop" }, "Drop a style here, or choose a picture", file);
    const strength = slider({
      label: "Strength", low: 0, high: 1, step: 0.05, value: state.strength, neutral: 1,
      onInput: (value) => this.#app.change({ strength: value }),
    });
    const keep = make("input", { type: "checkbox", checked: state.keep });
    keep.addEventListener("change", () => this.#app.change({ keep: keep.checked }));
    this.#fill();
    return [this.#list, drop, this.#blend, strength, make("label", { className: "row check" }, keep, "Keep the photograph's colours")];
  }

  /** Takes a picture as a style, and chooses it. */
  async add(file) {
    if (!file || !(await this.#app.opened(file))) return;
    const name = `${OWN_STYLE}${this.#own.size + 1}`;
    this.#own.set(name, { file, url: URL.createObjectURL(file) });
    this.#choose(name);
    this.#app.say("The style picture is here.");
  }

  get chosen() {
    return this.#known().filter((name) => this.#app.state.styles.includes(name));
  }

  /** The fields of a request: {style, weights, strength, keep_colour}. */
  fields() {
    const { blend, strength, keep } = this.#app.state;
    const style = this.chosen.map((name) => this.#own.get(name)?.file ?? name);
    return { style, weights: style.length > 1 ? `${1 - blend},${blend}` : "1", strength, keep_colour: keep };
  }

  #known() {
    return [...this.#app.info.styles.filter((name) => name !== "random"), ...this.#own.keys()];
  }

  #choose(name) {
    const chosen = this.#app.state.styles;
    const styles = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].slice(-MOST);
    this.#app.change({ styles });
    this.#fill();
  }

  #words(name) {
    return isOwn(name) ? `picture ${name.slice(1)}` : name;
  }

  #fill() {
    if (!this.#list) return;
    const chosen = this.chosen;
    const kept = document.activeElement?.dataset?.style;
    this.#list.replaceChildren(...this.#known().map((name) => make("li", {}, this.#swatch(name, chosen.includes(name)))));
    if (kept) this.#list.querySelector(`[data-style="${CSS.escape(kept)}"]`)?.focus();
    this.#blend.replaceChildren();
    if (chosen.length < 2) return;
    const [one, other] = chosen.map((name) => this.#words(name));
    this.#blend.append(
      slider({
        label: `From ${one} to ${other}`, low: 0, high: 1, step: 0.05, value: this.#app.state.blend, neutral: 0.5,
        text: (value) => `${Math.round(value * 100)} %`,
        onInput: (blend) => this.#app.change({ blend }),
      }),
    );
  }

  #swatch(name, pressed) {
    const url = this.#own.get(name)?.url ?? `/v1/models/${encodeURIComponent(this.#app.info.name)}/styles/${encodeURIComponent(name)}`;
    const words = this.#words(name);
    const button = make("button", { type: "button", title: words }, make("img", { src: url, alt: "" }), make("span", { textContent: words }));
    button.setAttribute("aria-pressed", String(pressed));
    button.dataset.style = name;
    button.addEventListener("click", () => this.#choose(name));
    return button;
  }
}
