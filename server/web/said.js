// Puts the words of the table where a page's HTML names them: `data-say` for a text,
// `data-say-NAME` for an attribute. Each face imports it first, so that no element that
// reads its own attributes is made before they are there.

import { LANGUAGE, PAGE } from './words.js';

/** @param {string | undefined} name */
function wordsOf(name) {
  const words = /** @type {Record<string, string>} */ (PAGE)[name ?? ''];
  if (words === undefined) throw new Error(`words.js has no "${name}"`);
  return words;
}

document.documentElement.lang = LANGUAGE;
for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-say]'))) {
  element.textContent = wordsOf(element.dataset.say);
}
for (const attribute of ['label', 'again', 'aria-label']) {
  for (const element of document.querySelectorAll(`[data-say-${attribute}]`)) {
    element.setAttribute(attribute, wordsOf(element.getAttribute(`data-say-${attribute}`) ?? undefined));
  }
}
