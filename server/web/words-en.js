// What every face says, in English. What only the pages of those who answer for a campus say is in
// `words-command-en.js`, what only the plain pages say in `words-direct-en.js`. A text with values in it
// is a function: where a word stands in a sentence is each language's own.

/** @import {Agency, Basis, Danger, DrillKind, DutyKind, LineState, Mark, Role, RoomState} from './types.js' */
/** @import {Headline} from './words.js' */
import { plural } from './language.js';

/** @typedef {(what: string) => string} Says */
/** @typedef {(n: number) => string} Counts */

export default {
  /** The other language there is, in its own name. */
  OTHER_LANGUAGE: { code: 'es', name: 'Espa\u00f1ol' },

  /** What the pages' HTML names by `data-say`. */
  PAGE: {
    acknowledge: 'We have seen this',
    acknowledge_test: 'We have seen this test',
    campus: 'Campus',
    counts: 'Add head counts',
    counts_how: 'Fill in what you know, then press how the room is.',
    escalate: 'Ask for 911, PD or SO',
    extra: 'Extra',
    injured: 'Injured',
    missing: 'Missing',
    need_help: 'Need help',
    need_help_real: 'Need REAL help (ends the drill)',
    not_secured: 'Not secured',
    present: 'Present',
    report: 'How is your room?',
    report_drill: 'DRILL: how is your room?',
    roster: 'Open your class list\u2026',
    secured: 'Secured',
    sighting: 'Report what you saw',
    threat: 'Report an immediate threat',
    threat_real: 'Report a REAL immediate threat (ends the drill)',
  },

  /** @type {Record<Headline, string>} */
  POSTURE: {
    normal: 'Normal',
    lifted_by_school: 'Lifted by school administration',
    all_clear: 'All clear',
    controlled_movement: 'Controlled movement',
    lock_down: 'Lock-down',
    checking: 'Threat reported, being checked',
    unknown: 'Unknown \u2013 not connected',
    stay_locked: 'Stay locked until your door is opened',
    drill: 'DRILL',
  },

  /** What to do where the campus's own words do not fit what the screen shows. @type {Record<Headline, string>} */
  INSTRUCTION: {
    normal: 'School as usual.',
    lifted_by_school: 'This is not a law-enforcement all clear. Listen for what to do next.',
    all_clear: 'An officer has given the all clear. Listen for what to do next.',
    controlled_movement: 'Stay where you are. Move only when you are told to.',
    lock_down: 'Lock the door. Lights out. Out of sight. Be silent.',
    checking: 'Stay where you are and keep listening.',
    unknown: 'Do not rely on this screen. Listen to the PA and radio.',
    stay_locked: 'Do not open for a knock or a voice. An officer opens the door.',
    drill: 'Practise as you would for real.',
  },

  /** Beside the posture. */
  SIGN: {
    not_an_all_clear: 'This is not a law-enforcement all clear.',
    /** The journal came back without its end (P3). */
    record_lost: 'The record lost its last entries. What was lifted in them holds again until it is lifted again.',
    not_recorded: 'Not yet recorded',
    /** @type {Says} */
    last_known: (posture) => `Last known: ${posture}.`,
    /** @type {Says} */
    since: (time) => `Since ${time}`,
    /** @type {Counts} */
    calls: (n) => plural(n, 'call', 'calls'),
    /** @type {Says} */
    newest: (call) => `newest: ${call}`,
    /** @type {Says} */
    where: (place) => `Where: ${place}`,
  },

  /** Why a screen cannot be relied on, and since when. */
  TRUST: {
    never: 'Not connected yet. Do not rely on this screen.',
    not_connected: 'Not connected. Do not rely on this screen.',
    /** @type {Says} */
    not_connected_since: (time) => `Not connected since ${time}. Do not rely on this screen.`,
    behind: 'Catching up with what happened. Do not rely on this screen yet.',
    held: 'This screen keeps something that the server no longer shows and that nobody is known to have lifted. Ask by radio.',
    signed_out: 'Signed out. Do not rely on this screen.',
    /** @type {Says} */
    signed_out_since: (time) => `Signed out since ${time}. Do not rely on this screen.`,
    sign_in_again: 'Sign in again',
    /** For twelve hours it raises and reports, and that is all (P2). */
    run_out: 'Your sign-in has run out. Calling and reporting still work; for everything else sign in again.',
    degraded: 'The record cannot be written now: nothing can be lowered. Raising still works.',
  },

  /** @type {Record<Role, string>} */
  ROLE: {
    administrator: 'administrator', sro: 'SRO', officer: 'officer', sso: 'SSO', eyes: 'custodial staff', staff: 'staff',
    chief: 'chief of campus police', director: 'director of safety', superintendent: 'superintendent',
    monitor: 'district monitor', room: 'room', operator: 'operator',
  },

  /** @type {Record<Mark, string>} */
  MARK: { unswept: 'UNSWEPT', set_aside: 'SET ASIDE', given_from_off_campus: 'GIVEN FROM OFF CAMPUS' },

  /** @type {Record<RoomState, string>} */
  ROOM_STATE: { secured: 'Secured', not_secured: 'Not secured', need_help: 'Need help' },

  /** What a classroom reads of itself. */
  ROOM: {
    /** @type {Says} */
    campus_reads: (posture) => `The campus reads: ${posture}. Your room stays locked.`,
    /** @type {Says} */
    seen_at: (time) => `Seen at ${time}`,
    /** @type {Says} */
    reported: (report) => `Reported: ${report}`,
    plea: 'Your call for help is in.',
    /** @type {Says} */
    plea_answer: (words) => `Answer to your call for help: ${words}`,
  },

  /** Head counts of a report. */
  COUNT: {
    /** @type {Counts} */
    present: (n) => `${n} present`,
    /** @type {Counts} */
    injured: (n) => `${n} injured`,
    /** @type {Counts} */
    missing: (n) => `${n} missing`,
    /** @type {Counts} */
    extra: (n) => `${n} extra`,
  },

  /** Drills: the word DRILL stands in all of it (D1), and what is real says so (D2). */
  DRILL: {
    /** @type {Says} */
    marked: (posture) => `DRILL: ${posture}`,
    over: 'The drill is over. This is real.',
    over_instruction: 'Something real has come in. Stop the drill and listen for what to do.',
    not_real: 'DRILL. Nothing real is open. Lock-down, threat and help buttons stay real, and end the drill.',
    /** @type {Says} */
    test: (word) => `${word}. It shows which rooms would be reached. Press \u201cWe have seen this test\u201d. Nothing else changes.`,
    report: 'DRILL report',
    /** @type {Says} */
    reported: (report) => `DRILL report: ${report}`,
    /** One that a screen has not heard of for a while. @type {Says} */
    last_known: (word) => `Last known: ${word}. It may be over, and something real may have come in.`,
  },

  /** @type {Record<DrillKind, string>} */
  DRILL_KIND: { lock_down: 'lock-down drill', controlled_movement: 'controlled movement drill', test_alert: 'test alert' },

  /** What is asked, the most pressing first: as the server orders it. @type {Record<DutyKind, string>} */
  DUTY: {
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
  },

  /** A duty on whatever page it is. */
  MY_DUTY: {
    /** @type {Says} */
    overdue: (clock) => `OVERDUE ${clock}`,
    have: 'I have it',
    you_have: 'You said that you have it. Report what you see.',
  },

  /** @type {Record<Agency, string>} */
  AGENCY: { 911: '911', pd: 'PD', so: 'SO' },
  /** @type {Record<Agency, string>} */
  AGENCY_CHOICE: { 911: '911', pd: 'PD: the police department', so: 'SO: the sheriff\u2019s office' },
  /** @type {Record<Basis, string>} */
  BASIS_CHOICE: { immediate_threat: 'Immediate threat: somebody is in danger now', escalating: 'Escalating: it is getting worse' },
  /** @type {Record<LineState, string>} */
  LINE_STATE: {
    requested: 'Requested: nobody has called yet', calling: 'Calling', line_open: 'Line open', accepted: 'Accepted by the PSAP',
    units_on_the_way: 'Units on the way', on_scene: 'Units on scene', line_dropped: 'Line dropped', closed: 'Line closed',
  },

  /** Asking for help from outside (E1). */
  HELP_SHEET: {
    intro: 'Lockstep does not dial. Call by phone or radio, and record here what happened.',
    agency: 'Whom?', basis: 'Why?', state: 'How far is it?', decided_by: 'Who decided, if not you', called_by: 'Who calls, if not you',
    number: 'Number called', incident_number: 'Incident number that they gave', note: 'Anything else', send: 'Record it now',
    /** @type {(agency: string, state: string) => string} */
    recorded: (agency, state) => `${agency}: ${state}. Lockstep is telling the SRO and the district.`,
  },

  /** Reporting an immediate threat (A2). */
  THREAT_SHEET: {
    intro: 'It goes at once to those who may call lock-down. If you can, call 911 too.',
    reason: 'What is happening', place: 'Where', send: 'Report it now',
    reported: 'Threat reported. It goes to those who may call lock-down.',
    reported_not_recorded: 'Threat reported. Not yet recorded. It goes to those who may call lock-down.',
  },

  /** Reporting what somebody saw (C5). */
  SIGHTING_SHEET: {
    update: 'Bring a sighting up to date',
    intro: 'It goes at once to the SRO, SSO and administrators. If somebody is in danger now, report an immediate threat or call 911.',
    /** @type {Says} */
    adds_to: (seen) => `It adds to: ${seen}`,
    seen: 'What did you see?', seen_hint: 'Leave out names of students.', place: 'Where', danger: 'Is it dangerous?',
    picture: 'Picture', picture_hint: 'It follows after the report. Only if taking it is safe.', send: 'Report it',
    sent: 'Your sighting is reported. It goes to the SRO, SSO and administrators.',
  },
  /** @type {Record<Danger, string>} */
  DANGER_CHOICE: { yes: 'Yes', unsure: 'I cannot tell', no: 'No' },
  PICTURE: {
    going: 'The picture is being sent\u2026', sent: 'The picture was sent too.',
    not_sent: 'The sighting was reported; the picture was not sent.',
    waits: 'The picture was not sent, because the sighting is not in yet. Add it once it is.',
    too_large: 'The picture is larger than 5 MiB and could not be made smaller here.',
    gone: 'The picture could not be loaded.',
    /** @type {Says} */
    of: (seen) => `Picture of: ${seen}`,
  },

  SHEET: {
    cancel: 'Cancel', close: 'Close',
    /** @type {Says} */
    optional: (label) => `${label} (optional)`,
  },

  /** What came of what was asked. */
  ANSWER: {
    recorded: 'Done and recorded.',
    spooled: 'Done. Not yet recorded.',
    shown_only: 'Shown on screens, but stored nowhere yet. Lockstep keeps trying. Say it by radio too.',
    kept: 'Not sent yet. Lockstep keeps trying. Use the radio, the PA or 911 now.',
    unsent: 'Not connected, so nothing was sent. Nothing will be sent later by itself.',
    in_doubt: 'Not known whether this was recorded. Treat the campus as locked down; say so by radio. You will be told.',
    no_answer: 'No answer came, so it is not known whether this was recorded. Look at the screen before you try again.',
    stay_away: 'The server asked this page to stay away. Reload it.',
    /** @type {(status: number) => string} */
    odd: (status) => `The server answered ${status}.`,
    odd_advice: 'Try again; if it stays so, use radio and tell the operator.',
  },

  /** What is not sent yet. */
  OUTBOX: {
    /** @type {(what: string, time: string) => string} */
    item: (what, time) => `${what} of ${time}`,
    /** @type {Says} */
    sending: (item) => `${item}: not sent yet.`,
    sending_more: 'Lockstep keeps trying. Use the radio, the PA or 911 now.',
    /** @type {Says} */
    shown_only: (item) => `${item}: shown, but stored nowhere yet.`,
    shown_only_more: 'Lockstep keeps trying. Say it by radio too.',
    /** @type {Says} */
    asking: (item) => `${item} was never sent. Is this still needed?`,
    needed: 'Yes, send it now', not_needed: 'No, it is over',
    /** @type {Says} */
    not_sent: (item) => `${item}: not sent.`,
    remove: 'Remove',
  },

  /** What a command is, as a thing. */
  COMMAND: {
    call_lock_down: 'Lock-down call', begin_controlled_movement: 'Controlled movement', report_threat: 'Immediate threat',
    report_adverse: 'Adverse report', say_not_clear: 'Not clear', object_to_lift: 'Objection', acknowledge: 'Acknowledgement',
    arrive: 'Arrival', leave: 'Departure', annotate_mistake: 'Mistake note', answer_plea: 'Answer to a plea',
    acknowledge_duty: '\u201cI have it\u201d', finish_duty: 'Duty done', decline_duty: 'Duty not done',
    judge_contact_safe: '\u201cI judge it safe\u201d', withdraw_contact: 'Withdrawal of a contact', record_contact: 'Contact made',
    offer_lead: 'Offer of the lead',
  },
  COMMAND_OF: {
    /** @type {Says} */
    report_room: (state) => `Room report: ${state}`,
    /** @type {Says} */
    report_sighting: (seen) => `Sighting: ${seen}`,
    /** @type {Says} */
    open_escalation: (agency) => `${agency} asked for`,
    /** @type {Says} */
    record_line: (state) => `Line: ${state}`,
  },

  /** What the server says comes in English: its title of a duty, refusals, and the reasons of those
   * close codes that mean "stay away". Only another language needs words for them.
   * @type {Partial<Record<DutyKind, string>>} */
  ENGLISH_DUTY: {},
  /** @type {Record<string, {english: string, message: string, advice: string}>} */
  REFUSAL: {},
  /** @type {Record<string, string>} */
  CLOSED: {},
};
