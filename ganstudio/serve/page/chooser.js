// What is to be done with a picture that was dropped: all models that take one, those that suit it first.

import { byId, make } from "./dom.js";
import { workOf } from "./state.js";

const SMALL_PX = 256;
const WORDS = {
  stylize: "Paint it in a style",
  upscale: "Enlarge it",
  inpaint: "Fill in what is marked, or clear",
  translate: "Make another picture of it",
  project: "Search for its latent",
};

/** The model that the user chooses for `bitmap`, of those that take pictures; null where none is chosen. */
export function chooseModel(models, bitmap) {
  const picture = { width: bitmap.width, height: bitmap.height, clear: isClear(bitmap) };
  const rows = models
    .map((model) => ({ model, work: workOf(model), ...suits(model, picture) }))
    .sort((one, other) => other.rank - one.rank);
  const dialog = byId("chooser");
  return new Promise((done) => {
    const close = (model) => {
      dialog.onclose = null;
      dialog.close();
      done(model);
    };
    byId("chooser-list").replaceChildren(...rows.map((row) => make("li", {}, choice(row, () => close(row.model)))));
    dialog.onclose = () => done(null);
    dialog.showModal();
  });
}

function choice({ model, work, why }, onClick) {
  const words = make("strong", { textContent: WORDS[work] });
  const button = make("button", { type: "button" }, words, make("span", { textContent: why ? `${model.name}: ${why}` : model.name }));
  button.addEventListener("click", onClick);
  return button;
}

/** How well a model suits a picture, and why. */
function suits(model, { width, height, clear }) {
  const [rows, columns] = model.image_shape.slice(-2);
  switch (workOf(model)) {
    case "inpaint":
      return clear ? { rank: 4, why: "it is transparent in places" } : { rank: 0 };
    case "project":
      return width === columns && height === rows ? { rank: 3, why: "it has the size that this draws" } : { rank: 0 };
    case "upscale":
      return Math.max(width, height) <= SMALL_PX ? { rank: 2, why: `it is small; ${model.scale} times as large` } : { rank: 0 };
    default:
      return { rank: 1 };
  }
}

const LOOKED_AT_PX = 64;

/** Whether a picture can be seen through in places. */
function isClear(bitmap) {
  const canvas = make("canvas", { width: LOOKED_AT_PX, height: LOOKED_AT_PX });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, 0, 0, LOOKED_AT_PX, LOOKED_AT_PX);
  const { data } = pen.getImageData(0, 0, LOOKED_AT_PX, LOOKED_AT_PX);
  return data.some((value, place) => place % 4 === 3 && value < 128);
}
