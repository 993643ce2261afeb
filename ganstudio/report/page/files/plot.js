// One plot: lines over kimg, a logarithmic or linear axis, a cursor that a pointer or the arrow keys move.
"use strict";

const HEIGHT = 210;
const MARGIN = { left: 58, right: 12, top: 8, bottom: 26 };
const NEAR = 0.02; // of the axis: so far beyond its ends a line still has a value
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];

/** An exponential average that begins at the first value: `share` is the part of the past in each. */
function smoothed(values, share) {
  let average = 0;
  let weight = 0;
  return values.map((value) => {
    average = share * average + (1 - share) * value;
    weight = share * weight + (1 - share);
    return average / weight;
  });
}

/** About `count` round numbers from `low` to `high`. */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((one) => one >= rough) || rough;
  const marks = [];
  for (let n = Math.ceil(low / step); n * step <= high && marks.length < 50; n += 1) marks.push(n * step);
  return marks;
}

/** Round numbers of a logarithmic axis between two powers of ten. */
function logTicks(low, high) {
  const factors = high - low < 2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((high - low) / 6));
  const marks = [];
  for (let power = Math.floor(low); power <= high; power += every) {
    for (const factor of factors) marks.push(factor * 10 ** power);
  }
  return marks.filter((mark) => Math.log10(mark) >= low && Math.log10(mark) <= high);
}

class Plot {
  /**
   * `lines`: label, colour (a number), dash (a number), kimg, values. `high`: the kimg at which the axis ends.
   * `onCursor(kimg, chosen)` tells where the cursor is moved.
   */
  constructor(title, lines, high, onCursor) {
    Object.assign(this, { title, lines, low: 0, high, onCursor });
    this.positive = lines.every((line) => line.values.every((value) => value > 0));
    const all = lines.flatMap((line) => line.values);
    this.log = this.positive && Math.max(...all) > 100 * Math.min(...all);
    this.svg = draw("svg", { "aria-hidden": "true" });
    this.box = make("div", { className: "plot", tabIndex: 0, role: "slider", "aria-label": `${title}: cursor in kimg` }, this.svg);
    this.box.setAttribute("aria-valuemin", this.low);
    this.box.setAttribute("aria-valuemax", this.high);
    this.legend = make("div", { className: "legend", role: "group", "aria-label": `Lines of ${title}` });
    this.node = make("div", { className: "panel" }, this.head(), this.box, this.legend);
    for (const line of lines) this.legend.append(this.entry(line));
    this.listen();
    this.moveTo(this.high);
    new ResizeObserver(() => this.paint()).observe(this.box);
  }

  head() {
    const heading = make("h3", { textContent: this.title });
    this.moment = make("span", { className: "hint" });
    const row = make("div", { className: "plot-head" }, heading, this.moment);
    if (this.positive) {
      const box = make("input", { type: "checkbox", checked: this.log });
      box.addEventListener("change", () => {
        this.log = box.checked;
        this.paint();
      });
      row.append(make("label", {}, box, "logarithmic", make("span", { className: "unseen", textContent: ` values of ${this.title}` })));
    }
    return row;
  }

