// What a page says of its own: one table, so that a second language is a second table. Only
// what must be read before any script runs stands in the HTML as well. What the campus or the server says (instructions, refusals, lines) comes over the wire.

/** @import {Agency, Answer, Basis, Command, Danger, DrillKind, DutyKind, HelpState, Line, LineState, Mark, Posture, Role, RoomReport, RoomState, ThreatKind, Trust} from './types.js' */

export const LANGUAGE = 'en';

/** What the pages' HTML names by `data-say`. */
export const PAGE = {
  acknowledge: 'We have seen this',
  acknowledge_test: 'We have seen this test',
  asked_of_you: 'Asked of you',
  back: '\u2039 Back',
  board: 'District board',
  board_for: 'All campuses, worst first',
  board_empty: 'No campus is known. This is not the same as all calm: check the connection and the sign-in.',
  call_lock_down: 'Call lock-down',
  call_lock_down_again: 'Press again: lock down now',
  call_lock_down_real: 'Call REAL lock-down (ends the drill)',
  call_lock_down_real_again: 'Press again: REAL lock-down now',
  campus: 'Campus',
  campuses: 'Campuses',
  classroom: 'Classroom',
  classroom_for: 'A room\u2019s display, a teacher, custodial staff',
  command: 'Command',
  command_for: 'Administrator, SRO, SSO, officer, chief, director',
  controlled_movement: 'Begin controlled movement',
  controlled_movement_real: 'Begin REAL controlled movement (ends the drill)',
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
  escalate: 'Ask for 911, PD or SO',
  extra: 'Extra',
  index_open: 'Open a page',
  index_what: 'Keeps the people of a school in step during a threat: an administrator calls lock-down, every classroom knows at once, officers sweep and release, the district watches.',
  injured: 'Injured',
  missing: 'Missing',
  need_help: 'Need help',
  need_help_real: 'Need REAL help (ends the drill)',
  not_secured: 'Not secured',
  officers: 'Officer on scene',
  officers_first: 'One person makes the code',
  officers_first_who: 'An administrator, the SRO or the director of safety.',
  officers_link: 'Enrol an officer on scene\u2026',
  officers_make: 'Make the code',
  officers_name: 'The officer\u2019s name',
  officers_none: 'Nobody waits to be certified at this campus.',
  officers_second: 'A different person looks at the badge and certifies',
  officers_second_who: 'The director of safety, the chief, the SRO or another officer on record. Never whoever made the code. They open this same page, signed in as themselves.',
  officers_third: 'The officer signs in',
  officers_third_what: 'With the code of step 1 and the PIN of step 2. From then on they may clear zones and give the all clear here, and both names stand on the release.',
  officers_title: 'Officer on scene \u2013 Lockstep',
  officers_what: 'An officer of any agency who has no account gets one here and now. It takes two different people.',
  policy: 'District policy',
  policy_link: 'Policy',
  policy_title: 'District policy \u2013 Lockstep',
  policy_what: 'What a threat, a lock-down and a release come to on every campus of the district. No policy says who gives an all clear: that is always a certified officer.',
  present: 'Present',
  raise: 'Raise',
  report: 'How is your room?',
  report_drill: 'DRILL: how is your room?',
  secured: 'Secured',
  sighting: 'Report what you saw',
  threat: 'Report an immediate threat',
  threat_real: 'Report a REAL immediate threat (ends the drill)',
};

/** A posture, or what stands in its place. @typedef {Posture | 'checking' | 'unknown' | 'stay_locked' | 'drill'} Headline */

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
  drill: 'DRILL',
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
  drill: 'Practise as you would for real.',
};

export const NO_ANSWER_TO_CODE = {
  message: 'The server did not answer.',
  advice: 'Check the network and try again. The code may have been used: if it is refused, ask for a new one.',
};

/** The journal came back without its end (P3). */
export const RECORD_LOST =
  'The record lost its last entries. What was lifted in them holds again until it is lifted again.';
export const NOT_AN_ALL_CLEAR = 'This is not a law-enforcement all clear.';
export const SAY_ON_RADIO = 'Say on the radio:';
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

