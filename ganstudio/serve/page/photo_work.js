// What a model can do with a photograph, each with its own controls: only what the server says that the model does.

import { byId, fillSelect, make, slider } from "./dom.js";
import { Styles } from "./styles.js";

const BRUSH = 8; // percent of the longer side
const WORDS = {
  project: ["Project", "Searches for the latent that draws the photograph: then it can be moved along directions."],
  upscale: ["Upscale", "Enlarges the photograph."],
  translate: ["Translate", "Makes another picture of it."],
  inpaint: ["Fill in", "Fills in what you mark with the brush, or what is transparent."],
  stylize: ["Stylize", "Paints the photograph in the style that is chosen, or between two."],
};

export class PhotoWork {
  #app;
  #calls;
  #brush = BRUSH;
  #erases = false;
  #built = "";

  /** `calls.begin(kind)` begins a job; `calls.clear()` takes all marks away. */
  constructor(app, calls) {
    [this.#app, this.#calls] = [app, calls];
    this.styles = new Styles(app);
  }

  size = () => this.#brush;
  erases = () => this.#erases;

  /** Shows what the model does, `anew` as the state has it; nothing can be begun without a photograph. */
  fill(hasPhoto, anew = false) {
    const { info, state } = this.#app;
    const kinds = state.view === "photo" ? Object.keys(WORDS).filter((kind) => info.does.includes(kind)) : [];
    const built = `${info.name} ${kinds}`;
    if (anew || built !== this.#built) byId("photo-work").replaceChildren(...kinds.map((kind) => this.#group(kind)));
    this.#built = built;
    const waits = !hasPhoto || (kinds.includes("stylize") && this.styles.chosen.length === 0);
    for (const button of byId("photo-work").querySelectorAll(".main")) button.disabled = waits;
  }

  #group(kind) {
    const [name, hint] = WORDS[kind];
    const controls = {
      project: () => this.#project(),
      translate: () => this.#translate(),
      inpaint: () => this.#inpaint(),
      stylize: () => this.styles.rows(),
    };
    const button = make("button", { type: "button", className: "main", textContent: name, disabled: true });
    button.addEventListener("click", () => this.#calls.begin(kind));
    return make(
      "fieldset",
      {},
      make("legend", { textContent: name }),
      ...(controls[kind]?.() ?? []),
      button,
      make("p", { className: "hint", textContent: hint }),
    );
  }

  #project() {
    const { info } = this.#app;
    const rows = [this.#select("Fit to the model's shape", "fit", ["crop", "pad", "stretch"])];
    if (info.classes.length) rows.push(this.#select("Class", "class", [["", "The nearest"], ...info.classes]));
    const value = this.#app.state.search;
    const onInput = (search) => this.#app.change({ search });
    rows.push(
      slider({ label: "Steps of the search", low: 0, high: Math.min(48, this.#app.limits.search_steps), step: 1, value, neutral: 12, text: String, onInput }),
    );
    return rows;
  }

  #translate() {
    const { domains } = this.#app.info;
    return domains.length > 1 ? [this.#select("Domain", "domain", domains)] : [];
  }

  #inpaint() {
    const onInput = (size) => (this.#brush = size);
    const size = slider({
      label: "Brush", low: 1, high: 40, step: 1, value: this.#brush, neutral: BRUSH, text: (now) => `${now} %`, onInput,
    });
    const rubber = make("input", { type: "checkbox", checked: this.#erases });
    rubber.addEventListener("change", () => (this.#erases = rubber.checked));
    const clear = make("button", { type: "button", textContent: "Clear the marks" });
    clear.addEventListener("click", () => this.#calls.clear());
    return [size, make("label", { className: "row check" }, rubber, "Take marks away"), make("div", { className: "row" }, clear)];
  }

  #select(label, key, options) {
    const select = make("select", {});
    fillSelect(select, options);
    select.value = this.#app.state[key];
    select.addEventListener("change", () => this.#app.change({ [key]: select.value }));
    return make("label", { className: "row" }, label, select);
  }
}
