// The page: which model, which view, what was changed, and who is to draw it.

import { Problem, getFile, getJson, logOut } from "./api.js";
import { Controls } from "./controls.js";
import { byId, fillSelect, make, save } from "./dom.js";
import { Explore } from "./explore.js";
import { Grid } from "./grid.js";
import { remember } from "./history.js";
import { Jobs } from "./jobs.js";
import { listen } from "./keys.js";
import { clearErrors, failed, note, say } from "./messages.js";
import { chooseModel } from "./chooser.js";
import { Photo, openPicture } from "./photo.js";
import { slotWords } from "./requests.js";
import { VIEWS, fitToModel, fromFragment, noneHeld, takesPhotos, toFragment, viewsOf } from "./state.js";
import { Walk } from "./walk.js";

const LINK_MS = 300; // browsers refuse to change the address more often for long
const REFRESH_MS = 5000;
const KINDS = { sample: "Draw pictures", upscale: "Enlarge", translate: "Translate", inpaint: "Fill in", stylize: "Stylize" };
const SIDES = [64, 128, 256, 512, 1024, 2048];

class App {
  #linking = 0;
  #asked = Date.now(); // when the models were
  state = fromFragment(location.hash);
  models = [];
  failed = failed;
  note = note;
  say = say;

  get info() {
    return this.models.find((one) => one.name === this.state.model);
  }

  async open() {
    const { models, default: first, limits } = await getJson("/v1/models");
    if (!models.length) throw new Problem(503, "No model is served now.", 30);
    Object.assign(this, { models, limits });
    this.first = first;
    this.#fillModels();
    fillSelect(byId("size"), [["", "as drawn"], ...SIDES.map((side) => [String(side), `${side} px`])]);
    this.controls = new Controls(this);
    this.jobs = new Jobs(this);
    this.views = { explore: new Explore(this), grid: new Grid(this), walk: new Walk(this), photo: new Photo(this) };
    this.#listen();
    this.#restore();
    await this.jobs.open();
  }

