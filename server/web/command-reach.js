// How far the newest alert came (R1): on how many screens, in how many rooms, and how fast. Parts
// are of all, never of those who answered.

/** @import {Shares} from './types.js' */
/** @import {View} from './view.js' */
import { Panel } from './command-panel.js';
import { h, say, show } from './draw.js';
import { REACH, shortTime } from './words-command.js';

class Reach extends Panel {
  #words = h('p');
  #received = shareRow(REACH.received);
  #acknowledged = shareRow(REACH.acknowledged);
  #table = h('table', { class: 'shares' }, h('caption', {}, REACH.caption),
    h('thead', {}, h('tr', {}, h('td'), ...[REACH.half, REACH.most, REACH.all].map((share) => h('th', { scope: 'col' }, share)))),
    h('tbody', {}, this.#received, this.#acknowledged));

  /** @override @param {View} view */
  heading(view) {
    return view.drill ? REACH.heading_drill : REACH.heading;
  }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#words.parentNode) this.body.append(this.#words, this.#table);
    const card = view.screen.one('reach');
    show(this, card !== undefined);
    if (!card) return;
    say(this.#words, [REACH.alert(view.time(card.at, true)),
      card.sent > 0 ? REACH.sent(card.sent, card.received, card.displayed) : REACH.not_counted,
      REACH.rooms(card.acknowledged, card.rooms)].join(' '));
    fillRow(this.#received, card.received_ms);
    fillRow(this.#acknowledged, card.acknowledged_ms);
    show(this.#received, card.sent > 0);
  }
}

/** @param {string} label */
const shareRow = (label) => h('tr', {}, h('th', { scope: 'row' }, label), h('td'), h('td'), h('td'));

/** @param {HTMLElement} row @param {Shares} shares */
function fillRow(row, { half, most, all }) {
  [half, most, all].forEach((ms, i) => { const cell = row.children[i + 1]; if (cell) say(cell, shortTime(ms)); });
}

customElements.define('ls-reach', Reach);
