// The scrubber: samples of every run at one moment, with the checkpoint and the lines of the log up to there.
"use strict";

const PLAY_MS = 400;

/** The samples' part; returns `moveTo(kimg)`. `onMoved(kimg)` is called where a reader moves the slider. */
function addSamples(report, onMoved) {
  const runs = report.runs.filter((run) => run.samples.length);
  if (!runs.length) {
    part("samples", "Samples", make("p", { className: "hint", textContent: "There are no samples." }));
    return () => {};
  }
  const moments = [...new Set(runs.flatMap((run) => run.samples.map((sample) => sample.kimg)))].sort((a, b) => a - b);
  const sheets = runs.map((run) => new Sheet(run, report.runs.length > 1));
  const slider = make("input", { type: "range", id: "moment", min: 0, max: moments.length - 1, step: 1, value: moments.length - 1 });
  const shown = make("output", { htmlFor: "moment" });
  const show = () => {
    const kimg = moments[slider.valueAsNumber];
    shown.textContent = `${kimg.toFixed(1)} kimg`;
    slider.setAttribute("aria-valuetext", shown.textContent);
    for (const sheet of sheets) sheet.show(kimg);
    return kimg;
  };
  slider.addEventListener("input", () => onMoved(show()));
  const play = playButton(slider);
  const label = make("label", { className: "unseen", htmlFor: "moment", textContent: "Moment of the training" });
  const row = make("div", { className: "scrub" }, play, label, slider, shown);
  part("samples", "Samples", row, make("div", { className: "beside" }, ...sheets.map((sheet) => sheet.node)));
  show();
  return (kimg) => {
    slider.value = nearest(moments, kimg);
    show();
  };
}

/** A button that moves the slider to its end, step by step. */
function playButton(slider) {
  const button = make("button", { type: "button", textContent: "Play", disabled: slider.max === "0" });
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.textContent = "Play";
  };
  const step = () => {
    slider.value = slider.valueAsNumber + 1;
    slider.dispatchEvent(new Event("input"));
    if (slider.value === slider.max) stop();
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (slider.value === slider.max) slider.value = 0;
    slider.dispatchEvent(new Event("input"));
    button.textContent = "Stop";
    timer = setInterval(step, PLAY_MS);
  });
  return button;
}

/** One run's grid at a moment: the last one up to it, else the first. */
class Sheet {
  constructor(run, several) {
    this.run = run;
    this.image = make("img", { alt: "" });
    this.caption = make("p", { className: "hint" });
    this.log = make("pre", { tabIndex: 0, "aria-label": `Log of ${run.id} up to this moment` });
    const heading = several ? [make("h3", { textContent: run.id })] : [];
    const repeated = run.shows.length ? [this.columns()] : [];
    const figure = make("figure", { className: "sheet" }, ...heading, ...repeated, this.image, this.caption, this.log);
    this.node = make("div", { className: "panel" }, figure);
  }

  /** What the columns of the grid are, over each of them. */
  columns() {
    const text = `Columns, repeated from the left: ${this.run.shows.join(", ")}`;
    return make("p", { className: "hint", textContent: text });
  }

  show(kimg) {
    const { samples, checkpoints, id } = this.run;
    const sample = samples.filter((one) => one.kimg <= kimg).at(-1) || samples[0];
    this.image.src = sample.image;
    this.image.alt = `Samples of ${id} at ${sample.kimg.toFixed(1)} kimg`;
    const saved = checkpoints.filter((one) => one.kimg <= sample.kimg).at(-1);
    const checkpoint = saved
      ? `last checkpoint before: ${saved.kimg.toFixed(1)} kimg${saved.best ? ", the best" : ""}`
      : "no checkpoint is kept from before";
    this.caption.textContent = `Samples at ${sample.kimg.toFixed(1)} kimg; ${checkpoint}`;
    this.log.textContent = sample.log.length ? sample.log.join("\n") : "The log has no lines up to here.";
  }
}
