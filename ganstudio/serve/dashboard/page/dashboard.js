// What textual.js, which draws the terminal and begins with the page's load event, has to be told and lacks.

const COLUMNS = 80; // that the dashboard is laid out for
const LETTER = 0.6; // the width of a letter of Roboto Mono, in its size
const [SMALLEST, USUAL] = [8, 16];

const terminal = document.getElementById("terminal");
terminal.dataset.sessionWebsocketUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
const fitting = Math.floor(window.innerWidth / (COLUMNS * LETTER));
terminal.dataset.fontSize = Math.min(USUAL, Math.max(SMALLEST, fitting));

const keyboard = () => document.querySelector(".xterm-helper-textarea"); // that the terminal reads
new MutationObserver((_, observer) => {
  if (!document.body.classList.contains("-first-byte")) return; // textual.js says so once the dashboard draws
  observer.disconnect();
  if (matchMedia("(pointer: coarse)").matches) {
    // a keyboard on the screen would cover the dashboard, which yet has to know that it is looked at
    document.querySelector(".xterm-screen").dispatchEvent(new FocusEvent("focus"));
  } else {
    keyboard().focus();
  }
}).observe(document.body, { attributeFilter: ["class"] });

// Ctrl-V is left to the browser, which pastes; the terminal would take it for a key.
window.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey && !event.altKey && event.key.toLowerCase() === "v") event.stopImmediatePropagation();
  },
  true,
);

for (const button of document.querySelectorAll("#keys button")) {
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // the keyboard stays as it is
  button.addEventListener("click", () => {
    const { key, code } = button.dataset;
    const pressed = { key, code: key, keyCode: Number(code), bubbles: true };
    keyboard().dispatchEvent(new KeyboardEvent("keydown", pressed));
  });
}

document.getElementById("again").addEventListener("click", () => location.reload());

const logout = document.getElementById("logout");
logout.hidden = localStorage.getItem("ganstudio.logged-in") === null; // login.js has set it
logout.addEventListener("click", async () => {
  await fetch("/logout", { method: "POST" });
  localStorage.removeItem("ganstudio.logged-in");
  location.reload();
});
