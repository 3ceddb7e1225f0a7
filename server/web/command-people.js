// Who leads (C7) and who is on campus (C6). Unknown is never here, and the lead gains no rights.

/** @import {LeadCard, PresenceCard} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { byName, h, keyed, say, show, whoWords } from './draw.js';
import { choices, knownPeople, myId, nameOf, typedIds } from './people.js';
import { openSheet } from './sheet.js';
import { mayAsk, mayDirect } from './view.js';
import { LEAD, PEOPLE } from './words-command.js';

class People extends Panel {
  #lead = h('p', { class: 'lead' });
  #offers = h('ul', { class: 'matters' });
  #offer = button(LEAD.offer, () => this.#openOffer());
  #list = h('ul', { class: 'people' });
  #none = h('p', { class: 'none' }, PEOPLE.none);
  #arrive = button(PEOPLE.arrive, () => this.ask({ name: 'arrive' }));
  #leave = button(PEOPLE.leave, () => this.ask({ name: 'leave' }));
  #officer = h('a', { class: 'button' }, PEOPLE.officers_link);
  #staff = h('a', { class: 'button' }, PEOPLE.people_link);

  /** @override */
  heading() { return PEOPLE.heading; }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#lead, this.#offers, this.#none, this.#list, h('div', { class: 'actions' }, this.#arrive, this.#leave, this.#offer, this.#officer, this.#staff));
    this.#drawLead(view, view.screen.one('lead'));
    const people = view.screen.all('presence').sort((a, b) => Number(b.here) - Number(a.here) || byName(a.who, b.who));
    const mine = people.find(({ person }) => `person:${person}` === view.you?.principal);
    this.#none.hidden = people.length > 0 || !view.trust.reliable;
    show(this.#arrive, mayAsk('arrive', view) && mine?.here !== true);
    show(this.#leave, mayAsk('leave', view) && mine?.here === true);
    this.#officer.setAttribute('href', `/officers?face=${view.face}#${view.id}`);
    show(this.#officer, mayDirect('enrol_officer', view.you?.role) || mayDirect('certify_officer', view.you?.role));
    this.#staff.setAttribute('href', `/people?face=${view.face}#${view.id}`);
    show(this.#staff, mayDirect('read_directory', view.you?.role));
    keyed(this.#list, people, ({ person }) => person, () => h('li', {}, h('strong'), h('small')), (row, one) => this.#update(row, one, view));
  }

  /** @param {View} view @param {LeadCard | undefined} card */
  #drawLead(view, card) {
    show(this.#lead, card !== undefined);
    show(this.#offer, card !== undefined && mayAsk('offer_lead', view));
    say(this.#lead, card?.lead ? LEAD.has(whoWords(card.lead.who), view.time(card.lead.since)) : LEAD.none);
    const known = knownPeople(view);
    keyed(this.#offers, card?.offers ?? [], (offer) => `${offer.id}/${nameOf(known, offer.to)}`, (offer) => h('li', { class: 'matter proposal' },
      h('div', {}, LEAD.offers(whoWords(offer.by), offer.to === myId(view) ? LEAD.you : nameOf(known, offer.to), view.time(offer.at))),
      offer.to === myId(view) && mayAsk('take_lead', view) ? h('div', { class: 'actions' }, button(LEAD.take, () => this.ask({ name: 'take_lead', offer: offer.id }), 'primary')) : null));
  }

  #openOffer() {
    const view = this.view;
    if (!view) return;
    const others = choices([...knownPeople(view).values()].filter(({ id, role }) => id !== myId(view)
      && role !== undefined && ['administrator', 'sso', 'sro', 'officer', 'chief'].includes(role)));
    openSheet({
      title: LEAD.title, intro: LEAD.intro,
      fields: [
        ...(others.length > 0 ? [{ name: 'to', label: LEAD.to, kind: /** @type {const} */ ('select'), options: others }] : []),
        { name: 'other', label: others.length > 0 ? LEAD.other : LEAD.to_id, required: others.length === 0, hint: LEAD.other_hint },
      ],
      send: LEAD.send,
      onsend: ({ to = '', other = '' }) => this.send({ name: 'offer_lead', to: typedIds(other)[0] ?? to }),
    });
  }

  /** @param {HTMLElement} row @param {PresenceCard} one @param {View} view */
  #update(row, one, view) {
    row.className = one.here ? 'here' : 'away';
    const [name, state] = row.children;
    if (name) say(name, whoWords(one.who));
    if (state) say(state, (one.here ? PEOPLE.here_since : PEOPLE.away_since)(view.time(one.at)));
  }
}

customElements.define('ls-people', People);