/** Drills: the word DRILL stands in all of it (D1), and what is real says so (D2). */
export const DRILL = {
  over: 'The drill is over. This is real.',
  over_instruction: 'Something real has come in. Stop the drill and listen for what to do.',
  help_is_real: 'Need help? That button is always real.',
  not_real: 'Nothing real is open. Lock-down, threat and help buttons stay real, and end the drill.',
  test: 'It shows which rooms would be reached. Press \u201cWe have seen this test\u201d. Nothing else changes.',
  reported: 'DRILL report',
};

/** @type {Record<DrillKind, string>} */
export const DRILL_KIND = { lock_down: 'lock-down drill', controlled_movement: 'controlled movement drill', test_alert: 'test alert' };

/** What a screen shows of a drill. @param {DrillKind} kind @param {Posture} posture */
export const drillWord = (kind, posture) => `DRILL: ${(kind === 'test_alert' ? DRILL_KIND.test_alert : POSTURE[posture]).toLowerCase()}`;

/** A drill that a screen has not heard of for a while. @param {string} word */
export const drillLastKnown = (word) => `Last known: ${word}. It may be over, and something real may have come in.`;

/** What is asked, the most pressing first: as the server orders it. @type {Record<DutyKind, string>} */
export const DUTY = {
  call_911: 'Call 911 and leave the line open',
  call_sro: 'Call the SRO and/or 911: no SRO is recorded as here',
  answer_threat: 'Answer the immediate threat',
  answer_plea: 'Answer the plea for help',
  see_sighting: 'Look at the sighting',
  explain_closed_line: 'Say why the line was closed before the release',
  tell_sro: 'Every SRO is told',
  tell_chief_or_director: 'Chief of campus police or director of safety is told',
  tell_superintendent: 'Superintendent is told',
  keep_watch: 'Keep watch and report what you see',
};

/** Duties: the buttons and the states. */
export const DUTY_SAYS = {
  heading: 'To do', none: 'Nothing is asked of anybody.', overdue: 'OVERDUE', have: 'I have it', done: 'Done\u2026', not_done: 'Not done\u2026',
  by_others: 'Done by other means\u2026', calling: 'I am calling 911 now', open: 'The line is open', nobody: 'Nobody has said that they have it',
  answer_below: 'Answer it under \u201cNeeds an answer\u201d, or call lock-down.',
  answer_plea_below: 'Answer it under \u201cNeeds an answer\u201d.',
  explain_beside: 'Say it at the line, under \u201c911, PD and SO\u201d.',
  nobody_told: 'Nobody has said yet that they know of it',
  you_have: 'You said that you have it. Report what you see.',
  waits_for: 'Not acknowledged by', heard_by: 'Acknowledged by',
};

/** @type {Record<Agency, string>} */
export const AGENCY = { 911: '911', pd: 'PD', so: 'SO' };
/** @type {[string, string][]} */
export const AGENCY_CHOICE = [['911', '911'], ['pd', 'PD: the police department'], ['so', 'SO: the sheriff\u2019s office']];
/** @type {Record<Basis, string>} */
export const BASIS = { immediate_threat: 'immediate threat', escalating: 'escalating' };
/** @type {[string, string][]} */
export const BASIS_CHOICE = [['immediate_threat', 'Immediate threat: somebody is in danger now'], ['escalating', 'Escalating: it is getting worse']];

