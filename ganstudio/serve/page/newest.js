// One request at a time, the newest: what a slider needs that is dragged faster than pictures come.

const PATIENCE_MS = 150; // an older request may go on so long once a newer one waits: a drag shows pictures on its way
const APART_MS = 30; // between the beginnings of two, which keeps a drag within the server's rate

export class Newest {
  #running = null;
  #waiting = null;
  #timer = 0;
  #failed;

  /** `failed` is told of the errors of work that was not aborted. */
  constructor(failed) {
    this.#failed = failed;
  }

  /** Does `work(signal)` as soon as it can; work that still waited is dropped, work that goes on too long is aborted. */
  ask(work) {
    this.#waiting = work;
    if (!this.#running) this.#go();
    else if (!this.#timer) this.#timer = setTimeout(() => this.#running?.abort(), PATIENCE_MS);
  }

  /** Aborts all. */
  stop() {
    this.#waiting = null;
    this.#running?.abort();
  }

  async #go() {
    while (this.#waiting) {
      const [work, abort, begun] = [this.#waiting, new AbortController(), performance.now()];
      [this.#waiting, this.#running] = [null, abort];
      try {
        await work(abort.signal);
      } catch (error) {
        if (!abort.signal.aborted) this.#failed(error);
      }
      clearTimeout(this.#timer);
      this.#timer = 0;
      const left = APART_MS - (performance.now() - begun);
      if (left > 0) await new Promise((wake) => setTimeout(wake, left));
    }
    this.#running = null;
  }
}
