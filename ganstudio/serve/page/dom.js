// Small helpers for elements.

export const byId = (id) => document.getElementById(id);

/** A new element; what is no property of it becomes an attribute. */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Options of a select; each is text, or [value, text]. Keeps what is chosen where it is still there. */
export function fillSelect(select, options) {
  const chosen = select.value;
  select.replaceChildren(
    ...options.map((option) => {
      const [value, text] = Array.isArray(option) ? option : [option, option];
      return make("option", { value, textContent: text });
    }),
  );
  if (options.some((option) => (Array.isArray(option) ? option[0] : option) === chosen)) select.value = chosen;
}

let made = 0;

/** A labelled slider with its value and a button that puts it back; `hint` is a sentence below it. */
export function slider({ label, low, high, step, value, neutral, text = format, hint = "", onInput }) {
  const id = `slider-${(made += 1)}`;
  const shown = make("output", { textContent: text(value) });
  shown.setAttribute("for", id);
  const input = make("input", { type: "range", id, min: low, max: high, step });
  input.value = value ?? (low + high) / 2;
  const ticks = make("datalist", { id: `${id}-neutral` }, make("option", { value: neutral ?? "" }));
  input.setAttribute("list", ticks.id); // a mark where it began
  const show = (next) => {
    shown.textContent = text(next);
    input.setAttribute("aria-valuetext", text(next));
  };
  input.addEventListener("input", () => {
    show(input.valueAsNumber);
    onInput(input.valueAsNumber);
  });
  const reset = make("button", { type: "button", textContent: "↺", "aria-label": `Reset ${label}`, title: "Reset" });
  reset.addEventListener("click", () => {
    input.value = neutral ?? (low + high) / 2;
    show(neutral);
    onInput(neutral);
  });
  const row = make("div", { className: "slider" }, make("label", { htmlFor: id, textContent: label }), shown, reset, input, ticks);
  if (hint) row.append(make("p", { className: "hint", textContent: hint }));
  show(value);
  return row;
}

function format(value) {
  return value === null ? "–" : Number(value).toFixed(2);
}

const SHARP_PX = 160; // pictures up to this size are drawn with square pixels

/** Draws a picture as large as its box allows: small ones by a whole factor, so that their pixels stay square. */
export function fitInto(node, box, width, height, inset = 24) {
  const room = Math.min((box.clientWidth - inset) / width, (box.clientHeight - inset) / height);
  const small = Math.max(width, height) <= SHARP_PX || height <= SHARP_PX;
  const factor = small && room >= 1 ? Math.floor(room) : Math.min(room, 4);
  node.classList.toggle("sharp", small && room >= 1);
  node.style.width = `${Math.max(1, Math.round(width * factor))}px`;
  node.style.height = `${Math.max(1, Math.round(height * factor))}px`;
}

/** A picture's bytes, of base64. */
export function blobOf(base64, type = "image/png") {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type });
}

/** Gives a file to the user. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
