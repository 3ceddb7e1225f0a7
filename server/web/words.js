// What every face says, in the language of the page: its table, and what is put together of it.
// What people wrote and most of what the server says comes over the wire; what the pages show
// of that in their own words (refusals) is here.

/** @import {Answer, Command, DrillKind, Posture, Refusal, RoomReport, Trust} from './types.js' */
import { LANGUAGE } from './language.js';

/** A posture, or what stands in its place. @typedef {Posture | 'checking' | 'unknown' | 'stay_locked' | 'drill'} Headline */

const { default: table } = await (LANGUAGE === 'es' ? import('./words-es.js') : import('./words-en.js'));

export const {
  OTHER_LANGUAGE, PAGE, POSTURE, INSTRUCTION, SIGN, TRUST, ROLE, MARK, ROOM_STATE, ROOM, DRILL, DRILL_KIND, DUTY, MY_DUTY, ENGLISH_DUTY,
  AGENCY, AGENCY_CHOICE, BASIS_CHOICE, LINE_STATE, HELP_SHEET, THREAT_SHEET, SIGHTING_SHEET, DANGER_CHOICE, PICTURE, SHEET, ANSWER, OUTBOX, COMMAND, CLOSED,
} = table;
const { COUNT, COMMAND_OF, REFUSAL } = table;

/** As it stands inside a sentence. @param {string} words */
export const inside = (words) => words.charAt(0).toLowerCase() + words.slice(1);

/** What a screen shows of a drill. @param {DrillKind} kind @param {Posture} posture */
export const drillWord = (kind, posture) => DRILL.marked(inside(kind === 'test_alert' ? DRILL_KIND.test_alert : POSTURE[posture]));

/** @param {RoomReport} report */
export const counts = ({ present, injured, missing, extra }) => [
  present !== undefined && COUNT.present(present),
  injured && COUNT.injured(injured),
  missing && COUNT.missing(missing),
  extra && COUNT.extra(extra),
].filter(Boolean).join(', ');

/** Why a screen cannot be relied on, and since when. @param {Trust} trust @param {(at: Date) => string} time */
export function distrust({ why, since }, time) {
  switch (why) {
    case 'ok': return '';
    case 'never':
    case 'behind':
    case 'held': return TRUST[why];
    case 'not_connected':
    case 'signed_out': return since ? TRUST[/** @type {const} */ (`${why}_since`)](time(since)) : TRUST[why];
  }
}

/** A refusal in the page's language, where there are words for its code. What was said beyond
 * the code's own sentence (which field, which file) stays as it came. @param {Refusal} refusal @returns {Refusal} */
export function refusalWords(refusal) {
  const own = REFUSAL[refusal.code];
  if (!own) return refusal;
  const { message: came } = refusal;
  const more = came.startsWith(own.english) ? came.slice(own.english.length) : ` ${came}`;
  return { ...refusal, message: own.message + more, advice: own.advice };
}

/** What came of a command, in a sentence. @param {Answer} answer */
export function answered(answer) {
  if (answer.kind === 'refused') return `${answer.refusal.message} ${answer.refusal.advice}`;
  return answer.kind === 'accepted' ? ANSWER[answer.accepted.holds] : answer.message;
}

/** What an outbox item is. @param {Command} command */
export function commandWords(command) {
  switch (command.name) {
    case 'report_room': return COMMAND_OF.report_room(inside(ROOM_STATE[command.report.state]));
    case 'report_sighting': return COMMAND_OF.report_sighting(command.seen);
    case 'open_escalation': return COMMAND_OF.open_escalation(AGENCY[command.agency]);
    case 'record_line': return COMMAND_OF.record_line(inside(LINE_STATE[command.state]));
    case 'report_drill_room': return DRILL.report;
    default: return /** @type {Partial<Record<Command['name'], string>>} */ (COMMAND)[command.name] ?? command.name;
  }
}
