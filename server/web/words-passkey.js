// What is said of passkeys, in the language of the page: apart from the rest, so that only those who
// use them load it.

import { LANGUAGE } from './language.js';

const { default: table } = await (LANGUAGE === 'es' ? import('./words-passkey-es.js') : import('./words-passkey-en.js'));

export const { PASSKEY } = table;
