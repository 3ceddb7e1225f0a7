// What the plain pages alone say (the first page, sign-in, policy, officers on scene), in the
// language of the page: apart from `words.js`, so that a classroom on a thin line does not load it.

import { LANGUAGE } from './language.js';

const { default: table } = await (LANGUAGE === 'es' ? import('./words-direct-es.js') : import('./words-direct-en.js'));

export const { PLAIN, POLICY, POLICY_SAYS, CERTIFICATION, OFFICER_SAYS, PASSKEYS, RECORD, SIGN_ON, NO_ANSWER } = table;
