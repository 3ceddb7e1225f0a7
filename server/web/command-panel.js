// What the command page's panels have in common: a heading, what to say where nothing is
// known, and buttons that send and show the answer beside themselves.

/** @import {Answer, Command} from './types.js' */
/** @import {View} from './view.js' */
import { h, isHeld, say, show } from './draw.js';
import { tell } from './parts.js';

/** @typedef {(command: Command, how?: {pin?: string, late?: (answer: Answer) => void}) => Promise<Answer>} Send */

export class Panel extends HTMLElement {
  /** @type {View | null} */
  view = null;
  /** @type {Send} */
  send = async () => ({ kind: 'unsent', message: '' });
  #heading = h('h2');
  #unknown = h('p', { class: 'as-of', hidden: true });
  answer = h('p', { class: 'answer', role: 'alert', hidden: true });
  body = h('div', { class: 'panel-body' });

  connectedCallback() {
    if (this.firstChild) return;
    // A panel scrolls within the screen: the keyboard has to get into it.
    this.tabIndex = 0;
    this.setAttribute('role', 'region');
    this.append(this.#heading, this.#unknown, this.answer, this.body);
  }

  /** Draws itself anew, but not under a finger; a stale or unread campus is never drawn as an empty
   * list (R2). @param {View} view @param {Send} send */
  draw(view, send) {
    if (isHeld()) return;
    if (this.view && this.view.id !== view.id) show(this.answer, false);
    this.view = view;
    this.send = send;
    const known = view.screen.position !== null;
    say(this.#unknown, known ? `As of ${view.trust.since ? view.time(view.trust.since, true) : 'an unknown time'}: it may have changed.` : 'Unknown \u2013 not connected.');
    show(this.#unknown, !view.trust.reliable);
    show(this.body, known);
    say(this.#heading, this.heading(view));
    this.setAttribute('aria-label', this.heading(view));
    if (known) this.fill(view);
  }

  /** @param {View} _view @returns {string} */
  heading(_view) { return ''; }

  /** @param {View} _view */
  fill(_view) {}

  /** Sends, and shows the answer in this panel. @param {Command} command */
  async ask(command) {
    tell(this.answer, null);
    const answer = await this.send(command);
    tell(this.answer, answer);
    return answer;
  }
}

/** @param {string} label @param {() => void} onclick @param {string} [tone] */
export const button = (label, onclick, tone = '') => h('button', { type: 'button', class: tone || undefined, onclick }, label);
