// The server, asked; what it refuses is a Problem in its own words.

/** An answer that is an error (RFC 9457), or none at all: then `status` is 0. */
export class Problem extends Error {
  constructor(status, detail, retryAfter = null, id = "") {
    super(detail);
    Object.assign(this, { status, detail, retryAfter, id });
  }

  /** What one can do about it, where its detail does not say so. */
  get advice() {
    if (this.status === 0) return "See that the server runs and that you are online, then try again.";
    if (this.status === 401) return "Log in again.";
    if (this.status === 429 || this.status === 503) return `Try again in ${this.retryAfter ?? 1} s.`;
    if (this.status >= 500) return `Whoever runs the server finds it in the log as request ${this.id}.`;
    return "";
  }
}

/** The response to a request. Throws Problem, or AbortError where `signal` ended it. */
async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The server does not answer.");
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response) {
  const id = response.headers.get("X-Request-ID") ?? "";
  const retryAfter = response.headers.get("Retry-After");
  try {
    return new Problem(response.status, (await response.json()).detail, retryAfter, id);
  } catch {
    return new Problem(response.status, `The server answered ${response.status}.`, retryAfter, id);
  }
}

function jsonRequest(body, accept, signal) {
  const headers = { "Content-Type": "application/json", Accept: accept };
  return { method: "POST", headers, body: JSON.stringify(body), signal };
}

/** What GET answers, as JSON. */
export const getJson = async (path) => (await ask(path)).json();

export const remove = async (path) => (await ask(path, { method: "DELETE" })).json();

export const logOut = () => ask("/logout", { method: "POST" });

/** The file that a request for pictures answers: one picture, a grid, or a zip. */
export async function getFile(path, body, accept, signal) {
  return (await ask(path, jsonRequest(body, accept, signal))).blob();
}

/** The job that a request with pictures in a form begins; a field may be a list, which is several of its name. */
export async function startJob(path, fields) {
  const form = new FormData();
  for (const [name, given] of Object.entries(fields)) {
    for (const value of [given].flat()) {
      if (value instanceof Blob) form.append(name, value, `${name}.png`);
      else if (value !== "" && value !== null && value !== undefined) form.append(name, value);
    }
  }
  const headers = { Prefer: "respond-async", Accept: "application/json" };
  return (await ask(path, { method: "POST", body: form, headers })).json();
}

/** Pictures as they are made: yields {name, data} of each event. Throws Problem. */
export async function* events(path, body, signal) {
  const response = await ask(path, jsonRequest(body, "text/event-stream", signal));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const [name, data] = part.split("\n").map((line) => line.slice(line.indexOf(": ") + 2));
      if (name === "problem") {
        const { status, detail, instance } = JSON.parse(data);
        throw new Problem(status, detail, null, instance);
      }
      yield { name, data: JSON.parse(data) };
    }
  }
}
