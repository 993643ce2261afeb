// Pictures that were looked at a while, each a link to itself. They are gone when the page is closed.

import { byId, make } from "./dom.js";

const MOST = 30;

/** Puts a picture in front of the others; `fragment` is its link. */
export function remember(fragment, blob, words) {
  const entries = byId("entries");
  if (entries.firstChild?.firstChild.getAttribute("href") === fragment) return;
  for (const entry of entries.children) if (entry.firstChild.getAttribute("href") === fragment) entry.remove();
  const image = make("img", { src: URL.createObjectURL(blob), alt: "" });
  image.addEventListener("load", () => image.classList.toggle("sharp", image.naturalHeight <= 72));
  entries.prepend(make("li", {}, make("a", { href: fragment, title: words }, image, make("span", { textContent: words }))));
  if (entries.children.length > MOST) {
    URL.revokeObjectURL(entries.lastChild.querySelector("img").src);
    entries.lastChild.remove();
  }
  byId("history").hidden = false;
}
