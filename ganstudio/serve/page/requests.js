// What the server is asked for, of what the page shows.

import { LARGEST_SEED, moving } from "./state.js";

/** {path, body} of the picture, or with `count` of the grid, that a state means. */
export function drawing(state, info, count = 1) {
  const body = { model: info.name };
  const moves = moving(state);
  const latent = count === 1 ? state.latent : null;
  if (latent) body.latent = latent;
  else body.seed = count === 1 ? state.seed : Math.min(state.seed, LARGEST_SEED - count + 1);
  if (count > 1) body.n = count;
  if (state.class && !latent) body.class = state.class;
  if (info.psi && state.psi !== 1) body.psi = state.psi;
  if (Object.keys(state.codes).length && !latent) body.codes = state.codes;
  if (!latent && !moves.length) return { path: "/v1/generate", body };
  return { path: "/v1/edit", body: { ...body, directions: {}, ...moved(state, info) } };
}

/** {path, body} of the walk from slot A to slot B. */
export function walking(state, info) {
  const body = { model: info.name, steps: state.steps, loop: state.loop };
  const { a, b } = state.held;
  if (a || b) body.latents = [a ?? state.a, b ?? state.b];
  else body.seeds = [state.a, state.b];
  const styled = (a ?? b)?.space === "w"; // ws lie on no sphere, and are made of their class already
  if (!styled) body.path = state.path;
  if (state.class && !styled) body.class = state.class;
  if (info.psi && state.psi !== 1) body.psi = state.psi;
  return { path: "/v1/interpolate", body: { ...body, ...moved(state, info) } };
}

/** The directions that move, and the layers that they move; {} where none does. */
function moved(state, info) {
  const moves = moving(state);
  if (!moves.length) return {};
  return { directions: Object.fromEntries(moves), ...(state.layers ? { layers: info.layer_groups[state.layers] } : {}) };
}

/** What is in a slot in words: "seed 42". */
export const slotWords = (state, slot) => (state.held[slot] ? "a projected latent" : `seed ${state[slot]}`);

/** A picture in words: "Seed 42, class 7, thickness 1.50". */
export function inWords(state) {
  const words = [state.latent ? "Projected latent" : `Seed ${state.seed}`];
  const class_ = state.latent ? state.latent.class : state.class;
  if (class_) words.push(`class ${class_}`);
  if (state.psi !== 1) words.push(`psi ${state.psi.toFixed(2)}`);
  for (const [name, strength] of moving(state)) words.push(`${name} ${strength.toFixed(2)}`);
  return words.join(", ");
}
