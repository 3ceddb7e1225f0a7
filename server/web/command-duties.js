// Duties (C2, E3, E4): what somebody must do, since when, and who has it in hand. The most
// pressing stand first, what is asked of whoever looks at the page before all others.

/** @import {DutyCard, EscalationCard} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { h, keyed, say, whoWords } from './draw.js';
import { clock, dutyClock, isInMyHand, isMine, isOverdue, pressing, saysMore } from './duties.js';
import { english } from './language.js';
import { filled, openSheet } from './sheet.js';
import { mayAsk } from './view.js';
import { AGENCY, DUTY, MY_DUTY } from './words.js';
import { DANGER, DUTY_SAYS, PANEL } from './words-command.js';

/** What it must be told again where it changes: the rest of a row is drawn in place.
 * @param {DutyCard} duty @param {View} view */
const keyOf = (duty, view) => JSON.stringify([duty.id, duty.kind, duty.say, duty.acknowledged, duty.each, isMine(duty, view), lineOf(duty, view)?.id, lineOf(duty, view)?.line, causeOf(duty, view)]);

/** What it follows from, in words, where its own do not say it. @param {DutyCard} duty @param {View} view */
function causeOf({ kind, cause }, { screen, time }) {
  if (kind === 'see_sighting') {
    const card = screen.all('sighting').find(({ id }) => id === cause);
    return card ? [DANGER[card.danger], card.seen, card.place].filter(Boolean).join(' \u00b7 ') : '';
  }
  if (kind !== 'answer_plea') return '';
  const room = screen.all('room').find(({ plea }) => plea === cause);
  const stray = screen.all('plea').find(({ id }) => id === cause);
  return room ? [room.name, room.reported_at && time(room.reported_at)].filter(Boolean).join(' \u00b7 ') : stray?.by.name ?? '';
}

/** The line to 911 that somebody is calling on now. @param {DutyCard} duty @param {View} view @returns {EscalationCard | undefined} */
function lineOf(duty, view) {
  if (duty.kind !== 'call_911') return undefined;
  const lines = view.screen.all('escalation').filter(({ agency, line }) => agency === '911' && (line === 'calling' || line === 'dropped'));
  return lines.sort((a, b) => b.at.localeCompare(a.at))[0];
}

class Duties extends Panel {
  #none = h('p', { class: 'none' }, DUTY_SAYS.none);
  #list = h('ul', { class: 'matters' });

  /** @override @param {View} view */
  heading(view) {
    const duties = view.screen.all('duty');
    return duties.length > 0 ? DUTY_SAYS.heading_of(duties.length, duties.filter((duty) => isOverdue(duty, view)).length) : DUTY_SAYS.heading;
  }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#none, this.#list);
    const duties = pressing(view);
    this.#none.hidden = duties.length > 0 || !view.trust.reliable;
    keyed(this.#list, duties, (duty) => keyOf(duty, view), (duty) => this.#row(duty, view), (row, duty) => this.#update(row, duty));
  }

