// The controls of what is drawn: seed, class, psi, directions, codes. Each says what it changed by `app.change`.

import { byId, fillSelect, make, slider } from "./dom.js";
import { randomSeed, seedOf } from "./state.js";

const REACH_UNPROVEN = 3; // strengths offered of a direction whose proof has no reach

export class Controls {
  #app;

  constructor(app) {
    this.#app = app;
    const seed = (patch) => app.change({ latent: null, ...patch });
    byId("seed").addEventListener("input", (event) => seed({ seed: seedOf(event.target.value) }));
    byId("random").addEventListener("click", () => this.random());
    byId("drop-latent").addEventListener("click", () => {
      seed({});
      this.fill();
    });
    byId("class").addEventListener("change", (event) => app.change({ class: event.target.value }));
    byId("layers").addEventListener("change", (event) => app.change({ layers: event.target.value }));
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
  }

  random() {
    this.#app.change({ seed: randomSeed(), latent: null });
    this.fill();
  }

  step(by) {
    this.#app.change({ seed: seedOf(this.#app.state.seed + by), latent: null });
    this.fill();
  }

  /** All directions back to 0. */
  level() {
    this.#app.change({ directions: {} });
    this.fill();
  }

  /** Builds what the model has, as the state has it. */
  fill() {
    const { state, info } = this.#app;
    byId("seed").value = state.seed;
    byId("latent").hidden = !state.latent;
    this.#fillClass(state, info);
    this.#fillPsi(state, info);
    this.#fillDirections(state, info);
    this.#fillCodes(state, info);
    this.follow();
  }

  /** Shows the groups of this view. */
  follow() {
    const { state, info } = this.#app;
    const has = {
      "class-group": info.classes.length > 0,
      "psi-group": info.psi,
      "directions-group": info.directions.length > 0,
      "codes-group": info.codes.length > 0,
    };
    for (const group of document.querySelectorAll("#controls fieldset[data-views]")) {
      group.hidden = !group.dataset.views.split(" ").includes(state.view) || has[group.id] === false;
    }
    byId("class").disabled = state.latent !== null && state.view === "explore";
  }

  #fillClass(state, info) {
    fillSelect(byId("class"), [["", "Each seed its own"], ...info.classes]);
    byId("class").value = state.class;
  }

  #fillPsi(state, info) {
    byId("psi-slider").replaceChildren();
    if (!info.psi) return;
    const hint = "1 is what the model learned; nearer 0 is safer and more alike.";
    const onInput = (psi) => this.#app.change({ psi });
    byId("psi-slider").append(slider({ label: "psi", low: 0, high: 1, step: 0.01, value: state.psi, neutral: 1, hint, onInput }));
  }

  #fillDirections(state, info) {
    byId("directions").replaceChildren(...info.directions.map((one) => this.#direction(one, state)));
    const groups = Object.keys(info.layer_groups);
    byId("layers-row").hidden = groups.length === 0;
    fillSelect(byId("layers"), [["", "all"], ...groups]);
    byId("layers").value = state.layers;
  }

  #direction({ name, low, high }, state) {
    const proven = low !== null && high !== null;
    const [least, most] = proven ? [Math.min(low, 0), Math.max(high, 0)] : [-REACH_UNPROVEN, REACH_UNPROVEN];
    return slider({
      label: name,
      low: least,
      high: most,
      step: 0.05,
      value: state.directions[name] ?? 0,
      neutral: 0,
      hint: proven ? "" : "How far it holds was not measured.",
      onInput: (strength) => {
        this.#app.change({ directions: { ...this.#app.state.directions, [name]: strength } });
      },
    });
  }

  #fillCodes(state, info) {
    byId("codes").replaceChildren(...info.codes.map((code) => this.#code(code, state)));
  }

  #code({ name, low, high, choices }, state) {
    const set = (value) => {
      const codes = { ...this.#app.state.codes };
      if (value === null) delete codes[name];
      else codes[name] = value;
      this.#app.change({ codes });
    };
    const value = state.codes[name] ?? null;
    if (choices === null) {
      const text = (now) => (now === null ? "as the seed has it" : now.toFixed(2));
      return slider({ label: name, low, high, step: 0.02, value, neutral: null, text, onInput: set });
    }
    const select = make("select", {});
    const numbers = Array.from({ length: choices }, (_, place) => low + (place * (high - low)) / Math.max(1, choices - 1));
    fillSelect(select, [["", "as the seed has it"], ...numbers.map((number) => [String(number), String(number)])]);
    select.value = value === null ? "" : String(value);
    select.addEventListener("change", () => set(select.value === "" ? null : Number(select.value)));
    return make("label", { className: "row" }, name, select);
  }
}
