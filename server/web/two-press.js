// A button that takes two presses: one by mistake locks no school.

/** @import {Answer} from './types.js' */
import { h, say } from './draw.js';
import { APART_MS } from './keyboard.js';
import { tell } from './parts.js';

/** How long the second press may take. How soon it may come is `APART_MS`: a double click is one gesture. */
const ARMED_MS = 4000;

/** A button that takes two presses: "Call lock-down", then "Lock down now". */
export class TwoPress extends HTMLElement {
  #armedAt = 0;
  #timer = 0;
  #button = h('button', { type: 'button', onclick: () => this.#press() });
  #said = h('p', { class: 'answer', role: 'status', hidden: true });
  /** What the second press does. @type {() => Promise<Answer>} */
  act = async () => ({ kind: 'unsent', message: '' });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#button, this.#said);
    this.#disarm();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #press() {
    const now = performance.now();
    if (this.#armedAt === 0 || now - this.#armedAt > ARMED_MS) {
      this.#armedAt = now;
      this.#button.classList.add('armed');
      say(this.#button, this.getAttribute('again') ?? '');
      this.#timer = setTimeout(() => this.#disarm(), ARMED_MS);
      return;
    }
    if (now - this.#armedAt < APART_MS) return;
    this.#disarm();
    this.#send();
  }

  /** Other words on it. A first press that was made counts on. @param {string} label @param {string} again */
  reword(label, again) {
    if (this.getAttribute('label') === label) return;
    this.setAttribute('label', label);
    this.setAttribute('again', again);
    say(this.#button, this.#armedAt === 0 ? label : again);
  }

  #disarm() {
    clearTimeout(this.#timer);
    this.#armedAt = 0;
    this.#button.classList.remove('armed');
    say(this.#button, this.getAttribute('label') ?? '');
  }

  async #send() {
    tell(this.#said, null);
    tell(this.#said, await this.act());
  }
}

customElements.define('ls-two-press', TwoPress);