/** What is known of a line and no more (E2): a request is no call. @type {Record<Line, string>} */
export const LINE = {
  none: 'requested, nobody has called yet', calling: 'somebody is calling, nobody has answered yet', open: 'line open', dropped: 'line dropped', closed: 'line closed',
};
/** @type {Record<HelpState, string>} */
export const HELP = {
  unknown: 'Whether help is coming is not known.', accepted: 'Accepted by the PSAP. Whether units are coming is not known.', on_the_way: 'Units are on the way.', on_scene: 'Units are on scene.',
};
/** @type {Record<LineState, string>} */
export const LINE_STATE = {
  requested: 'Requested: nobody has called yet', calling: 'Calling', line_open: 'Line open', accepted: 'Accepted by the PSAP',
  units_on_the_way: 'Units on the way', on_scene: 'Units on scene', line_dropped: 'Line dropped', closed: 'Line closed',
};
export const LINE_SAYS = {
  heading: '911, PD and SO', none: 'Nobody has asked for 911, PD or SO on Lockstep.', record: 'Record\u2026', close: 'Close the line\u2026',
  unexplained: 'Closed before the release, and nobody has said why.', explain: 'Say why\u2026', call: 'Number to call: ', tell: 'Seen since then, to tell them:',
  not_a_dialler: 'Lockstep does not dial. Call by phone or radio, and record here what happened.',
};

/** @type {Record<Danger, string>} */
export const DANGER = { yes: 'DANGEROUS', unsure: 'PERHAPS DANGEROUS', no: 'Not dangerous' };
/** @type {[string, string][]} */
export const DANGER_CHOICE = [['yes', 'Yes'], ['unsure', 'I cannot tell'], ['no', 'No']];
export const SIGHTING = {
  heading: 'Sightings', none: 'Nobody has reported a sighting.', update: 'Bring up to date\u2026', add_picture: 'Add a picture\u2026',
  sent: 'Your sighting is reported. It goes to the SRO, SSO and administrators.',
  picture_going: 'The picture is being sent\u2026', picture_sent: 'The picture was sent too.',
  picture_not_sent: 'The sighting was reported; the picture was not sent.',
  picture_waits: 'The picture was not sent, because the sighting is not in yet. Add it once it is.',
  picture_too_large: 'The picture is larger than 5 MiB and could not be made smaller here.',
  picture_gone: 'The picture could not be loaded.',
};

export const CONTACT = {
  heading: 'Contact', rule: 'Nobody makes contact alone. Two of SRO, SSO and administrator each say \u201cI judge it safe\u201d, while an SRO is here.',
  stands: 'The plan stands: both judge it safe, and an SRO is here.', stands_not: 'The plan does NOT stand.',
  no_sro: 'No SRO is recorded as here.', one_only: 'Two people have to name each other.',
  judge: 'I judge it safe with\u2026', withdraw: 'Withdraw: I no longer judge it safe', record: 'Record contact made\u2026',
};

export const SOUND = {
  turn_on: 'Turn sound on', turn_off: 'Turn sound off', waits: 'Press for sound',
  hint: 'A tone each for a call, a plea and a duty, from this device only. It can be heard: leave it off where anybody hides.',
};

export const LEAD = {
  none: 'Lead: nobody is recorded as here to have it.', offer: 'Offer the lead\u2026', take: 'Take the lead',
};

export const REACH = {
  heading: 'Reach of the newest alert', caption: 'How long until screens had it, and rooms acknowledged it', received: 'Screens', acknowledged: 'Rooms', not_yet: 'not yet',
};

/** How long, as a clock: 0:07, 12:45, 1:02:09. @param {number} ms */
export function clockWords(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** A short time: 240 ms, 3.2 s, 4:10 min. @param {number | undefined} ms */
export function shortTime(ms) {
  if (ms === undefined) return REACH.not_yet;
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${clockWords(ms)} min`;
}

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
    case 'report_sighting': return `Sighting: ${command.seen}`;
    case 'open_escalation': return `${AGENCY[command.agency]} asked for`;
    case 'record_line': return `Line: ${LINE_STATE[command.state].toLowerCase()}`;
    case 'acknowledge_duty': return '\u201cI have it\u201d';
    case 'finish_duty': return 'Duty done';
    case 'decline_duty': return 'Duty not done';
    case 'judge_contact_safe': return '\u201cI judge it safe\u201d';
    case 'withdraw_contact': return 'Withdrawal of a contact';
    case 'record_contact': return 'Contact made';
    case 'offer_lead': return 'Offer of the lead';
    case 'report_drill_room': return DRILL.reported;
    default: return command.name.replaceAll('_', ' ');
  }
}