  #fillModels() {
    const groups = Object.groupBy(this.models, (one) => one.kind);
    byId("model").replaceChildren();
    for (const [kind, models] of Object.entries(groups)) {
      const group = make("optgroup", { label: KINDS[kind] ?? kind });
      group.append(...models.map(({ name }) => make("option", { value: name, textContent: name })));
      byId("model").append(group);
    }
  }

  #listen() {
    byId("model").addEventListener("change", (event) => this.choose(event.target.value));
    for (const button of byId("views").children) button.addEventListener("click", () => this.openView(button.dataset.view));
    addEventListener("hashchange", () => {
      this.state = fromFragment(location.hash);
      this.#restore();
    });
    const refresh = () => this.#refresh().catch(() => {}); // a server that is gone is told of when something is drawn
    for (const place of [window, byId("model")]) place.addEventListener("focus", refresh);
    byId("link").addEventListener("click", () => this.copyLink());
    byId("download").addEventListener("click", () => this.download());
    byId("logout").hidden = localStorage.getItem("ganstudio.logged-in") === null;
    byId("logout").addEventListener("click", async () => {
      await logOut();
      localStorage.removeItem("ganstudio.logged-in");
      location.reload();
    });
    listen(this.#keys());
  }

  #keys() {
    const step = (by) => (this.state.view === "walk" ? this.views.walk.step(by) : this.controls.step(by));
    const keys = {
      r: () => this.controls.random(),
      arrowleft: () => step(-1),
      arrowright: () => step(1),
      a: () => this.put("a"),
      b: () => this.put("b"),
      " ": () => this.views[this.state.view].toggle?.(),
      0: () => this.controls.level(),
      d: () => this.download(),
      l: () => this.copyLink(),
      t: () => byId("theme").click(),
      "?": () => byId("keys").showModal(),
    };
    VIEWS.forEach((view, place) => (keys[place + 1] = () => this.openView(view)));
    return keys;
  }

  /** Shows what the address says. */
  #restore() {
    if (!this.info) {
      if (this.state.model) note(`There is no model ${this.state.model} here: this is ${this.first}.`);
      this.state.model = this.first;
    }
    this.#show();
  }

  choose(name) {
    this.#use(name, { latent: null });
  }

  openView(view) {
    if (!viewsOf(this.info).includes(view)) return;
    this.state.view = view;
    this.#show();
  }

  /** Shows a model; the slots' latents stay where it is the one that they are of. */
  #use(model, patch) {
    const held = model === this.state.model ? this.state.held : noneHeld();
    Object.assign(this.state, { model, held }, patch);
    this.#show();
  }

  /** Takes the server's models anew where they have changed: exports come, go and are made again while it runs. */
  async #refresh() {
    if (Date.now() - this.#asked < REFRESH_MS) return;
    this.#asked = Date.now();
    const { models, default: first } = await getJson("/v1/models");
    const of = (list) => JSON.stringify(list.map(({ loaded, ...rest }) => rest));
    if (!models.length || of(models) === of(this.models)) return;
    const now = of(models.filter(({ name }) => name === this.state.model));
    const same = now === of(this.info ? [this.info] : []);
    Object.assign(this, { models, first });
    this.#fillModels();
    byId("model").value = this.state.model;
    if (!same) this.#restore();
  }

  /** Fits all to the model and shows its view. */
  #show() {
    clearErrors();
    const left = fitToModel(this.state, this.info, this.limits);
    if (left.length) note(`${this.state.model} has no ${left.join(", no ")}: left out.`);
    const has = viewsOf(this.info);
    byId("model").value = this.state.model;
    for (const button of byId("views").children) {
      button.hidden = !has.includes(button.dataset.view);
      if (button.dataset.view === this.state.view) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    for (const part of document.querySelectorAll("#stage > [data-view]")) part.hidden = part.dataset.view !== this.state.view;
    for (const [name, view] of Object.entries(this.views)) if (name !== this.state.view) view.hide();
    byId("saving").hidden = this.state.view === "photo";
    this.controls.fill();
    this.views.photo.work.fill(false, true);
    this.views[this.state.view].show();
    this.#keepLink();
  }

  /** Takes a change of the state: draws it, and puts it in the address. */
  change(patch) {
    Object.assign(this.state, patch);
    clearErrors();
    this.views[this.state.view].draw();
    this.#keepLink();
  }

  #keepLink() {
    clearTimeout(this.#linking);
    this.#linking = setTimeout(() => history.replaceState(null, "", toFragment(this.state)), LINK_MS);
  }

  /** A picture that was looked at a while. */
  settled(blob, words) {
    remember(toFragment(this.state), blob, words);
    say(`${words}.`);
  }

  put(slot) {
    if (this.state.view === "walk") return;
    this.state[slot] = this.state.seed;
    this.state.held[slot] = this.state.latent;
    this.#keepLink();
    const words = slotWords(this.state, slot);
    note(`${words[0].toUpperCase()}${words.slice(1)} is in slot ${slot.toUpperCase()}.`);
  }

  /** The picture in a file, or null, with a note, where there is none that can be sent. */
  opened(file) {
    return openPicture(file, this.limits, note);
  }

  /** Whether several models here take photographs. */
  get hasChoice() {
    return this.models.filter(takesPhotos).length > 1;
  }

  /**
   * Goes where something can be done with a picture: stays where that is so already, else asks which model is to do it.
   * False where none does, or none was chosen. `anew` asks for another model than this; where a style comes with the picture, `styled`,
   * models that paint come first.
   */
  async toPhotographs(bitmap, anew = false, styled = false) {
    const paints = (one) => one.does.includes("stylize");
    const taking = this.models.filter((one) => takesPhotos(one) && !(anew && one === this.info));
    const fitting = styled && taking.some(paints) ? taking.filter(paints) : taking;
    if (!fitting.length) note("No model here takes a photograph.");
    if (!anew && this.state.view === "photo" && fitting.includes(this.info)) return true;
    const model = fitting.length > 1 ? await chooseModel(fitting, bitmap) : fitting[0];
    if (!model) return false;
    this.#use(model.name, { view: "photo", latent: null });
    return true;
  }

  /** Takes a picture that was drawn to a model that makes pictures of pictures. */
  usePicture(blob) {
    this.views.photo.take(new File([blob], "drawn.png", { type: blob.type }));
  }

  /** Shows the result of a job that is in the list. */
  showResult(job, result) {
    if (!this.models.some((one) => one.name === job.model)) throw new Error(`${job.model} is no longer served`);
    this.#use(job.model, { view: "photo" });
    this.views.photo.showResult(job, result);
  }

  explore({ model, latent }) {
    this.#use(model, { latent, view: "explore", directions: {} });
  }

  async copyLink() {
    const link = location.href.split("#")[0] + toFragment(this.state);
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      note("The link is copied. It has the model and all numbers, and no token.");
    } catch {
      note("The browser lets no page copy here: take the link from the address bar.");
    }
  }

  async download() {
    const { path, body, name, zip } = this.views[this.state.view].file?.() ?? {};
    if (!path) return;
    const [format, size] = [byId("format").value, Number(byId("size").value)];
    const asked = { ...body, format, ...(size ? { size } : {}) };
    try {
      const file = await getFile(path, asked, zip ? "application/zip" : `image/${format}`);
      save(file, `${name}.${zip ? "zip" : { jpeg: "jpg" }[format] ?? format}`);
    } catch (error) {
      failed(error, () => this.download());
    }
  }
}

new App().open().catch((error) => failed(error, () => location.reload()));
