// What the pages of those who answer for a campus and the district's board say, in the language of
// the page: apart from `words.js`, so that a classroom on a thin line does not load it.

import { LANGUAGE, LOCALE, clockWords } from './language.js';

const { default: table } = await (LANGUAGE === 'es' ? import('./words-command-es.js') : import('./words-command-en.js'));

export const {
  CONSOLE, PANEL, THREAT_KIND, MOVEMENT, ATTENTION, DUTY_SAYS, BASIS, LINE, HELP, HELP_SHORT, LINE_SAYS, DANGER, SIGHTING, CONTACT, SOUND,
  PEOPLE, LEAD, REACH, ROOMS, ROSTER, SWEEP, RELEASE, DRILLS, BOARD, OFFICER,
} = table;

const tenths = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A short time: 240 ms, 3.2 s, 4:10 min. @param {number | undefined} ms */
export function shortTime(ms) {
  if (ms === undefined) return REACH.not_yet;
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000 ? `${tenths.format(ms / 1000)} s` : `${clockWords(ms)} min`;
}
