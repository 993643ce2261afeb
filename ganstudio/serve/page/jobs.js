// Jobs of the server: how far they are, to be cancelled, and what came of them.

import { Problem, getJson, remove } from "./api.js";
import { byId, make } from "./dom.js";

const EVERY_MS = 500;
const NAMES = { project: "Projection", upscale: "Upscaling", translate: "Translation", inpaint: "Inpainting", stylize: "Stylizing" };

export class Jobs {
  #app;
  #told = new Map(); // id -> what is called with the result
  #timer = 0;

  constructor(app) {
    this.#app = app;
  }

  /** Those that this client began before the page was opened. */
  async open() {
    await this.#look();
  }

  /** Follows a job; `done(result)` gets what came of it. */
  follow(job, done) {
    this.#told.set(job.id, done);
    this.#app.say(`${NAMES[job.kind] ?? job.kind} begun.`);
    this.#look();
  }

  async #look() {
    clearTimeout(this.#timer);
    try {
      const { jobs } = await getJson("/v1/jobs");
      this.#show(jobs);
      for (const job of jobs) await this.#tell(job);
      if (jobs.some((job) => !over(job))) this.#timer = setTimeout(() => this.#look(), EVERY_MS);
    } catch (error) {
      this.#app.failed(error, () => this.#look());
    }
  }

  async #tell(job) {
    if (!over(job) || !this.#told.has(job.id)) return;
    const done = this.#told.get(job.id);
    this.#told.delete(job.id);
    if (job.state === "failed") this.#app.failed(new Problem(job.error.status, job.error.detail, null, job.error.instance));
    if (job.state === "done") done(await getJson(`/v1/jobs/${job.id}/result`));
  }

  #show(jobs) {
    const shown = jobs.filter((job) => job.kind in NAMES);
    byId("jobs").hidden = shown.length === 0;
    const list = byId("job-list");
    const kept = new Map([...list.children].map((row) => [row.dataset.id, row]));
    list.replaceChildren(...shown.reverse().map((job) => update(kept.get(job.id) ?? this.#row(job), job)));
  }

  #row(job) {
    const name = `${NAMES[job.kind]} with ${job.model}`;
    const cancel = make("button", { type: "button", className: "cancel", "aria-label": `Cancel: ${name}` }, "Cancel");
    cancel.addEventListener("click", () => this.#act(() => remove(`/v1/jobs/${job.id}`).then(() => this.#look())));
    const open = make("button", { type: "button", className: "open", "aria-label": `Show: ${name}` }, "Show");
    open.addEventListener("click", () =>
      this.#act(async () => this.#app.showResult(job, await getJson(`/v1/jobs/${job.id}/result`))),
    );
    const progress = make("progress", { "aria-label": name });
    const failed = make("p", { className: "failed" });
    const row = make("li", {}, make("span", { textContent: name }), progress, make("output", {}), cancel, open, failed);
    row.dataset.id = job.id;
    return row;
  }

  async #act(work) {
    try {
      await work();
    } catch (error) {
      this.#app.failed(error);
    }
  }
}

const over = (job) => ["done", "failed", "cancelled"].includes(job.state);

function update(row, job) {
  const progress = row.querySelector("progress");
  progress.max = Math.max(1, job.total);
  if (job.state === "running" && job.total) progress.value = job.done;
  progress.hidden = over(job);
  const far = job.state === "running" && job.total ? `${job.done} of ${job.total}` : job.state;
  row.querySelector("output").textContent = `${far}, ${job.seconds.toFixed(1)} s`;
  row.querySelector(".cancel").hidden = over(job);
  row.querySelector(".open").hidden = job.state !== "done";
  row.querySelector(".failed").textContent = job.error?.detail ?? "";
  return row;
}
