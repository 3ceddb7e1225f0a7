// Puts the words of a table where a page's HTML names them (`data-say` for a text,
// `data-say-aria-label` for a label), and says which language the page is in.

import { LANGUAGE } from './language.js';

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
