// A photograph of the user's: shown, worked on by a job, and compared with what came of it.

import { startJob } from "./api.js";
import { blobOf, byId, fitInto, make } from "./dom.js";
import { Brush } from "./brush.js";
import { PhotoWork } from "./photo_work.js";
import { wipe } from "./wipe.js";

const EMPTY = "No photograph yet. Drop one here, paste it, or choose one.";
const MB = 1e6;

export class Photo {
  #app;
  #file = null;
  #url = "";
  #bitmap = null;
  #brush = null;
  #latent = null;
  #shown = null; // [node, width, height]
  #result = ""; // the address of what came of it

  constructor(app) {
    this.#app = app;
    this.work = new PhotoWork(app, { begin: (kind) => this.begin(kind), clear: () => this.#brush?.clear() });
    byId("file").addEventListener("change", (event) => this.take(event.target.files[0]));
    byId("photo-models").addEventListener("click", () => app.toPhotographs(this.#bitmap, true));
    const { pixels, body_bytes: bytes } = app.limits;
    byId("photo-most").textContent = `Up to ${pixels / MB} megapixels and ${bytes / MB} MB.`;
    byId("photo-again").addEventListener("click", () => this.#showPhoto());
    byId("photo-explore").addEventListener("click", () => app.explore(this.#latent));
    new ResizeObserver(() => this.#fit()).observe(byId("photo-mat"));
    this.#listenForDrops();
  }

  #listenForDrops() {
    const over = (on) => byId("photo-mat").classList.toggle("over", on);
    document.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      over(true);
    });
    document.addEventListener("dragleave", (event) => over(event.relatedTarget !== null));
    document.addEventListener("drop", (event) => {
      over(false);
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.#drop([...event.dataTransfer.files], event.target);
    });
    document.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length) this.take(event.clipboardData.files[0]);
    });
  }

  /** Takes what was dropped: a style where styles are dropped, else a photograph, and of two the second as its style. */
  async #drop([first, second], target) {
    if (target.closest?.("#style-drop")) {
      await this.work.styles.add(first);
      return;
    }
    await this.take(first, second !== undefined);
    if (second && this.#app.info.does.includes("stylize")) await this.work.styles.add(second);
  }

  /** Takes a file, and goes where something can be done with it: to what paints where a style comes with it. */
  async take(file, styled = false) {
    if (!file) return;
    const bitmap = await this.#app.opened(file);
    if (!bitmap || !(await this.#app.toPhotographs(bitmap, false, styled))) return;
    this.#bitmap = bitmap;
    if (this.#url) URL.revokeObjectURL(this.#url);
    [this.#file, this.#url] = [file, URL.createObjectURL(file)];
    this.#showPhoto();
    this.#app.say("The photograph is here.");
  }

  show() {
    this.work.fill(this.#file !== null);
    if (!this.#shown) this.#showPhoto();
    else this.#fit();
  }

  hide() {}

  draw() {
    this.work.fill(this.#file !== null);
    const paints = this.#app.info.does.includes("inpaint");
    if (this.#bitmap && paints !== (this.#brush !== null)) this.#showPhoto();
  }

  #showPhoto() {
    const mat = byId("photo-mat");
    this.#brush = null;
    byId("photo-actions").hidden = true;
    byId("photo-caption").textContent = "";
    mat.dataset.empty = EMPTY;
    mat.classList.toggle("empty", !this.#bitmap);
    this.work.fill(this.#file !== null);
    byId("other-work").hidden = !this.#bitmap || !this.#app.hasChoice;
    if (!this.#bitmap) return;
    const { width, height } = this.#bitmap;
    byId("photo-caption").textContent = `${width} × ${height} pixels`;
    if (this.#app.info.does.includes("inpaint")) {
      const { size, erases } = this.work;
      const most = Math.max(width, height);
      this.#brush = new Brush(this.#bitmap, this.#url, { size: () => (size() / 100) * most, erases });
      this.#put(this.#brush.node, width, height);
    } else this.#put(make("img", { src: this.#url, alt: "Your photograph" }), width, height);
  }

  #put(node, width, height) {
    byId("photo-mat").replaceChildren(node);
    byId("photo-mat").classList.remove("empty");
    this.#shown = [node, width, height];
    this.#fit();
  }

  #fit() {
    if (!this.#shown) return;
    const [node, width, height] = this.#shown;
    fitInto(node, byId("photo-mat"), width, height);
  }

  /** Begins a job of that kind with the photograph. */
  async begin(kind) {
    const { info, state } = this.#app;
    const fields = { image: this.#file, model: info.name };
    if (kind === "project") Object.assign(fields, { class: state.class, steps: String(state.search), fit: state.fit });
    else fields.format = "png";
    if (kind === "stylize") Object.assign(fields, this.work.styles.fields());
    if (kind === "translate" && info.domains.length) fields.domain = state.domain;
    if (kind === "inpaint" && this.#brush && !this.#brush.empty) fields.mask = await this.#brush.mask();
    const before = this.#url;
    try {
      const job = await startJob(`/v1/${kind}`, fields);
      this.#app.jobs.follow(job, (result) => this.showResult(job, result, before === this.#url ? before : ""));
    } catch (error) {
      this.#app.failed(error, () => this.begin(kind));
    }
  }

  /** Shows what came of a job; beside the photograph at `before`, where it is still here. */
  async showResult(job, result, before = "") {
    const picture = job.kind === "project" ? result : result.pictures[0];
    const blob = blobOf(picture.image);
    if (this.#result) URL.revokeObjectURL(this.#result);
    this.#result = URL.createObjectURL(blob);
    const { width, height } = await createImageBitmap(blob);
    const after = { url: this.#result, alt: `What ${job.model} made of it` };
    this.#brush = null;
    const whole = job.kind !== "project" || this.#app.state.fit === "stretch" || this.#bitmap?.width === this.#bitmap?.height;
    if (before && whole) this.#put(wipe({ url: before, alt: "Your photograph" }, after), width, height);
    else this.#put(make("img", { src: after.url, alt: after.alt }), width, height);
    this.#tell(job, result, picture, width, height);
  }

  #tell(job, result, picture, width, height) {
    const painted = picture.style ? ` in ${picture.style}` : "";
    const words = [`${width} × ${height} pixels, by ${job.model}${painted}`, ...picture.notes];
    if (job.kind === "project") {
      words.push(`distance ${result.distance.toFixed(4)}, at the start ${result.start_distance.toFixed(4)}`);
    }
    byId("photo-caption").textContent = words.join("; ");
    this.#latent = job.kind === "project" ? { model: job.model, latent: result.latent } : null;
    byId("photo-explore").hidden = !this.#latent;
    byId("photo-again").hidden = !this.#bitmap;
    Object.assign(byId("photo-download"), { href: this.#result, download: `${job.model}-${job.kind}.png` });
    byId("photo-actions").hidden = false;
    this.#app.say("The job is done; its picture is shown.");
  }
}

/** The picture in a file; null, with what is wrong said, where there is none or the server takes none so large. */
export async function openPicture(file, limits, tell) {
  const name = file.name || "The file";
  if (file.size > limits.body_bytes) {
    tell(`${name} has ${(file.size / MB).toFixed(1)} MB; this server takes up to ${limits.body_bytes / MB}.`);
    return null;
  }
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    tell(`${name} is no picture that this browser can show: try a PNG or a JPEG.`);
    return null;
  }
  const { width, height } = bitmap;
  if (width * height <= limits.pixels) return bitmap;
  tell(`${name} has ${width} × ${height} pixels; this server takes up to ${limits.pixels / MB} megapixels. Make it smaller.`);
  return null;
}