  entry(line) {
    const swatch = draw("svg", { viewBox: "0 0 22 8", "aria-hidden": "true" });
    swatch.append(draw("line", { x1: 0, x2: 22, y1: 4, y2: 4, "stroke-width": 2.5, ...this.stroke(line) }));
    line.output = make("output");
    const button = make("button", { type: "button" }, swatch, line.label, line.output);
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      line.hidden = !line.hidden;
      button.setAttribute("aria-pressed", String(!line.hidden));
      this.paint();
    });
    return button;
  }

  stroke(line) {
    return { stroke: `var(--c${line.colour % 6})`, "stroke-dasharray": DASHES[line.dash % DASHES.length] };
  }

  listen() {
    const at = (event) => {
      const { left } = this.box.getBoundingClientRect();
      const part = (event.clientX - left - MARGIN.left) / (this.box.clientWidth - MARGIN.left - MARGIN.right);
      return this.low + Math.min(1, Math.max(0, part)) * (this.high - this.low);
    };
    this.box.addEventListener("pointermove", (event) => this.onCursor(at(event), false));
    this.box.addEventListener("click", (event) => this.onCursor(at(event), true));
    this.box.addEventListener("keydown", (event) => {
      const step = (this.high - this.low) / (event.shiftKey ? 10 : 50);
      const now = Math.min(this.high, Math.max(this.low, this.cursor));
      const next = { ArrowLeft: now - step, ArrowRight: now + step, Home: this.low, End: this.high }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      this.onCursor(Math.min(this.high, Math.max(this.low, next)), true);
    });
  }

  smooth(share) {
    for (const line of this.lines) line.smooth = share > 0 ? smoothed(line.values, share) : null;
    this.paint();
    this.moveTo(this.cursor);
  }

  /** Puts the cursor at a number of kimg and writes the value of each line there beside its label. */
  moveTo(kimg) {
    this.cursor = kimg;
    const near = this.high * NEAR;
    this.moment.textContent = `at ${kimg.toFixed(1)} kimg`;
    const said = this.lines.map((line) => {
      const place = nearest(line.kimg, kimg);
      const told = kimg > line.kimg[0] - near && kimg < line.kimg.at(-1) + near;
      line.output.textContent = told ? format((line.smooth || line.values)[place]) : "–";
      return `${line.label} ${line.output.textContent}`;
    });
    this.box.setAttribute("aria-valuenow", kimg.toFixed(1));
    this.box.setAttribute("aria-valuetext", `${kimg.toFixed(1)} kimg: ${said.join(", ")}`);
    this.placeCursor();
  }

  placeCursor() {
    if (!this.mark) return;
    const x = this.x(Math.min(this.high, Math.max(this.low, this.cursor)));
    this.mark.setAttribute("x1", x);
    this.mark.setAttribute("x2", x);
  }

  x(kimg) {
    return MARGIN.left + ((kimg - this.low) / (this.high - this.low)) * (this.width - MARGIN.left - MARGIN.right);
  }

  y(value) {
    const [low, high] = this.span;
    const part = ((this.log ? Math.log10(value) : value) - low) / (high - low);
    return HEIGHT - MARGIN.bottom - part * (HEIGHT - MARGIN.top - MARGIN.bottom);
  }

  paint() {
    this.width = this.box.clientWidth;
    if (!this.width) return;
    this.measure();
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.svg.replaceChildren();
    this.axes();
    for (const line of this.lines.filter((one) => !one.hidden)) {
      this.trace(line, line.values, line.smooth ? "raw faded" : "raw");
      if (line.smooth) this.trace(line, line.smooth, "smooth");
    }
    this.mark = draw("line", { class: "cursor", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom });
    this.svg.append(this.mark);
    this.placeCursor();
  }

  measure() {
    const seen = this.lines.filter((line) => !line.hidden).flatMap((line) => line.values);
    const heights = seen.map((value) => (this.log ? Math.log10(value) : value));
    const low = heights.length ? Math.min(...heights) : 0;
    const high = heights.length ? Math.max(...heights) : 1;
    const room = (high - low) * 0.05 || Math.abs(high) * 0.1 || 0.5;
    this.span = [low - room, high + room];
  }

  axes() {
    const [low, high] = this.span;
    for (const mark of this.log ? logTicks(low, high) : ticks(low, high, 5)) {
      const y = this.y(mark);
      this.svg.append(draw("line", { class: "grid", x1: MARGIN.left, x2: this.width - MARGIN.right, y1: y, y2: y }));
      this.svg.append(draw("text", { x: MARGIN.left - 8, y: y + 4, "text-anchor": "end" }, format(mark)));
    }
    const marks = ticks(this.low, this.high, Math.max(2, this.width / 80));
    for (const mark of marks) {
      const end = this.x(mark) > this.width - 60;
      const text = `${format(mark)}${mark === marks.at(-1) ? " kimg" : ""}`;
      this.svg.append(draw("text", { x: this.x(mark), y: HEIGHT - 8, "text-anchor": end ? "end" : "middle" }, text));
    }
  }

  trace(line, values, name) {
    const points = values.map((value, i) => `${this.x(line.kimg[i]).toFixed(1)} ${this.y(value).toFixed(1)}`);
    if (points.length === 1) {
      const [cx, cy] = points[0].split(" ");
      this.svg.append(draw("circle", { cx, cy, r: 3, fill: `var(--c${line.colour % 6})` }));
      return;
    }
    this.svg.append(draw("polyline", { class: name, points: points.join(" "), ...this.stroke(line) }));
  }
}

/** The place of the number nearest to `wanted` in a list that grows. */
function nearest(sorted, wanted) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - sorted[low - 1] < sorted[low] - wanted ? low - 1 : low;
}
