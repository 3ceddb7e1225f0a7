// What waits for a person: threats to answer, pleas, vetoes, a lift to confirm; and the calls
// that hold the campus, with who, when and where.

/** @import {FactId, PleaCard, ProposalCard, RaiseCard, RoomCard, ThreatCard, VetoCard} from './types.js' */
/** @import {Screen} from './screen.js' */
/** @import {View} from './view.js' */
import { h, keyed, whoWords } from './draw.js';
import { Panel, button } from './command-panel.js';
import { filled, openSheet } from './sheet.js';
import { mayAsk } from './view.js';
import { COMMAND, SIGN, counts } from './words.js';
import { ATTENTION, PANEL, THREAT_KIND } from './words-command.js';

/** @typedef {ThreatCard | VetoCard | ProposalCard | PleaCard | RoomCard | RaiseCard} Matter */

class Attention extends Panel {
  #list = h('ul', { class: 'matters' });
  #calls = h('ul', { class: 'matters' });
  #callsHeading = h('h2', {}, ATTENTION.calls);
  #none = h('p', { class: 'none' }, ATTENTION.none);

  /** @override @param {View} view */
  heading(view) {
    const waiting = matters(view).filter((card) => card.card !== 'raise').length;
    return waiting > 0 ? ATTENTION.heading_of(waiting) : ATTENTION.heading;
  }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#none, this.#list, this.#callsHeading, this.#calls);
    const all = matters(view);
    const [waiting, calls] = [all.filter((card) => card.card !== 'raise'), all.filter((card) => card.card === 'raise')];
    this.#none.hidden = waiting.length > 0 || !view.trust.reliable;
    this.#callsHeading.hidden = calls.length === 0;
    keyed(this.#list, waiting, keyOf, (card) => this.#row(card));
    keyed(this.#calls, calls, keyOf, (card) => this.#row(card));
  }

  /** @param {Matter} card */
  #row(card) {
    switch (card.card) {
      case 'threat': return this.#threat(card);
      case 'room': return this.#plea(card.plea ?? '', card.name, [card.report && counts(card.report), card.note, card.reported_at && this.#time(card.reported_at)]);
      case 'plea': return this.#plea(card.id, card.by.name, [ATTENTION.no_room, counts(card.report), card.note, this.#time(card.at)]);
      case 'veto': return this.#veto(card);
      case 'proposal': return this.#proposal(card);
      case 'raise': return this.#raise(card);
    }
  }

