// What is said to the user: errors, which stay until they are closed, and news for screen readers.

import { Problem } from "./api.js";
import { byId, make } from "./dom.js";

const MOST = 3;

/** For screen readers alone. */
export function say(text) {
  byId("status").textContent = text;
}

/** A short note that goes by itself. */
export function note(text) {
  const row = show(text, "note");
  setTimeout(() => row.remove(), 6000);
}

/** An error in the server's words, with what to do; `again` is what the Try again button does. */
export function failed(error, again = null) {
  if (!(error instanceof Problem)) {
    show(`The page itself failed: ${error.message}. Reload it.`);
    throw error;
  }
  const buttons = [];
  if (error.status === 401) buttons.push(button("Log in", () => location.reload()));
  else if (again && (error.status === 0 || error.status === 429 || error.status >= 500)) {
    buttons.push(button("Try again", again));
  }
  show(`${error.detail} ${error.advice}`.trim(), "", buttons);
}

/** Takes all errors away: what they spoke of was changed. */
export function clearErrors() {
  for (const row of byId("messages").querySelectorAll(":scope > :not(.note)")) row.remove();
}

function show(text, kind = "", buttons = []) {
  const messages = byId("messages");
  for (const row of messages.children) if (row.firstChild.textContent === text) row.remove();
  const close = button("Close", () => row.remove());
  const row = make("div", { className: kind }, make("p", { textContent: text }), ...buttons, close);
  for (const one of buttons) one.addEventListener("click", () => row.remove());
  messages.append(row);
  while (messages.children.length > MOST) messages.firstChild.remove();
  return row;
}

function button(text, work) {
  const node = make("button", { type: "button", textContent: text });
  node.addEventListener("click", work);
  return node;
}
