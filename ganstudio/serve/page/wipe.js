// Two pictures in one place, before and after, and an edge between them that is dragged.

import { make } from "./dom.js";

/** The element; `before` and `after` are {url, alt}. */
export function wipe(before, after) {
  const edge = make("input", { type: "range", min: 0, max: 100, step: 1, "aria-label": "Before and after" });
  const node = make(
    "div",
    { className: "wipe" },
    make("img", { src: after.url, alt: after.alt }),
    make("img", { src: before.url, alt: before.alt, className: "before" }),
    edge,
    make("span", { className: "tag left", textContent: "before", "aria-hidden": "true" }),
    make("span", { className: "tag right", textContent: "after", "aria-hidden": "true" }),
  );
  const place = () => {
    node.style.setProperty("--at", `${edge.value}%`);
    edge.setAttribute("aria-valuetext", `${edge.value} percent before`);
  };
  edge.value = 50;
  edge.addEventListener("input", place);
  place();
  return node;
}
