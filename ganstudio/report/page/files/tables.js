// What is told in words: facts, findings, scores, knobs, the log's end, and what was left out.
"use strict";

/** A table with a heading a column; cells are text. */
function table(header, rows, caption) {
  const head = make("thead", {}, make("tr", {}, ...header.map((text) => make("th", { scope: "col", textContent: text }))));
  const body = rows.map(([first, ...rest]) =>
    make("tr", {}, make("th", { scope: "row", textContent: first }), ...rest.map((text) => make("td", { textContent: text }))),
  );
  const name = make("caption", { className: "unseen", textContent: caption });
  return make("div", { className: "scroll" }, make("table", {}, name, head, make("tbody", {}, ...body)));
}

/** A panel with a run's name above it where there are several runs. */
function panelOf(report, run, ...children) {
  const heading = report.runs.length > 1 ? [make("h3", { textContent: run.id })] : [];
  return make("div", { className: "panel" }, ...heading, ...children);
}

function panels(report, contents) {
  return make("div", { className: "beside" }, ...report.runs.map((run) => panelOf(report, run, ...contents(run))));
}

function addSummary(report) {
  const several = report.runs.length > 1;
  const lead = report.runs.map((run) => `${run.preset} on ${run.data}, ${run.state} at ${run.kimg.toFixed(1)} kimg`).join(" · ");
  const facts = (run) => {
    const rows = run.facts.map(([label, value]) => make("div", {}, make("dt", { textContent: label }), make("dd", { textContent: value })));
    const error = run.error ? [make("p", { className: "error", textContent: run.error })] : [];
    return [...error, make("dl", { className: "facts" }, ...rows)];
  };
  const outcomes = report.outcomes.map((row) => [row.label, ...row.values]);
  const names = ["", ...report.runs.map((run) => run.id)];
  const compared = several ? [make("div", { className: "panel" }, table(names, outcomes, "What came of each run"))] : [];
  const more = several ? [details("All facts of each run", panels(report, facts))] : [panels(report, facts)];
  const errors = several
    ? report.runs.filter((run) => run.error).map((run) => make("p", { className: "error", textContent: `${run.id}: ${run.error}` }))
    : [];
  part("summary", "Summary", make("p", { className: "lead", textContent: lead }), ...errors, ...compared, ...more);
}

function details(summary, ...children) {
  return make("details", {}, make("summary", { textContent: summary }), ...children);
}

function addFindings(report) {
  const told = (run) => {
    if (run.findings.length) return run.findings.map(findingNode);
    return [make("p", { className: "hint", textContent: run.early || "Nothing that the rules of diagnosis know of." })];
  };
  part("findings", "Findings", panels(report, told));
}

function findingNode(finding) {
  const words = { error: "Error", warning: "Warning", info: "Remark" };
  const [from, to] = finding.kimg.map((kimg) => kimg.toFixed(1));
  const advice = finding.advice ? [make("p", { textContent: finding.advice })] : [];
  const remedy = finding.remedy ? [make("code", { textContent: finding.remedy })] : [];
  return make(
    "div",
    { className: `finding ${finding.severity}-mark` },
    make("p", {}, make("b", { textContent: `${words[finding.severity]}: ` }), finding.symptom),
    make("p", { className: "hint", textContent: `${finding.evidence} (${from} to ${to} kimg)` }),
    ...advice,
    ...remedy,
  );
}

function addScores(report) {
  const told = (run) => {
    const rows = run.scores.map((score) => [score.name, score.last, score.course, `${score.better} is better`]);
    const scores = rows.length ? [table(["score", "last", "on the way", ""], rows, `Scores of ${run.id}`)] : [];
    const sentences = run.scoring.map((text) => make("p", { className: "hint", textContent: text }));
    const none = rows.length || sentences.length ? [] : [make("p", { className: "hint", textContent: "No score was made." })];
    return [...scores, ...sentences, ...none];
  };
  part("scores", "Scores", panels(report, told));
}

function addRecipe(report) {
  const children = [];
  if (report.runs.length > 1) {
    const names = ["knob", ...report.runs.map((run) => run.id)];
    const rows = report.differing.map((row) => [row.label, ...row.values]);
    const differing = rows.length ? [table(names, rows, "Knobs that differ")] : [];
    children.push(make("div", { className: "panel" }, make("h3", { textContent: "What differs" }), ...differing, make("p", { className: "hint", textContent: `${report.equal}.` })));
  }
  for (const run of report.runs) {
    const own = run.differs.length
      ? [table(["knob", "value", `in the preset ${run.preset}`], run.differs, `Knobs of ${run.id} that differ from its preset`)]
      : [make("p", { className: "hint", textContent: `Every knob is as in the preset ${run.preset}.` })];
    const changes = run.changes.map((text) => make("p", { textContent: `Changed while it trained: ${text}` }));
    children.push(panelOf(report, run, ...own, ...changes, details("All knobs", table(["knob", "value"], run.knobs, `All knobs of ${run.id}`))));
  }
  part("recipe", "Recipe", ...children);
}

function addLog(report) {
  const text = (run) => [make("pre", { tabIndex: 0, textContent: run.log.join("\n") || "The log is empty.", "aria-label": `Last lines of the log of ${run.id}` })];
  part("log", "Log", ...report.runs.map((run) => panelOf(report, run, ...text(run))));
}

function addLeftOut(report) {
  const rows = report.runs.flatMap((run) =>
    report.leftOut[run.id].map((text) => make("li", { textContent: report.runs.length > 1 ? `${run.id}: ${text}` : text })),
  );
  if (rows.length) part("left-out", "Left out", make("ul", { className: "panel left-out" }, ...rows));
}