  /** @param {DutyCard} duty @param {View} view */
  #row(duty, view) {
    const mine = isMine(duty, view);
    const { acknowledged } = duty;
    const state = acknowledged ? DUTY_SAYS.has(whoWords(acknowledged.by), view.time(acknowledged.at)) : /^tell_/.test(duty.kind) ? DUTY_SAYS.nobody_told : DUTY_SAYS.nobody;
    return h('li', { class: `matter duty ${duty.kind}` },
      h('div', {},
        h('div', { class: 'duty-head' }, h('strong', {}, DUTY[duty.kind]), clock()),
        causeOf(duty, view) ? h('p', {}, causeOf(duty, view)) : null,
        duty.kind === 'call_911' ? this.#whatToSay(duty, view) : saysMore(duty) && english(h('p', {}, saysMore(duty))),
        h('p', { class: 'state' }, duty.each?.length ? ofEach(duty.each, view) : state, ' ', h('span', { class: 'asked' })),
        mine ? where(duty.kind) : null),
      h('div', { class: 'actions' }, ...(mine ? this.#mine(duty, view) : this.#others(view, duty))));
  }

  /** The number, the address and the words, large enough to read while holding a phone (E3). @param {DutyCard} duty @param {View} view */
  #whatToSay(duty, view) {
    return h('div', { class: 'to-say' }, h('strong', { class: 'number' }, view.campus?.numbers?.['911'] ?? AGENCY['911']),
      h('p', { class: 'address' }, [view.name, view.campus?.address].filter(Boolean).join(', ')), english(h('p', { class: 'say' }, duty.say)));
  }

  /** @param {DutyCard} duty @param {View} view @returns {HTMLElement[]} */
  #mine(duty, view) {
    const have = isInMyHand(duty, view) ? [] : [button(MY_DUTY.have, () => this.ask({ name: 'acknowledge_duty', duty: duty.id }), 'primary')];
    const not = button(DUTY_SAYS.not_done, () => openSheet({
      title: DUTY_SAYS.not_done_title, intro: DUTY_SAYS.not_done_intro(DUTY[duty.kind]),
      fields: [{ name: 'reason', label: DUTY_SAYS.not_done_why, required: true }], send: DUTY_SAYS.not_done_send,
      onsend: ({ reason = '' }) => this.send({ name: 'decline_duty', duty: duty.id, reason }),
    }));
    // A threat, a plea and a line are answered where they stand: to call the duty done would leave them so.
    if (where(duty.kind)) return [...have, not];
    return [...have, ...this.#callOf(duty, view), this.#done(duty, DUTY_SAYS.done), not];
  }

  /** @param {DutyCard} duty @param {View} view @returns {HTMLElement[]} */
  #callOf(duty, view) {
    if (duty.kind !== 'call_911') return [];
    const line = lineOf(duty, view);
    const open = button(DUTY_SAYS.open, () => this.ask(line ? { name: 'record_line', escalation: line.id, state: 'line_open' }
      : { name: 'open_escalation', agency: '911', basis: 'immediate_threat', state: 'line_open' }));
    if (line?.line === 'calling') return [open];
    return [button(DUTY_SAYS.calling, () => this.ask(line ? { name: 'record_line', escalation: line.id, state: 'calling' }
      : { name: 'open_escalation', agency: '911', basis: 'immediate_threat', state: 'calling' })), open];
  }

  /** E5: anybody may record that it was done, also by other means. @param {View} view @param {DutyCard} duty */
  #others(view, duty) {
    if (!mayAsk('finish_duty', view) || where(duty.kind)) return [];
    return [this.#done(duty, DUTY_SAYS.by_others)];
  }

  /** @param {DutyCard} duty @param {string} label */
  #done(duty, label) {
    return button(label, () => openSheet({
      title: DUTY_SAYS.done_title, intro: DUTY_SAYS.done_intro(DUTY[duty.kind]),
      fields: [
        { name: 'how', label: DUTY_SAYS.done_how, required: true },
        { name: 'done_by', label: DUTY_SAYS.done_by },
        { name: 'ago', label: DUTY_SAYS.done_ago, kind: 'number' },
      ],
      send: PANEL.record,
      onsend: ({ how = '', done_by: by, ago }) => this.send({ name: 'finish_duty', duty: duty.id, how, ...filled({ done_by: by ?? '' }),
        ...(ago ? { done_at: new Date((this.view?.now() ?? Date.now()) - Number(ago) * 60_000).toISOString() } : {}) }),
    }));
  }

  /** @param {HTMLElement} row @param {DutyCard} duty */
  #update(row, duty) {
    const view = this.view;
    if (!view) return;
    const overdue = isOverdue(duty, view);
    row.classList.toggle('overdue', overdue);
    const time = row.querySelector('.clock');
    if (time) say(time, dutyClock(duty, view));
    const asked = row.querySelector('.asked');
    const inVain = duty.tried?.at(-1)?.outcome === 'not_reached';
    if (asked) say(asked, duty.attempts > 0 ? (inVain ? DUTY_SAYS.asked_in_vain : DUTY_SAYS.asked)(duty.attempts) : '');
  }
}

/** Where everybody has to answer: who has not, before who has (C1, E6).
 * @param {NonNullable<DutyCard['each']>} each @param {View} view */
function ofEach(each, { time }) {
  const waits = each.filter(({ heard }) => !heard).map(({ name }) => name);
  const heard = each.flatMap(({ name, heard: at }) => (at ? [`${name} (${time(at)})`] : []));
  return [waits.length > 0 && DUTY_SAYS.waits_for(waits.join(', ')), heard.length > 0 && DUTY_SAYS.heard_by(heard.join(', '))].filter(Boolean).join(' ');
}

/** Where on the page it is done, if not on its row. @param {DutyCard['kind']} kind */
function where(kind) {
  switch (kind) {
    case 'answer_threat': return h('p', {}, DUTY_SAYS.answer_below);
    case 'answer_plea': return h('p', {}, DUTY_SAYS.answer_plea_below);
    case 'explain_closed_line': return h('p', {}, DUTY_SAYS.explain_beside);
    default: return null;
  }
}

customElements.define('ls-duties', Duties);
