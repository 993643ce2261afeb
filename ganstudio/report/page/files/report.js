// Puts the report together from the values that the file holds.
"use strict";

function themeButton() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const button = byId("theme");
  const label = () => {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `${button.textContent} colours`);
  };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    label();
  });
  system.addEventListener("change", label);
  label();
}

function start() {
  const report = JSON.parse(byId("values").textContent);
  themeButton();
  addSummary(report);
  addFindings(report);
  let moveCurves = () => {};
  const moveSamples = addSamples(report, (kimg) => moveCurves(kimg));
  addGenerators(report);
  moveCurves = addCurves(report, moveSamples);
  addScores(report);
  addRecipe(report);
  addLog(report);
  addLeftOut(report);
  const licence = Object.keys(report.generators).length ? " It holds onnxruntime-web, Copyright (c) Microsoft Corporation, under the MIT licence." : "";
  byId("made").append(make("p", { className: "hint", textContent: `Made ${report.made} by ganstudio ${report.version}. This file needs no network and asks none.${licence}` }));
}

document.addEventListener("DOMContentLoaded", start);
