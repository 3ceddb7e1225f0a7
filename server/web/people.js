// The people that a page knows of, by their id: from who recorded an arrival, who judges a contact,
// who leads and who was asked for something. A page has no list of the staff.

/** @import {PresenceCard, Role} from './types.js' */
/** @import {View} from './view.js' */
import { byName } from './draw.js';
import { ROLE } from './words.js';
import { PEOPLE } from './words-command.js';

/** @typedef {{id: string, name: string, role: Role | undefined, here: boolean | undefined}} Known */

/** The id of whoever looks at the page, if it is a person. @param {View} view */
export const myId = (view) => view.you?.principal.replace(/^person:/, '') ?? '';

/** Whether they are recorded as on campus: what is not known is never here (C6). @param {View} view */
export const isHere = (view) => view.screen.all('presence').some(({ person, here }) => here && `person:${person}` === view.you?.principal);

/** @param {View} view @returns {Map<string, Known>} */
export function knownPeople(view) {
  /** @type {Map<string, Known>} */
  const known = new Map();
  const add = (/** @type {string} */ id, /** @type {string} */ name, /** @type {Role | undefined} */ role = undefined) => {
    const before = known.get(id);
    known.set(id, { id, name, role: role ?? before?.role, here: before?.here });
  };
  for (const { id, name, role } of view.campus?.people ?? []) add(id, name, role);
  for (const { asks, tried } of view.screen.all('duty')) {
    // Where several roles are asked, an attempt does not say which of them this person has.
    for (const { person, name } of tried ?? []) if (name) add(person, name, asks.length === 1 ? asks[0] : undefined);
  }
  for (const { judged } of view.screen.all('contact')) for (const { person, who } of judged) add(person, who.name, who.role);
  const lead = view.screen.one('lead')?.lead;
  if (lead) add(lead.person, lead.who.name, lead.who.role);
  for (const { person, who, here } of view.screen.all('presence')) known.set(person, { id: person, name: who.name, role: who.role, here });
  if (view.you && view.you.principal.startsWith('person:')) add(myId(view), view.you.name, view.you.role);
  return known;
}

/** Their name, or their id where nothing else is known of them. @param {Map<string, Known>} known @param {string} id */
export const nameOf = (known, id) => known.get(id)?.name ?? id;

/** As a list of choices, those who are here first; whose role is not known may be typed in. @param {Iterable<Known>} people @returns {[string, string][]} */
export function choices(people) {
  return [...people].filter(({ role }) => role !== undefined).sort((a, b) => Number(b.here ?? false) - Number(a.here ?? false) || byName(a, b))
    .map(({ id, name, role, here }) => [id, [role ? `${name} (${ROLE[role]})` : name, here === true ? PEOPLE.here : here === false ? PEOPLE.away : PEOPLE.not_recorded].join(', ')]);
}

/** Ids that somebody typed: separated by commas or blanks. @param {string} typed */
export const typedIds = (typed) => typed.split(/[\s,]+/).map((id) => id.replace(/^person:/, '')).filter(Boolean);
