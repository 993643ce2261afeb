// All that the page shows, as one object, and the link that brings it back. A link never holds a token or a photograph.

export const VIEWS = ["explore", "grid", "walk", "photo"];
export const OWN_STYLE = "#"; // begins the name of a style that is a picture of the user's
export const LARGEST_SEED = 2 ** 32 - 1;
export const PHOTO_WORK = ["project", "upscale", "translate", "inpaint", "stylize"];

/** Whether a style is a picture of the user's, which no link holds, and not a saved one. */
export const isOwn = (style) => style.startsWith(OWN_STYLE);

export const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

const START = {
  view: "explore",
  seed: 0,
  class: "",
  psi: 1,
  layers: "",
  count: 16,
  a: 0,
  b: 1,
  steps: 24,
  path: "slerp",
  loop: false,
  domain: "",
  fit: "crop",
  search: 12,
  strength: 1,
  blend: 0.5,
  keep: false,
};
const SEEDS = ["seed", "a", "b"];

/** The latents that stand in slots in the place of seeds. */
export const noneHeld = () => ({ a: null, b: null });

export function initialState() {
  return { ...START, model: "", seed: randomSeed(), a: randomSeed(), b: randomSeed(), directions: {}, codes: {}, styles: [], latent: null, held: noneHeld() };
}

/** The part of a link after #. */
export function toFragment(state) {
  const link = new URLSearchParams({ model: state.model });
  for (const [name, start] of Object.entries(START)) {
    if (SEEDS.includes(name) || state[name] !== start) link.set(name, state[name]);
  }
  for (const [name, strength] of moving(state)) link.set(`direction.${name}`, strength);
  for (const [name, value] of Object.entries(state.codes)) link.set(`code.${name}`, value);
  for (const name of state.styles.filter((one) => !isOwn(one))) link.append("style", name);
  for (const [name, latent] of [["latent", state.latent], ["latent-a", state.held.a], ["latent-b", state.held.b]]) {
    if (!latent) continue;
    link.set(name, `${latent.space} ${latent.values}`);
    if (latent.class !== null) link.set(`${name}.class`, latent.class);
  }
  return `#${link}`;
}

/** The state that a link holds; what it does not say, and what cannot be read, is as at the start. */
export function fromFragment(fragment) {
  const [link, state] = [new URLSearchParams(fragment.slice(1)), initialState()];
  state.model = link.get("model") ?? "";
  for (const [name, start] of Object.entries(START)) {
    if (link.has(name)) state[name] = readAs(start, link.get(name));
  }
  for (const name of SEEDS) state[name] = seedOf(state[name]);
  if (!VIEWS.includes(state.view)) state.view = START.view;
  for (const [name, text] of link) {
    const [kind, rest] = [name.split(".")[0], name.slice(name.indexOf(".") + 1)];
    if (kind === "direction") state.directions[rest] = readAs(0, text);
    if (kind === "code") state.codes[rest] = readAs(0, text);
  }
  state.styles = link.getAll("style").filter((name) => !isOwn(name));
  state.latent = latentIn(link, "latent");
  state.held = { a: latentIn(link, "latent-a"), b: latentIn(link, "latent-b") };
  return state;
}

/** What a link holds under a name as {space, values, class}, or null. */
function latentIn(link, name) {
  const [space, values] = (link.get(name) ?? "").split(" ");
  return values ? { space, values, class: link.get(`${name}.class`) } : null;
}

function readAs(start, text) {
  if (typeof start === "boolean") return text === "true";
  if (typeof start === "string") return text;
  return Number.isFinite(Number(text)) ? Number(text) : start;
}

export function seedOf(value) {
  return Math.min(LARGEST_SEED, Math.max(0, Math.trunc(Number(value) || 0)));
}

/** The directions that are not at 0. */
export const moving = (state) => Object.entries(state.directions).filter(([, strength]) => strength !== 0);

/** What a model does with a photograph; undefined where it takes none. */
export const workOf = (info) => PHOTO_WORK.find((work) => info.does.includes(work));

export const takesPhotos = (info) => workOf(info) !== undefined;

/** The most steps of a walk of the server's limit of frames. */
export const mostSteps = (limits, loop) => Math.max(1, Math.floor((limits.frames - 1) / (loop ? 2 : 1)));

/** The views that a model has something for. */
export function viewsOf(info) {
  const has = { explore: "generate", grid: "generate", walk: "interpolate" };
  return VIEWS.filter((view) => (view === "photo" ? takesPhotos(info) : info.does.includes(has[view])));
}

/** Leaves out of a state what its model has not, or the server does not do; answers the names of what was left out. */
export function fitToModel(state, info, limits) {
  const left = [];
  const views = viewsOf(info);
  if (!views.includes(state.view)) state.view = views[0] ?? "explore";
  if (state.class && !info.classes.includes(state.class)) {
    left.push(`class ${state.class}`);
    state.class = "";
  }
  for (const [kind, known] of [["directions", info.directions], ["codes", info.codes]]) {
    for (const name of Object.keys(state[kind])) {
      if (known.some((one) => one.name === name)) continue;
      left.push(`${kind.slice(0, -1)} ${name}`);
      delete state[kind][name];
    }
  }
  for (const name of state.styles.filter((one) => !isOwn(one) && !info.styles.includes(one))) {
    left.push(`style ${name}`);
    state.styles = state.styles.filter((one) => one !== name);
  }
  for (const name of ["strength", "blend"]) state[name] = Math.min(1, Math.max(0, state[name]));
  state.steps = Math.min(state.steps, mostSteps(limits, state.loop));
  state.count = Math.min(state.count, limits.images);
  state.search = Math.min(state.search, limits.search_steps);
  if (!info.psi) state.psi = 1;
  if (!(state.layers in info.layer_groups)) state.layers = "";
  if (!info.domains.includes(state.domain)) state.domain = info.domains[0] ?? "";
  return left;
}
