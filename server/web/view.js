// What a face draws of one campus, worked out once: the headline, and how far to trust it.
// The one place that decides when a screen may read "Normal".

/** @import {Command, ProposalCard, Role, Trust} from './types.js' */
/** @import {Link} from './link.js' */
/** @import {Headline} from './words.js' */
import { clockOf } from './draw.js';
import { Screen } from './screen.js';
import { INSTRUCTION, NOT_AN_ALL_CLEAR, POSTURE } from './words.js';

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
  const lastKnown = screen.position && posture !== 'normal' ? `Last known: ${POSTURE[posture].toLowerCase()}.` : '';
  return { headline: 'unknown', lastKnown };
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
  const { headline, lastKnown } = headlineOf(screen, trust);
  // The campus's own words, unless they were written for another posture than what is shown.
  const fits = card !== undefined && card.posture === headline;
  const items = [...screen.all('raise'), ...screen.all('threat'), ...screen.all('release')];
  const firstAt = items.map((item) => item.at).sort()[0];
  return {
    id,
    name: campus?.name ?? name?.name ?? id,
    you: link.you,
    screen,
    trust,
    campus,
    card,
    headline,
    lastKnown,
    word: POSTURE[headline],
    instruction: fits && card.instruction ? card.instruction : INSTRUCTION[headline],
    caveat: headline === 'lifted_by_school' ? NOT_AN_ALL_CLEAR : '',
    since: headline === 'unknown' || headline === 'normal' ? undefined : (fits && card.since) || firstAt,
    /** A threat is being checked beside what the headline says. */
    checkingToo: screen.checking() && headline !== 'checking' && headline !== 'unknown',
    marks: [...new Set([...(card?.marks ?? []), ...screen.all('release').flatMap((r) => r.marks ?? [])])],
    notRecorded: followed?.notRecorded().length ?? 0,
    degraded: followed?.degraded ?? false,
    mayLockDown: name?.may_lock_down ?? false,
    time: clockOf(campus?.time_zone),
  };
}

const SWORN = new Set(['sro', 'officer', 'chief']);
const LEADS = new Set(['administrator', 'sso', ...SWORN]);

/** Whether a button is worth showing to this role. Only the server decides (A6); this keeps
 * buttons away from people whom it would refuse anyway.
 * @param {Command['name']} command @param {View} view */
export function mayAsk(command, { you, mayLockDown, campus }) {
  const role = /** @type {Role | undefined} */ (you?.role);
  if (!role) return false;
  const [leads, sworn] = [LEADS.has(role), SWORN.has(role)];
  switch (command) {
    case 'call_lock_down':
    case 'answer_threat': return mayLockDown;
    case 'begin_controlled_movement':
    case 'answer_plea': return leads;
    case 'report_threat': return role !== 'operator';
    case 'report_room':
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

/** The lift proposal that can still be confirmed: anything new voids one (S4). Only the server
 * knows its five minutes. @param {Screen} screen @returns {ProposalCard | undefined} */
export function standingProposal(screen) {
  const open = screen.openRaises();
  const names = (/** @type {ProposalCard} */ { lifts }) => open.length > 0 && lifts.length === open.length && open.every((id) => lifts.includes(id));
  return screen.all('proposal').filter(names).sort((a, b) => b.at.localeCompare(a.at))[0];
}
