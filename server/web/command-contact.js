// Contact with a person who is a threat (C3): two who each judge it safe, and only while an SRO is
// here. What has happened is recorded whatever it broke (C4).

/** @import {ContactCard, FactId, Role} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { h, keyed, show, whoWords } from './draw.js';
import { choices, knownPeople, myId, nameOf, typedIds } from './people.js';
import { openSheet } from './sheet.js';
import { mayAsk } from './view.js';
import { COMMAND } from './words.js';
import { CONTACT, PANEL } from './words-command.js';

/** Raises that a sheet offers to choose from, the newest. */
const CHOICES_MAX = 20;
const OTHER = { name: 'other', label: CONTACT.other, hint: CONTACT.other_hint };

/** The permitted pairs, by who one is (C3). @param {Role | undefined} mine @param {Role | undefined} other */
function pairs(mine, other) {
  switch (mine) {
    case 'sro': return other === 'sso' || other === 'administrator';
    case 'sso': return other === 'sro' || other === 'administrator';
    case 'administrator': return other === 'sro' || other === 'sso';
    default: return false;
  }
}

class Contact extends Panel {
  #rule = h('p', { class: 'none' }, CONTACT.rule);
  #list = h('ul', { class: 'matters' });
  #judge = button(CONTACT.judge, () => this.#openJudge());
  #record = button(CONTACT.record, () => this.#openRecord());

  /** @override */
  heading() { return CONTACT.heading; }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#rule, this.#list, h('div', { class: 'actions' }, this.#judge, this.#record));
    const plans = view.screen.all('contact').filter(({ judged }) => judged.length > 0);
    show(this, plans.length > 0 || open(view).length > 0);
    show(this.#judge, mayAsk('judge_contact_safe', view) && open(view).length > 0);
    show(this.#record, mayAsk('record_contact', view));
    keyed(this.#list, plans, (plan) => JSON.stringify([plan, [...knownPeople(view).keys()]]), (plan) => this.#row(plan, view));
  }

  /** @param {ContactCard} plan @param {View} view */
  #row(plan, view) {
    const known = knownPeople(view);
    const me = myId(view);
    const mine = plan.judged.some(({ person }) => person === me);
    const asks = plan.judged.filter((one) => one.with === me && !mine && pairs(view.you?.role, one.who.role));
    const missing = [!plan.sro_here && CONTACT.no_sro, !mutual(plan) && CONTACT.one_only].filter(Boolean).join(' ');
    return h('li', { class: `matter contact ${plan.stands ? 'stands' : 'veto'}` },
      h('div', {}, h('strong', {}, plan.stands ? CONTACT.stands : `${CONTACT.stands_not} ${missing}`),
        h('p', { class: 'small' }, about(view, plan.raise)),
        h('ul', {}, ...plan.judged.map((one) => h('li', {}, CONTACT.judges(whoWords(one.who), nameOf(known, one.with), view.time(one.at)))))),
      h('div', { class: 'actions' },
        ...asks.map((one) => button(CONTACT.judge_with(one.who.name), () => this.ask({ name: 'judge_contact_safe', raise: plan.raise, with: one.person }), 'primary')),
        mine ? button(CONTACT.withdraw, () => this.ask({ name: 'withdraw_contact', raise: plan.raise })) : null));
  }

  #openJudge() {
    const view = this.view;
    if (!view) return;
    const others = choices([...knownPeople(view).values()].filter(({ id, role }) => id !== myId(view) && pairs(view.you?.role, role)));
    const raises = open(view);
    openSheet({
      title: CONTACT.judge_title, intro: CONTACT.rule,
      fields: [
        ...(raises.length > 1 ? [{ name: 'raise', label: CONTACT.what, kind: /** @type {const} */ ('select'), options: raises }] : []),
        ...(others.length > 0 ? [{ name: 'with', label: CONTACT.together, kind: /** @type {const} */ ('select'), options: others }] : []),
        { ...OTHER, label: others.length > 0 ? OTHER.label : CONTACT.together_id, required: others.length === 0 },
      ],
      send: CONTACT.judge_title,
      onsend: ({ raise = raises[0]?.[0] ?? '', with: chosen = '', other = '' }) => this.send({ name: 'judge_contact_safe', raise, with: typedIds(other)[0] ?? chosen }),
    });
  }

  #openRecord() {
    const view = this.view;
    if (!view) return;
    const people = choices([...knownPeople(view).values()].filter(({ role }) => role !== 'room' && role !== 'monitor'));
    openSheet({
      title: CONTACT.record_title, intro: CONTACT.record_intro,
      fields: [
        { name: 'raise', label: CONTACT.what, kind: 'select', options: [...open(view), ['', CONTACT.somebody_else]] },
        { name: 'by', label: CONTACT.by, kind: 'checks', options: people, value: myId(view) },
        { ...OTHER, label: CONTACT.others },
        { name: 'what', label: CONTACT.happened, required: true },
      ],
      send: PANEL.record,
      onsend: ({ raise, by = '', other = '', what = '' }) => this.send({ name: 'record_contact', what, ...(raise ? { raise } : {}), by: [...typedIds(by), ...typedIds(other)] }),
    });
  }
}

/** Two who name each other; whether they are a permitted pair is in `stands`. @param {ContactCard} plan */
const mutual = ({ judged }) => judged.some((one) => judged.some((other) => one.with === other.person && other.with === one.person));

/** What a contact may be with: raises and threats that may be a person, the newest first. @param {View} view @returns {[FactId, string][]} */
function open(view) {
  return [...view.screen.all('threat'), ...view.screen.all('raise').filter(({ kind }) => kind === undefined || kind === 'person' || kind === 'other')]
    .sort((a, b) => b.at.localeCompare(a.at)).slice(0, CHOICES_MAX)
    .map((card) => [card.id, about(view, card.id)]);
}

/** @param {View} view @param {FactId} id */
function about(view, id) {
  const card = [...view.screen.all('threat'), ...view.screen.all('raise')].find((one) => one.id === id);
  if (!card) return CONTACT.closed;
  const what = card.card === 'threat' ? COMMAND.report_threat : card.level === 'lock_down' ? COMMAND.call_lock_down : COMMAND.begin_controlled_movement;
  return [what, card.reason, card.place, view.time(card.at)].filter(Boolean).join(' \u00b7 ');
}

customElements.define('ls-contact', Contact);
