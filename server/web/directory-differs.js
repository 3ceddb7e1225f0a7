// What a change of the directory would come to, told before it is made: field by field what stands and what
// takes its place, in the words of the sheet and in its reader's language.

/** @import {Page, Person} from './directory-asked.js' */
import { h, say, show } from './draw.js';
import { GIVEN, HAND } from './words-hand.js';

/** Each field and what stands in it; nothing is no word. @typedef {[string, string][]} Told */

/** @param {Page} page @param {Person} person @returns {Told} */
export function ofPerson({ campuses, place }, { name, role, campuses: served, room, addresses, certification: on }) {
  const called = (/** @type {string} */ id) => campuses.find((campus) => campus.id === id)?.name ?? id;
  return [
    [HAND.name, name], [HAND.role, GIVEN[role]], [HAND.campuses, served.map(called).join(', ')],
    [HAND.room, room ? place?.rooms.find(({ id }) => id === room)?.name ?? room : ''], [HAND.addresses, (addresses ?? []).join(', ')],
    [HAND.agency, on?.agency ?? ''], [HAND.badge, on?.badge ?? ''], [HAND.kind, on?.kind ?? ''], [HAND.number, on?.number ?? ''],
    [HAND.employed, on ? on.full_time ? HAND.full : HAND.part : ''], [HAND.until, on?.valid_until ?? ''],
  ];
}

/** @param {Page} page @param {{name: string, zone: string}} room @returns {Told} */
export const ofRoom = ({ place }, { name, zone }) => [[HAND.name, name], [HAND.zone, place?.zones.find(({ id }) => id === zone)?.name ?? zone]];

/** A place for it, which is empty until something was looked at. */
export function makeDiffers() {
  const fields = h('dl');
  const takes = h('p', { class: 'small' });
  const place = h('section', { class: 'differs', role: 'status', hidden: true }, h('h3', {}, HAND.look_title), fields, takes);
  /** @param {'was' | 'is'} when @param {string} value */
  const line = (when, value) => h('dd', { class: when }, h('small', {}, HAND[when]), ' ', value || HAND.nothing);
  return {
    place,
    hide: () => show(place, false),
    /** @param {Told | null} was @param {Told} is @param {boolean} pin */
    tell(was, is, pin) {
      const differing = is.map(([label, now], at) => ({ label, now, before: was?.[at]?.[1] ?? '' })).filter(({ now, before }) => now !== before);
      fields.replaceChildren(...differing.flatMap(({ label, now, before }) => [h('dt', {}, label), ...(before ? [line('was', before)] : []), line('is', now)]));
      say(takes, differing.length === 0 ? HAND.same : pin ? HAND.takes_pin : HAND.takes_none);
      show(place, true);
      // And what sends it, which stands beneath.
      (place.nextElementSibling ?? place).scrollIntoView({ block: 'nearest' });
    },
  };
}
