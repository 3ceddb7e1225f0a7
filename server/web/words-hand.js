// What the page of people and rooms alone says, in the language of the page.

import { LANGUAGE } from './language.js';

const { default: table } = await (LANGUAGE === 'es' ? import('./words-hand-es.js') : import('./words-hand-en.js'));

export const { HAND_PAGE, HAND, GIVEN } = table;
