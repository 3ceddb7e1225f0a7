// What the command page's panels have in common: a heading, what to say where nothing is
// known, buttons that send and show the answer beside themselves, and keeping still under a finger.

/** @import {Answer, Command} from './types.js' */
/** @import {Sign} from './passkey.js' */
/** @import {View} from './view.js' */
import { h, once, say, show } from './draw.js';
import { tell } from './parts.js';
import { PANEL } from './words-command.js';

/** @typedef {(command: Command, how?: {pin?: string, passkey?: Sign, late?: (answer: Answer) => void}) => Promise<Answer>} Send */

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
    say(this.#unknown, !known ? PANEL.unknown : view.trust.since ? PANEL.as_of(view.time(view.trust.since, true)) : PANEL.as_of_unknown);
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

/** A button that is busy until what it asked for is answered: a second press meanwhile is none.
 * @param {string} label @param {() => unknown} act @param {string} [tone] */
export function button(label, act, tone = '') {
  const made = h('button', { type: 'button', class: tone || undefined, onclick: () => once(made, act) }, label);
  return made;
}

/** A press counts where finger and button still meet when it ends; so does one of the space bar. */
const HELD_MS = 3000;
let heldUntil = 0;

/** Whether a finger or the space bar is down on this page: what lies under it then keeps its place for a moment, so
 * that a press is not lost to what comes in beside it. What a page must show at once does not ask. */
const isHeld = () => performance.now() < heldUntil;

/** @param {() => void} draw what was held back */
export function onRelease(draw) {
  const hold = () => { heldUntil = performance.now() + HELD_MS; };
  addEventListener('pointerdown', hold, true);
  addEventListener('keydown', ({ key, repeat }) => { if (key === ' ' && !repeat) hold(); }, true);
  // The click that this ends in comes first.
  for (const end of ['pointerup', 'pointercancel', 'keyup']) addEventListener(end, () => { heldUntil = 0; setTimeout(draw); }, true);
}
