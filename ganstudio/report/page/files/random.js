// The numbers that numpy.random.RandomState draws: MT19937 and normal numbers by the polar method. A seed means the same picture here as in
// the program; where the browser's logarithm rounds the last of 53 bits otherwise, a latent may differ by its last bit.
"use strict";

const LENGTH = 624;
const SHIFT = 397;

class RandomState {
  /** `seed`: a whole number below 2^32, or a list of them. */
  constructor(seed) {
    this.state = new Uint32Array(LENGTH);
    this.spare = null;
    if (Array.isArray(seed)) this.seedByList(seed);
    else this.seedByNumber(seed);
  }

  seedByNumber(seed) {
    const state = this.state;
    state[0] = seed;
    for (let i = 1; i < LENGTH; i += 1) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    this.place = LENGTH;
  }

  seedByList(key) {
    this.seedByNumber(19650218);
    const state = this.state;
    let i = 1;
    const mixed = (factor) => Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), factor);
    const next = () => {
      i += 1;
      if (i < LENGTH) return;
      state[0] = state[LENGTH - 1];
      i = 1;
    };
    for (let k = 0; k < Math.max(LENGTH, key.length); k += 1) {
      const j = k % key.length;
      state[i] = (state[i] ^ mixed(1664525)) + key[j] + j;
      next();
    }
    for (let k = 1; k < LENGTH; k += 1) {
      state[i] = (state[i] ^ mixed(1566083941)) - i;
      next();
    }
    state[0] = 0x80000000;
  }

  twist() {
    const state = this.state;
    for (let i = 0; i < LENGTH; i += 1) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % LENGTH] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % LENGTH] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.place = 0;
  }

  /** 32 random bits. */
  bits() {
    if (this.place === LENGTH) this.twist();
    let y = this.state[this.place];
    this.place += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A number from 0 to below 1, of 53 bits. */
  uniform() {
    const high = this.bits() >>> 5;
    return (high * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  normal() {
    if (this.spare !== null) {
      const spare = this.spare;
      this.spare = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.spare = factor * x;
      return factor * y;
    }
  }

  /** `count` normal numbers as float32. */
  normals(count) {
    return Float32Array.from({ length: count }, () => this.normal());
  }
}