  /** @param {ThreatCard} card */
  #threat(card) {
    const where = [card.place, this.#roomName(card.room)].filter(Boolean).join(', ');
    return this.#matter('threat', COMMAND.report_threat, [whoWords(card.by), this.#time(card.at), where, card.reason], card.recorded,
      this.#may('answer_threat') && button(ATTENTION.no_threat, () => this.#askReason(ATTENTION.no_threat_title, ATTENTION.no_threat_why, ATTENTION.no_threat_send,
        (reason) => ({ name: 'answer_threat', threat: card.id, reason }))));
  }

  /** @param {FactId} plea @param {string} who @param {(string | undefined)[]} said */
  #plea(plea, who, said) {
    return this.#matter('plea', ATTENTION.asks_for_help(who), said, true,
      this.#may('answer_plea') && button(ATTENTION.answer, () => openSheet({
        title: ATTENTION.answer_title(who),
        fields: [{ name: 'note', label: ATTENTION.answer_note }],
        send: ATTENTION.answer_send,
        onsend: (values) => this.send({ name: 'answer_plea', plea, ...filled(values) }),
      }), 'primary'));
  }

  /** @param {VetoCard} card */
  #veto(card) {
    const mine = card.by.name === this.view?.you?.name;
    const notClear = card.kind === 'not_clear';
    const withdraw = () => this.ask(notClear ? { name: 'withdraw_not_clear', not_clear: card.id } : { name: 'withdraw_objection', objection: card.id });
    const aside = () => this.#askReason(ATTENTION.aside_title, ATTENTION.aside_why, ATTENTION.aside_send, (reason) => (notClear
      ? { name: 'set_aside_not_clear', not_clear: card.id, reason } : { name: 'set_aside_objection', objection: card.id, reason }));
    return this.#matter('veto', notClear ? COMMAND.say_not_clear : ATTENTION.objection, [whoWords(card.by), this.#time(card.at), card.reason], true,
      mine && this.#may(notClear ? 'withdraw_not_clear' : 'withdraw_objection') && button(ATTENTION.withdraw, withdraw),
      !mine && this.#may(notClear ? 'set_aside_not_clear' : 'set_aside_objection') && button(ATTENTION.aside, aside));
  }

  /** @param {ProposalCard} card */
  #proposal(card) {
    return this.#matter('proposal', ATTENTION.proposal, [whoWords(card.by), this.#time(card.at), card.statement, ATTENTION.five_minutes], true,
      this.#may('object_to_lift') && button(ATTENTION.object, () => this.#askReason(ATTENTION.object_title, PANEL.why, ATTENTION.object_send, (reason) => ({ name: 'object_to_lift', reason }))));
  }

  /** @param {RaiseCard} card */
  #raise(card) {
    const lockDown = card.level === 'lock_down';
    const held = this.view?.screen.held.has(card.id) ? ATTENTION.held : '';
    return this.#matter('call', lockDown ? COMMAND.call_lock_down : COMMAND.begin_controlled_movement, [
      whoWords(card.by), this.#time(card.at), card.kind && THREAT_KIND[card.kind], card.place, card.reason,
      card.late && ATTENTION.late(this.#time(card.at)), card.mistake && ATTENTION.mistake(card.mistake), held,
    ], card.recorded,
    lockDown && !card.mistake && this.#may('annotate_mistake') && button(ATTENTION.mistaken, () => this.#askReason(ATTENTION.mistaken_title,
      ATTENTION.mistaken_what, ATTENTION.mistaken_send, (note) => ({ name: 'annotate_mistake', call: card.id, note }),
      ATTENTION.mistaken_intro)));
  }

  /** @param {string} kind @param {string} title @param {(string | false | undefined)[]} said @param {boolean} recorded @param {...(HTMLElement | false)} actions */
  #matter(kind, title, said, recorded, ...actions) {
    const shown = actions.filter((action) => action !== false);
    return h('li', { class: `matter ${kind}` },
      h('div', {}, h('strong', {}, title), recorded ? null : h('span', { class: 'mark' }, SIGN.not_recorded), h('p', {}, said.filter(Boolean).join(' \u00b7 '))),
      shown.length > 0 ? h('div', { class: 'actions' }, ...shown) : null);
  }

  /** @param {string} title @param {string} label @param {string} send @param {(text: string) => import('./types.js').Command} command @param {string} [intro] */
  #askReason(title, label, send, command, intro) {
    openSheet({ title, intro, fields: [{ name: 'text', label, required: true }], send, onsend: ({ text = '' }) => this.send(command(text)) });
  }

  /** @param {import('./types.js').Command['name']} command */
  #may(command) { return this.view !== null && mayAsk(command, this.view); }

  /** @param {string} at */
  #time(at) { return this.view?.time(at) ?? ''; }

  /** @param {string | undefined} room */
  #roomName(room) { return this.view?.screen.all('room').find(({ id }) => id === room)?.name ?? room; }
}

/** What a row shows. A room's card says much else, as how many screens it has: a row that is made
 * anew for that goes away under the finger that presses its button. @param {Matter} card */
const keyOf = (card) => JSON.stringify(card.card === 'room' ? [card.plea, card.name, card.report, card.note, card.reported_at] : card);

/** The lift proposal that can still be confirmed: anything new voids one (S4). Only the server
 * knows its five minutes. @param {Screen} screen @returns {ProposalCard | undefined} */
export function standingProposal(screen) {
  const open = screen.openRaises();
  const names = (/** @type {ProposalCard} */ { lifts }) => open.length > 0 && lifts.length === open.length && open.every((id) => lifts.includes(id));
  return screen.all('proposal').filter(names).sort((a, b) => b.at.localeCompare(a.at))[0];
}

/** Threats first, then pleas, vetoes, a lift, then the calls, the newest first. @param {View} view @returns {Matter[]} */
export function matters({ screen }) {
  const proposal = standingProposal(screen);
  const newest = (/** @type {{at: string}} */ a, /** @type {{at: string}} */ b) => b.at.localeCompare(a.at);
  return [
    ...screen.all('threat').sort(newest),
    ...screen.all('room').filter((room) => room.plea),
    ...screen.all('plea').sort(newest),
    ...screen.all('veto').sort(newest),
    ...(proposal ? [proposal] : []),
    ...screen.all('raise').sort(newest),
  ];
}

customElements.define('ls-attention', Attention);
