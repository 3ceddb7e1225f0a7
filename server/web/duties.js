// Duties as every page reads them: what is overdue, what presses most, whose they are, and the
// clocks that run. It never sends; a page does.

/** @import {DutyCard, DutyKind} from './types.js' */
/** @import {View} from './view.js' */
import { h } from './draw.js';
import { clockWords } from './language.js';
import { DUTY, ENGLISH_DUTY, MY_DUTY } from './words.js';

/** The kinds, the most pressing first. */
const PRESSING = /** @type {DutyKind[]} */ (Object.keys(DUTY));

/** The server says so when it is due; the page's clock gets there by itself, also on a line that
 * has gone dead. @param {DutyCard} duty @param {View} view */
export const isOverdue = (duty, view) => duty.overdue || Date.parse(duty.due) <= view.now();

/** Whether it is asked of whoever looks at this page. @param {DutyCard} duty @param {View} view */
export const isMine = (duty, view) => view.you !== null && duty.asks.includes(view.you.role);

/** Whether whoever looks at this page has said that they have it, or have heard. @param {DutyCard} duty @param {View} view */
export const isInMyHand = ({ acknowledged, each }, { you }) => you !== null
  && (acknowledged?.by.name === you.name || (each ?? []).some(({ name, heard }) => heard !== undefined && name === you.name));

/** The most pressing first: by what is asked, overdue before not, the oldest first.
 * @param {View} view @returns {DutyCard[]} */
export function pressing(view) {
  const rank = (/** @type {DutyCard} */ duty) => PRESSING.indexOf(duty.kind);
  return view.screen.all('duty').sort((a, b) => Number(isMine(b, view)) - Number(isMine(a, view)) || rank(a) - rank(b)
    || Number(isOverdue(b, view)) - Number(isOverdue(a, view)) || a.since.localeCompare(b.since));
}

/** What the server's words of a duty say beyond what it is; nothing where they say no more. @param {DutyCard} duty */
export function saysMore({ kind, say: words }) {
  const title = ENGLISH_DUTY[kind] ?? DUTY[kind];
  const rest = words.startsWith(title) ? words.slice(title.length).replace(/^\.\s*/, '') : words;
  return rest.trim();
}

/** The clock of a duty: how long it has been open, and OVERDUE in words. @param {DutyCard} duty @param {View} view */
export function dutyClock(duty, view) {
  const time = clockWords(view.now() - Date.parse(duty.since));
  return isOverdue(duty, view) ? MY_DUTY.overdue(time) : time;
}

/** A clock element. Its page draws it each second: time alone makes a duty overdue. */
export const clock = () => h('span', { class: 'clock' });
