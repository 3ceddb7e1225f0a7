// How pages put things on the glass: elements, icons, lists that keep their elements, times.
// Text only ever goes in as text; nothing here parses markup.

/** @import {Who} from './types.js' */
/** @import {Headline} from './words.js' */
import { LOCALE } from './language.js';
import { ROLE } from './words.js';

/** @typedef {Node | string | null | undefined | false} Child */

/** An element. `on*` are listeners, `class` is its class, booleans and strings are attributes.
 * @template {keyof HTMLElementTagNameMap} T @param {T} tag @param {Record<string, unknown>} [props] @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]} */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on') && typeof value === 'function') {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Sets a text only where it changed, so that live regions speak once. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {boolean} shown */
export const show = (element, shown) => element.toggleAttribute('hidden', !shown);

/** Shapes differ as well as colours do: nothing is told by colour alone. @type {Record<Headline, [string, string]>} */
const ICONS = {
  normal: ['M12 1.5a10.5 10.5 0 1 0 0 21 10.5 10.5 0 0 0 0-21z', 'M7.2 12.4l3.3 3.3 6.3-7'],
  all_clear: ['M12 1.2 3 4.8v6.4c0 5.2 3.8 9.4 9 11.6 5.2-2.2 9-6.4 9-11.6V4.8z', 'M7.6 11.8l3 3 5.8-6.3'],
  lifted_by_school: ['M12 1.5 1.5 9.5V22.5h21V9.5z', 'M7.5 14.5l3 3 6-6.5'],
  controlled_movement: ['M12 1.5 23.2 21.8H.8z', 'M12 9v6 M12 18v.2'],
  lock_down: ['M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z', 'M7.5 11.2h9v6h-9z M9.2 11V8.8a2.8 2.8 0 0 1 5.6 0V11'],
  stay_locked: ['M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z', 'M7.5 11.2h9v6h-9z M9.2 11V8.8a2.8 2.8 0 0 1 5.6 0V11'],
  checking: ['M12 .8 23.2 12 12 23.2.8 12z', 'M9.3 9.6a2.8 2.8 0 1 1 4.3 2.3c-1 .6-1.6 1.1-1.6 2.1 M12 17.2v.2'],
  drill: ['M3 2h9a10 10 0 0 1 0 20H3z', 'M8.5 7.2v9.6h2.6a4.8 4.8 0 0 0 0-9.6z'],
  unknown: ['M1.5 4.5h21v15h-21z', 'M9.3 9.6a2.8 2.8 0 1 1 4.3 2.3c-1 .6-1.6 1-1.6 1.7 M12 16.6v.2'],
};

/** @param {Headline} name */
export function icon(name) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  ICONS[name].forEach((d, i) => {
    const path = document.createElementNS(ns, 'path');
    path.setAttribute('d', d);
    path.setAttribute('class', i === 0 ? 'shape' : 'mark');
    svg.append(path);
  });
  return svg;
}

/** While it runs, a second press is none. A button that is busy keeps the focus, as one that is disabled does not.
 * @param {HTMLElement} button @param {() => unknown} act */
export async function once(button, act) {
  if (button.ariaBusy === 'true') return;
  button.ariaBusy = 'true';
  try { await act(); } finally { button.ariaBusy = 'false'; }
}

/** The key of each element that a list made. @type {WeakMap<Element, string>} */
const KEYS = new WeakMap();

/** Brings a list up to date, keeping the element of each key: focus and selection stay. Of those that
 * change places as few as can be are moved: one room that reports leaves hundreds where they are.
 * @template T @template {HTMLElement} E @param {HTMLElement} parent @param {T[]} items @param {(item: T) => string} key
 * @param {(item: T) => E} make @param {(element: E, item: T) => void} [update] */
export function keyed(parent, items, key, make, update) {
  const old = new Map([...parent.children].map((child, at) => [KEYS.get(child) ?? '', { child, at }]));
  /** @type {number[]} */
  const places = [];
  const elements = items.map((item) => {
    const k = key(item);
    const had = old.get(k);
    old.delete(k);
    const element = had ? /** @type {E} */ (had.child) : make(item);
    KEYS.set(element, k);
    places.push(had?.at ?? -1);
    update?.(element, item);
    return element;
  });
  for (const { child } of old.values()) child.remove();
  const stay = rising(places);
  /** @type {E | null} */
  let next = null;
  for (const [i, element] of [...elements.entries()].reverse()) {
    if (!stay.has(i)) parent.insertBefore(element, next);
    next = element;
  }
}

/** Of places that were, the indices of a longest rising run: those that can stay. What is new was at -1.
 * @param {number[]} places @returns {Set<number>} */
export function rising(places) {
  /** Ends of the runs of each length, the lowest that there is. @type {number[]} */
  const ends = [];
  const before = places.map((place, i) => {
    if (place < 0) return -1;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[ends[middle] ?? 0] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    ends[low] = i;
    return ends[low - 1] ?? -1;
  });
  const stay = new Set();
  for (let i = ends.at(-1) ?? -1; i >= 0; i = before[i] ?? -1) stay.add(i);
  return stay;
}

const collator = new Intl.Collator(LOCALE, { numeric: true });

/** "Room 9" before "Room 10". @param {{name: string}} a @param {{name: string}} b */
export const byName = (a, b) => collator.compare(a.name, b.name);

/** Formats are dear to make, and a page draws many times a second. @type {Map<string | undefined, ReturnType<typeof makeClock>>} */
const clocks = new Map();

/** Times as the campus reads them. @param {string | undefined} zone */
export function clockOf(zone) {
  let clock = clocks.get(zone);
  if (!clock) clocks.set(zone, clock = makeClock(zone));
  return clock;
}

/** @param {string | undefined} zone */
function makeClock(zone) {
  const options = /** @type {const} */ ({ hour: 'numeric', minute: '2-digit' });
  const day = /** @type {const} */ ({ month: 'short', day: 'numeric' });
  const make = (/** @type {Intl.DateTimeFormatOptions} */ o) => {
    try { return new Intl.DateTimeFormat(LOCALE, { ...o, timeZone: zone }); } catch { return new Intl.DateTimeFormat(LOCALE, o); }
  };
  const [time, exact, date] = [make(options), make({ ...options, second: '2-digit' }), make(day)];
  /** @param {string | Date} at @param {boolean} [seconds] */
  return (at, seconds = false) => {
    const when = new Date(at);
    if (Number.isNaN(when.getTime())) return '?';
    const said = (seconds ? exact : time).format(when);
    const on = date.format(when);
    return on === date.format(new Date()) ? said : `${on}, ${said}`;
  };
}

/** @param {Who | undefined} by */
export const whoWords = (by) => (by ? `${by.name} (${ROLE[by.role]})` : '');

/** Draws at most once a frame, however much comes in. @param {() => void} draw */
export function eachFrame(draw) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; draw(); });
  };
}
