// What a face draws of one campus, worked out once: the headline, and how far to trust it.
// The one place that decides when a screen may read "Normal".

/** @import {Command, DrillCard, Role, Trust} from './types.js' */
/** @import {Link} from './link.js' */
/** @import {Headline} from './words.js' */
import { clockOf } from './draw.js';
import { LANGUAGE } from './language.js';
import { Screen } from './screen.js';
import { DRILL, INSTRUCTION, POSTURE, SIGN, drillWord, inside } from './words.js';

/** Drawn alike for every campus that nothing is known of. */
const EMPTY = new Screen();

/** The headline of a screen: "Normal" only where it is known to hold (R2, A2).
 * @param {Screen} screen @param {Trust} trust @returns {{headline: Headline, lastKnown: string}} */
export function headlineOf(screen, trust) {
  const posture = screen.posture();
  /** @type {Headline} */
  const shown = posture === 'normal' && screen.checking() ? 'checking' : posture;
  if (trust.reliable) return { headline: shown, lastKnown: '' };
  // The last severe posture stays; a calm one is worth nothing once it may be old.
  const severe = shown === 'lock_down' || shown === 'controlled_movement' || shown === 'checking';
  if (severe) return { headline: shown, lastKnown: '' };
  const lastKnown = screen.position && posture !== 'normal' ? SIGN.last_known(inside(POSTURE[posture])) : '';
  return { headline: 'unknown', lastKnown };
}

/** What a threat that is being checked makes nobody calm about: as the server words it (A2). @type {Set<Headline>} */
const CALM = new Set(['normal', 'all_clear', 'lifted_by_school']);

/** What to do: in the campus's own words for the radio, which are English, and the page's where
 * there are none or it speaks another language. @param {string | undefined} words @param {Headline} headline */
const campusWords = (words, headline) => (LANGUAGE === 'en' && words) || INSTRUCTION[headline];

/** What a drill puts on the screen, in place of what a calm campus reads (D1, D3). A screen that
 * may be old says what it last knew: the drill may be over, and something real in its place.
 * @param {DrillCard | undefined} drill @param {Trust} trust */
function practised(drill, trust) {
  if (!drill) return null;
  const word = drillWord(drill.kind, drill.posture);
  if (!trust.reliable) return { band: DRILL.last_known(word) };
  // A test alert has no posture: the day goes on (D5).
  if (drill.kind === 'test_alert') return { band: DRILL.test(word), beside: word };
  // Words that campuses wrote for the real thing may say that it is no drill.
  const instruction = /drill/i.test(drill.instruction) ? INSTRUCTION[drill.posture] : campusWords(drill.instruction, drill.posture);
  return { band: DRILL.not_real, shows: { headline: /** @type {const} */ ('drill'), word, instruction, icon: drill.posture, since: drill.since } };
}

/** @typedef {ReturnType<typeof viewOf>} View */

/** @param {Link} link @param {string} id */
export function viewOf(link, id) {
  const followed = link.followed.get(id);
  const screen = followed?.screen ?? EMPTY;
  const trust = link.trust(id);
  const campus = screen.one('campus');
  const card = screen.one('posture');
  const name = link.campuses.find((one) => one.id === id);
  const { headline: real, lastKnown } = headlineOf(screen, trust);
  const drill = screen.drill();
  const practice = practised(drill, trust);
  const headline = practice?.shows?.headline ?? real;
  // Also where the server has not said so yet (D2).
  const drillOver = !drill && (card?.drill_over === true || screen.one('drill') !== undefined);
  // The campus's own words, unless they were written for another posture than what is shown.
  const fits = card !== undefined && card.posture === headline;
  const instruction = campusWords(fits ? card.instruction : undefined, screen.checking() && CALM.has(headline) ? 'checking' : headline);
  const items = [...screen.all('raise'), ...screen.all('threat'), ...screen.all('release')];
  const firstAt = items.map((item) => item.at).sort()[0];
  return {
    id,
    name: campus?.name ?? name?.name ?? id,
    face: link.face,
    you: link.you,
    screen,
    trust,
    campus,
    card,
    headline,
    lastKnown,
    word: practice?.shows?.word ?? POSTURE[headline],
    /** In front of the headline, where a drill leaves it as it is: a title and a list say both. */
    beside: practice?.beside ?? '',
    icon: practice?.shows?.icon ?? headline,
    instruction: practice?.shows?.instruction ?? (drillOver && headline === 'normal' ? DRILL.over_instruction : instruction),
    caveat: headline === 'lifted_by_school' ? SIGN.not_an_all_clear : fits && card.record_lost ? SIGN.record_lost : '',
    since: headline === 'unknown' || headline === 'normal' ? undefined : practice?.shows?.since ?? ((fits && card.since) || firstAt),
    drill,
    drillOver,
    /** The band over the page: that it is a drill, or that it no longer is one. */
    band: practice?.band ?? (drillOver ? DRILL.over : ''),
    /** A threat is being checked beside what the headline says. */
    checkingToo: screen.checking() && headline !== 'checking' && headline !== 'unknown',
    marks: [...new Set([...(card?.marks ?? []), ...screen.all('release').flatMap((r) => r.marks ?? []), ...(drill?.marks ?? [])])],
    notRecorded: followed?.notRecorded().length ?? 0,
    degraded: followed?.degraded ?? false,
    mayLockDown: name?.may_lock_down ?? false,
    time: clockOf(campus?.time_zone),
    /** The server's time now, for clocks that run. */
    now: () => followed?.now(performance.now()) ?? Date.now(),
  };
}

