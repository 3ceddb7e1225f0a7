// What the page of people and rooms asks the server, and how that answers.

/** @import {Answer, Face, Role, You} from './types.js' */
/** @import {Asked} from './direct.js' */
import { ask } from './direct.js';

/** @typedef {{agency: string, badge: string, kind?: string, number: string, full_time: boolean, valid_until: string}} Certification */
/** @typedef {{name: string, role: Role, campuses: string[], room?: string | null, certification?: Certification | null, may_lock_down?: string[], addresses?: string[]}} Person */
/** @typedef {{id: string, person: Person, elsewhere?: boolean, by_hand?: boolean, may_change?: boolean, may_switch_off?: boolean, may_make_code?: boolean}} Someone */
/** @typedef {{id: string, name: string, zone: string, by_hand?: boolean}} Room */
/** @typedef {{id: string, room: string, by_hand?: boolean}} Display */
/** @typedef {{may_change: boolean, zones: {id: string, name: string}[], rooms: Room[], displays: Display[]}} Place */
/** @typedef {{version: number, may_give: Role[], campuses: {id: string, name: string}[], people: Someone[], next?: string, place?: Place}} Page */
/** `proof_needed` says of a change that was only looked at that making it takes a PIN.
 * @typedef {{version: number, principal?: string, changes: string[], proof_needed?: boolean}} Changed */
/** @typedef {{code: string, expires_at: string, link?: string, qr?: string}} Code */
/** @typedef {{id: string, made_at: string, this?: boolean}} SignIn */
/** @typedef {{face: Face, you: You}} Me */

/** Pages that are read one after the other: more than a district has. */
const PAGES_MAX = 256;

/** Everybody of a campus, or of the district alone. @param {Face} face @param {string} campus @returns {Promise<Asked<Page>>} */
export async function readPage(face, campus) {
  const of = campus ? `campus=${encodeURIComponent(campus)}&` : '';
  /** @type {Asked<Page>} */
  const first = await ask(face, 'GET', `/directory?${of}`);
  if (!first.made) return first;
  const people = [...first.made.people];
  let { next } = first.made;
  for (let i = 1; next && i < PAGES_MAX; i += 1) {
    /** @type {Asked<Page>} */
    const more = await ask(face, 'GET', `/directory?${of}after=${encodeURIComponent(next)}`);
    if (!more.made) return more;
    people.push(...more.made.people);
    ({ next } = more.made);
  }
  return { made: { ...first.made, people: campus ? people : people.filter(({ person }) => person.campuses.length === 0) } };
}

/** Whether a change may be made, and what making it takes: nothing is changed. @param {Face} face @param {number} expected @param {unknown} change @returns {Promise<Asked<Changed>>} */
export const tryOf = (face, expected, change) => ask(face, 'POST', '/directory/changes', { expected, change, dry_run: true });

/** @param {Face} face @param {number} expected @param {unknown} change @param {string} [pin] @param {string} [reason] @returns {Promise<Asked<Changed>>} */
export const changeOf = (face, expected, change, pin, reason) => ask(face, 'POST', '/directory/changes', { expected, change, pin: pin || undefined, reason: reason || undefined });

/** @param {Face} face @param {string} principal @param {string} [pin] @returns {Promise<Asked<Code>>} */
export const newCode = (face, principal, pin) => ask(face, 'POST', '/codes', { principal, pin: pin || undefined });

/** @param {Face} face @param {string} principal @returns {Promise<Asked<{sign_ins: SignIn[]}>>} */
export const signInsOf = (face, principal) => ask(face, 'GET', `/sign-ins?principal=${encodeURIComponent(principal)}`);

/** @param {Face} face @param {string} id @returns {Promise<Asked<unknown>>} */
export const switchOff = (face, id) => ask(face, 'DELETE', `/sign-ins/${encodeURIComponent(id)}`);
