// Small helpers for elements. Text of a run becomes text nodes and nothing else.
"use strict";

const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);

/** A new element; what is no property of it becomes an attribute. */
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** A new element of SVG. */
function draw(tag, attributes = {}, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

/** A part of the report under a heading, which the bar links to. */
function part(id, title, ...children) {
  const heading = make("h2", { id: `${id}-title`, textContent: title });
  byId("main").append(make("section", { id, "aria-labelledby": heading.id }, heading, ...children));
  byId("contents").append(make("a", { href: `#${id}`, textContent: title }));
}

/** A block of base64 that the file holds, unpacked: bytes. */
async function unpacked(id) {
  const letters = atob(byId(id).textContent);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** `0.6123` -> `0.612`, `12345.6` -> `12,346`: as the program writes numbers. */
function format(value) {
  const size = Math.abs(value);
  if (size >= 1000 && size < 1e6) return Math.round(value).toLocaleString("en");
  if (value === 0) return "0";
  return size >= 1e6 || size < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}