/** Something is open that a sweep is for. @param {View} view */
export function swept({ screen }) {
  const posture = screen.posture();
  return posture === 'lock_down' || posture === 'controlled_movement';
}

const SWORN = new Set(['sro', 'officer', 'chief']);
const LEADS = new Set(['administrator', 'sso', ...SWORN]);

/** Whether a button is worth showing to this role. Only the server decides (A6); this keeps
 * buttons away from people whom it would refuse anyway.
 * @param {Command['name'] | 'open_roster' | 'open_own_roster'} command @param {View} view */
export function mayAsk(command, { you, mayLockDown, campus }) {
  const role = /** @type {Role | undefined} */ (you?.role);
  if (!role) return false;
  const [leads, sworn] = [LEADS.has(role), SWORN.has(role)];
  const person = role !== 'monitor' && role !== 'room' && role !== 'operator';
  switch (command) {
    case 'call_lock_down':
    case 'call_drill_lock_down':
    case 'answer_threat': return mayLockDown;
    case 'report_sighting':
    case 'open_escalation':
    case 'record_line':
    case 'finish_duty':
    case 'record_contact':
    // Of these, who is asked stands on the duty.
    case 'acknowledge_duty':
    case 'decline_duty': return person;
    case 'judge_contact_safe':
    case 'withdraw_contact': return role === 'administrator' || role === 'sro' || role === 'sso';
    case 'start_drill':
    case 'end_drill': return role === 'administrator' || role === 'sro';
    // The class in one's own room: who is missed, is missed by name.
    case 'open_own_roster': return (role === 'staff' || role === 'eyes') && Boolean(you?.room);
    case 'offer_lead':
    case 'open_roster':
    case 'take_lead':
    case 'begin_controlled_movement':
    case 'answer_plea': return leads;
    case 'report_threat': return role !== 'operator';
    case 'report_room':
    case 'report_drill_room':
    case 'acknowledge': return role !== 'operator' && role !== 'monitor';
    case 'annotate_mistake': return leads || role === 'director' || role === 'superintendent';
    case 'report_adverse': return leads;
    case 'arrive':
    case 'leave': return leads || role === 'director' || role === 'superintendent';
    case 'say_not_clear':
    case 'object_to_lift':
    case 'withdraw_not_clear':
    case 'set_aside_not_clear':
    case 'withdraw_objection':
    case 'start_sweep':
    case 'clear_zone':
    case 'clear_drill_zone':
    case 'give_drill_all_clear':
    case 'open_room':
    case 'give_all_clear': return sworn;
    case 'propose_lift': return role === 'administrator' && campus?.school_lift !== false;
    case 'confirm_lift': return (role === 'administrator' || role === 'director') && campus?.school_lift !== false;
    case 'set_aside_objection': return role === 'director';
    case 'end_controlled_movement':
    case 'resume':
    case 'close_incident': return role === 'administrator' || sworn;
  }
}

/** The same of what people do to the directory, which is no command.
 * @param {'change_policy' | 'enrol_officer' | 'certify_officer' | 'read_directory'} act @param {Role | undefined} role */
export function mayDirect(act, role) {
  switch (act) {
    case 'read_directory': return role === 'administrator' || role === 'chief' || role === 'director' || role === 'superintendent';
    case 'change_policy': return role === 'director' || role === 'superintendent';
    case 'enrol_officer': return role === 'administrator' || role === 'sro' || role === 'director';
    case 'certify_officer': return role === 'director' || (role !== undefined && SWORN.has(role));
  }
}
