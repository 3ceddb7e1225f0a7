// What every page owes to whoever has a keyboard and nothing else: the focus is never lost to what was
// drawn anew, and a key that is held down, or hit twice by a hand that shakes, is one press.

import { eachFrame } from './draw.js';

/** Two presses that are sooner than this are one gesture. */
export const APART_MS = 350;

/** What takes the focus of something in it that is gone, where no row does. */
const AROUND = '[role=region], [role=group], section, dialog, main';

/** Where the focus was: the element, its row's place in its list, and what is around it, from within outwards.
 * @typedef {{had: HTMLElement, rows: Element | null, at: number, around: HTMLElement[]}} Place */

/** Where the focus was on the page. @type {Place | null} */
let onPage = null;

/** Where it was in a sheet, while that lies over the page. @type {Place & {sheet: HTMLDialogElement} | null} */
let onSheet = null;

/** @param {HTMLElement} had @returns {Place} */
function placeOf(had) {
  const row = had.closest('li');
  const rows = row?.parentElement ?? null;
  const around = [];
  for (let one = had.parentElement; one; one = one.parentElement) if (one.matches(AROUND)) around.push(one);
  return { had, rows, at: row && rows ? [...rows.children].indexOf(row) : -1, around };
}

const lastPlace = () => (onSheet?.sheet.open ? onSheet : onPage);

/** Hands the focus on where what had it is gone or hidden: to the row that now stands in its place, or
 * to what is around it. Never to another button: that is what the next press of the same key would press. */
function handOn() {
  const { activeElement: now } = document;
  const last = lastPlace();
  if (!last || (now && now !== document.body && now !== last.had) || (last.had.isConnected && last.had.checkVisibility())) return;
  const { rows, at, around } = last;
  const row = rows?.children[Math.min(at, rows.children.length - 1)];
  const next = [row, ...around, document.querySelector('main')].find((one) => one?.isConnected && one.checkVisibility());
  if (!(next instanceof HTMLElement)) return;
  if (!next.hasAttribute('tabindex')) next.tabIndex = -1;
  // A row is where they were; a region may be larger than the screen, and nothing is to jump for that.
  next.focus({ preventScroll: next !== row });
}

addEventListener('focusin', ({ target }) => {
  if (!(target instanceof HTMLElement)) return;
  const sheet = target.closest('dialog');
  onSheet = sheet && { ...placeOf(target), sheet };
  if (!sheet) onPage = placeOf(target);
});
// Whoever points elsewhere is there from then on.
addEventListener('pointerdown', () => { onPage = onSheet = null; }, true);
const look = eachFrame(handOn);
/** Whether this hid what has the focus. @param {MutationRecord} change */
const hides = ({ attributeName, target }) => attributeName === 'hidden' && target instanceof HTMLElement && target.hidden && target.contains(lastPlace()?.had ?? null);
// What is gone or hidden loses the focus at once. Whatever else might have hidden it is looked for once a frame: that
// has the page laid out.
new MutationObserver((changes) => { if (document.activeElement === document.body || changes.some(hides)) handOn(); else look(); }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ['hidden', 'class'] });
addEventListener('keydown', (event) => {
  if (event.repeat && event.key === 'Enter' && !(event.target instanceof HTMLTextAreaElement)) event.preventDefault();
}, true);
