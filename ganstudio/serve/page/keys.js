// The keys. They rest in fields that are typed in, with Ctrl, Alt and Meta, and where they were switched off.

import { byId } from "./dom.js";

const OFF = "ganstudio.keys-off";

/** `keys` are functions by KeyboardEvent.key, in lower case. */
export function listen(keys) {
  const on = byId("keys-on");
  on.checked = localStorage.getItem(OFF) === null;
  on.addEventListener("change", () => (on.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes")));
  byId("help").addEventListener("click", () => byId("keys").showModal());
  document.addEventListener("keydown", (event) => {
    const work = keys[event.key.toLowerCase()];
    if (!work || !on.checked || event.ctrlKey || event.altKey || event.metaKey || taken(event)) return;
    event.preventDefault();
    work();
  });
}

/** Whether what has the focus, or an open dialog, wants the key itself. */
function taken(event) {
  if (byId("keys").open) return true;
  const { target, key } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("input[type=number], input[type=text], select, textarea")) return true;
  if (target.matches("input, canvas")) return key.startsWith("Arrow") || key === " ";
  return key === " " && target.matches("button, a, summary");
}
