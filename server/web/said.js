// Puts the words of a table where a page's HTML names them (`data-say` for a text,
// `data-say-aria-label` for a label), says which language the page is in, and switches it.

import { LANGUAGE, choose } from './language.js';
import { OTHER_LANGUAGE } from './words.js';

/** A page loaded anew from a server that does not answer is no page at all. */
const ANSWER_MS = 5000;

/** @param {Record<string, string>} words by the names in the HTML */
export function sayPage(words) {
  const wordsOf = (/** @type {string | null} */ name) => {
    const found = words[name ?? ''];
    if (found === undefined) throw new Error(`no words for "${name}"`);
    return found;
  };
  for (const element of document.querySelectorAll('[data-say]')) element.textContent = wordsOf(element.getAttribute('data-say'));
  for (const element of document.querySelectorAll('[data-say-aria-label]')) element.setAttribute('aria-label', wordsOf(element.getAttribute('data-say-aria-label')));
}

document.documentElement.lang = LANGUAGE;
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('#language'))) {
  button.textContent = OTHER_LANGUAGE.name;
  button.lang = OTHER_LANGUAGE.code;
  button.hidden = false;
  button.addEventListener('click', () => change(button));
}

/** Remembers the other language, and loads the page anew in it: only where there is a server to load
 * it from, so that this button never takes a page away from somebody who needs it. It says `change`
 * just before, for what a page would lose. @param {HTMLButtonElement} button */
async function change(button) {
  choose(OTHER_LANGUAGE.code);
  try {
    const { ok } = await fetch(location.pathname, { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) });
    if (!ok) return;
    button.dispatchEvent(new Event('change'));
    location.reload();
  } catch { /* From the next load on, then. */ }
}
