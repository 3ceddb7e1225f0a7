// Which language this page speaks, and how times and numbers go in it.
//
// A table of words is loaded by one module, with a top-level `await`. A page has one entry, and
// nothing else imports a table: WebKit may fail otherwise (its bug 242740).

const KEY = 'lockstep/language';

function chosen() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

const wanted = [chosen(), ...(globalThis.navigator?.languages ?? [])].find((tag) => /^(en|es)\b/i.test(tag ?? ''));

/** What somebody chose in this browser, or else the first of the browser's own that there are words in.
 * @type {'en' | 'es'} */
export const LANGUAGE = /^es/i.test(wanted ?? '') ? 'es' : 'en';

/** How dates, numbers and names go. */
export const LOCALE = `${LANGUAGE}-US`;

/** From the next load of any page on. @param {string} language */
export function choose(language) {
  try { localStorage.setItem(KEY, language); } catch { /* Storage is off: the browser's own stays. */ }
}

/** Marks what the server says in English, where the page speaks another language. @template {HTMLElement} E @param {E} element */
export function english(element) {
  if (LANGUAGE !== 'en') element.lang = 'en';
  return element;
}

/** @param {number} n @param {string} one @param {string} many */
export const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

/** The hour as Spanish says it: "las 10:42 a.m.", "la 1:05 p.m."; a date has no article. @param {string} time */
export const las = (time) => (/^1:/.test(time) ? `la ${time}` : /^\d+:/.test(time) ? `las ${time}` : time);

/** How long, as a clock: 0:07, 12:45, 1:02:09. @param {number} ms */
export function clockWords(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}
