// All plots of a report, with one cursor and one smoothing.
"use strict";

/** The plots' part; returns `moveTo(kimg)`. `onChosen(kimg)` is called where a reader clicks or presses a key. */
function addCurves(report, onChosen) {
  const plots = [];
  const high = Math.max(...report.runs.flatMap((run) => Object.values(run.curves).map((curve) => curve.kimg.at(-1))), 0.001);
  const move = (kimg, chosen) => {
    for (const plot of plots) plot.moveTo(kimg);
    if (chosen) onChosen(kimg);
  };
  for (const { title, series } of report.plots) {
    const lines = series.flatMap((one, place) => linesOf(report, one, place, series.length));
    if (lines.length) plots.push(new Plot(title, lines, high, move));
  }
  if (!plots.length) {
    part("curves", "Curves", make("p", { className: "hint", textContent: "No numbers were told yet." }));
    return () => {};
  }
  part("curves", "Curves", smoothing(plots), make("div", { className: "plots" }, ...plots.map((plot) => plot.node)));
  return (kimg) => move(kimg, false);
}

/** A line for each run that has the series; a colour a run where there are several runs, else a colour a series. */
function linesOf(report, series, place, count) {
  const several = report.runs.length > 1;
  return report.runs.flatMap((run, number) => {
    const curve = run.curves[series.name];
    if (!curve) return [];
    const label = !several ? series.label : count > 1 ? `${run.id} ${series.label}` : run.id;
    return [{ label, colour: several ? number : place, dash: several ? place : Math.floor(place / 6), ...curve }];
  });
}

function smoothing(plots) {
  const output = make("output", { textContent: "0" });
  const input = make("input", { type: "range", id: "smoothing", min: 0, max: 0.99, step: 0.01, value: 0 });
  input.addEventListener("input", () => {
    output.textContent = input.value;
    for (const plot of plots) plot.smooth(input.valueAsNumber);
  });
  const label = make("label", { htmlFor: "smoothing" }, "Smoothing", input, output);
  const hint = "Point at a plot for the values there; click it for the samples of that moment. Arrow keys move the cursor of a plot.";
  return make("div", { className: "tools" }, label, make("p", { className: "hint", textContent: hint }));
}
