// What a page says of its own: one table, so that a second language is a second table. Only
// what must be read before any script runs stands in the HTML as well. What the campus or the server says (instructions, refusals, lines) comes over the wire.

/** @import {Answer, Command, Mark, Posture, Role, RoomReport, RoomState, ThreatKind, Trust} from './types.js' */

export const LANGUAGE = 'en';

/** What the pages' HTML names by `data-say`. */
export const PAGE = {
  acknowledge: 'We have seen this',
  board: 'District board',
  board_for: 'All campuses, worst first',
  board_empty: 'No campus is known. This is not the same as all calm: check the connection and the sign-in.',
  call_lock_down: 'Call lock-down',
  call_lock_down_again: 'Press again: lock down now',
  campus: 'Campus',
  campuses: 'Campuses',
  classroom: 'Classroom',
  classroom_for: 'A room\u2019s display, a teacher, custodial staff',
  command: 'Command',
  command_for: 'Administrator, SRO, SSO, officer, chief, director',
  controlled_movement: 'Begin controlled movement',
  counts: 'Add head counts',
  counts_how: 'Fill in what you know, then press how the room is.',
  disclaimer: 'Lockstep supplements the PA, radio, the fire alarm and 911. It replaces none of them, and it is not listed life-safety equipment.',
  enrol: 'Sign in',
  enrol_code: 'Enrolment code',
  enrol_for: 'With an enrolment code',
  enrol_how: 'Type the enrolment code that an administrator made for you or for this room\u2019s screen. Each code works once, for some minutes.',
  enrol_which: 'Open another page than the one for my role',
  enrol_which_label: 'Page',
  enrol_fitting: 'The page for my role',
  enrol_title: 'Sign in \u2013 Lockstep',
  extra: 'Extra',
  index_open: 'Open a page',
  index_what: 'Keeps the people of a school in step during a threat: an administrator calls lock-down, every classroom knows at once, officers sweep and release, the district watches.',
  injured: 'Injured',
  missing: 'Missing',
  need_help: 'Need help',
  not_secured: 'Not secured',
  present: 'Present',
  raise: 'Raise',
  report: 'How is your room?',
  secured: 'Secured',
  threat: 'Report an immediate threat',
};

/** A posture, or what stands in its place. @typedef {Posture | 'checking' | 'unknown' | 'stay_locked'} Headline */

/** @type {Record<Headline, string>} */
export const POSTURE = {
  normal: 'Normal',
  lifted_by_school: 'Lifted by school administration',
  all_clear: 'All clear',
  controlled_movement: 'Controlled movement',
  lock_down: 'Lock-down',
  checking: 'Threat reported, being checked',
  unknown: 'Unknown \u2013 not connected',
  stay_locked: 'Stay locked until your door is opened',
};

/** What to do where the campus's own words do not fit what the screen shows. @type {Record<Headline, string>} */
export const INSTRUCTION = {
  normal: 'School as usual.',
  lifted_by_school: 'This is not a law-enforcement all clear. Listen for what to do next.',
  all_clear: 'An officer has given the all clear. Listen for what to do next.',
  controlled_movement: 'Stay where you are. Move only when you are told to.',
  lock_down: 'Lock the door. Lights out. Out of sight. Be silent.',
  checking: 'Stay where you are and keep listening.',
  unknown: 'Do not rely on this screen. Listen to the PA and radio.',
  stay_locked: 'Do not open for a knock or a voice. An officer opens the door.',
};

export const NO_ANSWER_TO_CODE = {
  message: 'The server did not answer.',
  advice: 'Check the network and try again. The code may have been used: if it is refused, ask for a new one.',
};

export const NOT_AN_ALL_CLEAR = 'This is not a law-enforcement all clear.';
export const NOT_RECORDED = 'Not yet recorded';
export const DEGRADED = 'The record cannot be written now: nothing can be lowered. Raising still works.';

/** @type {Record<Role, string>} */
export const ROLE = {
  administrator: 'administrator', sro: 'SRO', officer: 'officer', sso: 'SSO', eyes: 'custodial staff', staff: 'staff',
  chief: 'chief of campus police', director: 'director of safety', superintendent: 'superintendent',
  monitor: 'district monitor', room: 'room', operator: 'operator',
};

/** @type {Record<Mark, string>} */
export const MARK = { unswept: 'UNSWEPT', set_aside: 'SET ASIDE', given_from_off_campus: 'GIVEN FROM OFF CAMPUS' };

/** @type {Record<ThreatKind, string>} */
export const THREAT_KIND = {
  person: 'A person', object: 'An object', weather: 'Weather', area_police: 'Police activity in the area', other: 'Something else',
};

/** @type {Record<RoomState, string>} */
export const ROOM_STATE = { secured: 'Secured', not_secured: 'Not secured', need_help: 'Need help' };

/** @param {RoomReport} report */
export function counts(report) {
  const said = [
    report.present !== undefined && `${report.present} present`,
    report.injured && `${report.injured} injured`,
    report.missing && `${report.missing} missing`,
    report.extra && `${report.extra} extra`,
  ];
  return said.filter(Boolean).join(', ');
}

/** @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** Why a screen cannot be relied on, and since when. @param {Trust} trust @param {(at: Date) => string} time */
export function distrust(trust, time) {
  const since = trust.since ? ` since ${time(trust.since)}` : '';
  switch (trust.why) {
    case 'ok': return '';
    case 'never': return 'Not connected yet. Do not rely on this screen.';
    case 'not_connected': return `Not connected${since}. Do not rely on this screen.`;
    case 'behind': return 'Catching up with what happened. Do not rely on this screen yet.';
    case 'held': return 'This screen keeps something that the server no longer shows and that nobody is known to have lifted. Ask by radio.';
    case 'signed_out': return `Signed out${since}. Do not rely on this screen.`;
  }
}

/** What came of a command, in a sentence. @param {Answer} answer */
export function answered(answer) {
  if (answer.kind === 'refused') return `${answer.refusal.message} ${answer.refusal.advice}`;
  if (answer.kind !== 'accepted') return answer.message;
  switch (answer.accepted.holds) {
    case 'recorded': return 'Done and recorded.';
    case 'spooled': return 'Done. Not yet recorded.';
    case 'shown_only': return 'Shown on screens, but stored nowhere yet. Lockstep keeps trying. Say it by radio too.';
  }
}

/** What an outbox item is. @param {Command} command */
export function commandWords(command) {
  switch (command.name) {
    case 'call_lock_down': return 'Lock-down call';
    case 'begin_controlled_movement': return 'Controlled movement';
    case 'report_threat': return 'Immediate threat';
    case 'report_room': return `Room report: ${ROOM_STATE[command.report.state].toLowerCase()}`;
    case 'report_adverse': return 'Adverse report';
    case 'say_not_clear': return 'Not clear';
    case 'object_to_lift': return 'Objection';
    case 'acknowledge': return 'Acknowledgement';
    case 'arrive': return 'Arrival';
    case 'leave': return 'Departure';
    case 'annotate_mistake': return 'Mistake note';
    case 'answer_plea': return 'Answer to a plea';
    default: return command.name.replaceAll('_', ' ');
  }
}
