// What the pages of those who answer for a campus and the district's board say, in English.

/** @import {Basis, Danger, HelpState, Line, ThreatKind} from './types.js' */
/** @import {Standing} from './rooms.js' */
/** @import {Counts, Says} from './words-en.js' */
import { plural } from './language.js';

export default {
  /** What the pages' HTML names by `data-say`, beside `PAGE`. */
  CONSOLE: {
    asked_of_you: 'Asked of you',
    board: 'District board',
    board_empty: 'No campus is known. This is not the same as all calm: check the connection and the sign-in.',
    call_lock_down: 'Call lock-down',
    call_lock_down_again: 'Press again: lock down now',
    call_lock_down_real: 'Call REAL lock-down (ends the drill)',
    call_lock_down_real_again: 'Press again: REAL lock-down now',
    campuses: 'Campuses',
    map: 'Where the campuses lie',
    controlled_movement: 'Begin controlled movement',
    controlled_movement_real: 'Begin REAL controlled movement (ends the drill)',
    policy_link: 'Policy', passkeys_link: 'Passkeys',
    record_link: 'Record',
    raise: 'Raise',
  },

  /** What panels and sheets have in common. */
  PANEL: {
    /** @type {Says} */
    as_of: (time) => `As of ${time}: it may have changed.`,
    as_of_unknown: 'As of an unknown time: it may have changed.',
    unknown: 'Unknown \u2013 not connected.',
    pin: 'Your PIN', where: 'Where', why: 'Why?', record: 'Record it', anything_else: 'Anything else',
    /** Of a reason that overrides something. @type {Says} */
    only_with: (why) => `Only with a written reason: ${why}.`,
    override: 'Override reason',
    off_campus: 'you are not recorded as on campus: GIVEN FROM OFF CAMPUS stays on it',
  },

  /** @type {Record<ThreatKind, string>} */
  THREAT_KIND: {
    person: 'A person', object: 'An object', weather: 'Weather', area_police: 'Police activity in the area', other: 'Something else',
  },

  /** Beginning controlled movement. */
  MOVEMENT: {
    title: 'Begin controlled movement',
    /** @type {Counts} */
    answers: (n) => `It answers the ${n === 1 ? 'threat' : `${n} threats`} on this screen.`,
    kind: 'What is the threat?', seen: 'What was seen', shareable: 'What all staff may see',
    shareable_hint: 'Every signed-in staff member reads this. Leave out names of students.', send: 'Begin now',
  },

  /** What waits for a person, and the calls that hold the campus. */
  ATTENTION: {
    heading: 'Needs an answer',
    /** @type {Counts} */
    heading_of: (n) => `Needs an answer (${n})`,
    none: 'Nothing waits for an answer.', calls: 'Open calls', no_room: 'In no known room',
    no_threat: 'No threat\u2026', no_threat_title: 'Answer: no threat', no_threat_why: 'Why is there no threat?', no_threat_send: 'Answer "no threat"',
    /** @type {Says} */
    asks_for_help: (who) => `${who} asks for help`,
    answer: 'Answer\u2026',
    /** @type {Says} */
    answer_title: (who) => `Answer ${who}`,
    answer_note: 'What is being done', answer_send: 'Say that it was heard',
    withdraw: 'Withdraw', aside: 'Set aside\u2026', aside_title: 'Set it aside', aside_why: 'Why is it set aside?', aside_send: 'Set aside',
    objection: 'Objection to a school lift',
    duress: 'UNDER DURESS',
    duress_says: 'Their PIN says that somebody forces them. What they asked for was refused, and nothing was lifted. Their own screens do not show this: say nothing of it that they would hear.',
    proposal: 'School lift proposed', five_minutes: 'It stands for five minutes.', object: 'Object\u2026', object_title: 'Object to the school lift', object_send: 'Object',
    held: 'kept by this screen only',
    /** @type {Says} */
    late: (time) => `A call of ${time} arrived late`,
    /** @type {Says} */
    mistake: (note) => `Said to be a mistake: ${note}`,
    mistaken: 'A mistake?\u2026', mistaken_title: 'Say that this call was a mistake', mistaken_what: 'What happened?', mistaken_send: 'Note it',
    mistaken_intro: 'The lock-down stays: it still takes an officer\u2019s all clear or a school lift.',
  },

  /** Duties: the buttons and the states. */
  DUTY_SAYS: {
    heading: 'To do',
    /** @type {(open: number, overdue: number) => string} */
    heading_of: (open, overdue) => `To do (${open}${overdue > 0 ? `, ${overdue} OVERDUE` : ''})`,
    none: 'Nothing is asked of anybody.', done: 'Done\u2026', not_done: 'Not done\u2026', by_others: 'Done by other means\u2026',
    calling: 'I am calling 911 now', open: 'The line is open',
    nobody: 'Nobody has said that they have it.', nobody_told: 'Nobody has said yet that they know of it.',
    /** @type {(who: string, time: string) => string} */
    has: (who, time) => `${who} has it since ${time}.`,
    answer_below: 'Answer it under \u201cNeeds an answer\u201d, or call lock-down.',
    answer_plea_below: 'Answer it under \u201cNeeds an answer\u201d.',
    explain_beside: 'Say it at the line, under \u201c911, PD and SO\u201d.',
    /** @type {Says} */
    waits_for: (names) => `Not acknowledged by ${names}.`,
    /** @type {Says} */
    heard_by: (names) => `Acknowledged by ${names}.`,
    /** @type {Counts} */
    asked: (n) => `Asked ${plural(n, 'time', 'times')}.`,
    /** @type {Counts} */
    asked_in_vain: (n) => `Asked ${plural(n, 'time', 'times')}, the last time without reaching anybody.`,
    not_done_title: 'Not done', not_done_why: 'Why is it not done?', not_done_send: 'Record why not',
    /** @type {Says} */
    not_done_intro: (duty) => `${duty}. It is asked no more, and the reason is recorded.`,
    done_title: 'Done', done_how: 'How was it done?', done_by: 'Who did it, if not you', done_ago: 'How many minutes ago',
    /** @type {Says} */
    done_intro: (duty) => `${duty}. It is asked no more.`,
  },

  /** @type {Record<Basis, string>} */
  BASIS: { immediate_threat: 'immediate threat', escalating: 'escalating' },
  /** What is known of a line and no more (E2): a request is no call. @type {Record<Line, string>} */
  LINE: {
    none: 'requested, nobody has called yet', calling: 'somebody is calling, nobody has answered yet', open: 'line open', dropped: 'line dropped', closed: 'line closed',
  },
  /** @type {Record<HelpState, string>} */
  HELP: {
    unknown: 'Whether help is coming is not known.', accepted: 'Accepted by the PSAP. Whether units are coming is not known.', on_the_way: 'Units are on the way.', on_scene: 'Units are on scene.',
  },
  /** The same in a list; what is not known is not said there. @type {Record<Exclude<HelpState, 'unknown'>, string>} */
  HELP_SHORT: { accepted: 'accepted by the PSAP', on_the_way: 'units are on the way', on_scene: 'units are on scene' },
  LINE_SAYS: {
    heading: '911, PD and SO', none: 'Nobody has asked for 911, PD or SO on Lockstep.', ask: 'Ask for 911, PD or SO\u2026',
    unexplained: 'Closed before the release, and nobody has said why.', unexplained_short: 'line closed, nobody has said why',
    call: 'Number to call: ', tell: 'Seen since then, to tell them:',
    /** @type {Says} */
    since: (time) => ` since ${time}`,
    /** @type {Says} */
    response_at: (time) => ` Said at ${time}.`,
    /** @type {(who: string, time: string) => string} */
    asked_for: (who, time) => `asked for by ${who} at ${time}`,
    /** @type {Says} */
    decided_by: (who) => `decided by ${who}`,
    /** @type {Says} */
    called_by: (who) => `called by ${who}`,
    /** @type {Says} */
    number: (number) => `number called: ${number}`,
    /** @type {Says} */
    incident_number: (number) => `their incident number: ${number}`,
    record: 'Record\u2026',
    /** @type {Says} */
    record_title: (agency) => `Record what happened with ${agency}`,
    record_intro: 'Only what you know.', record_state: 'What is it now?',
    explain: 'Say why\u2026', explain_title: 'Say why the line was closed', explain_send: 'Record why',
    close: 'Close the line\u2026', close_title: 'Close the line', close_why: 'Why is it closed?', close_send: 'Record it closed',
    close_early: 'The campus is not released yet: the administrators and the SRO are told why the line is closed.',
    /** @type {Counts} */
    lines: (n) => plural(n, 'line', 'lines'),
  },

  /** @type {Record<Danger, string>} */
  DANGER: { yes: 'DANGEROUS', unsure: 'PERHAPS DANGEROUS', no: 'Not dangerous' },
  SIGHTING: {
    heading: 'Sightings', none: 'Nobody has reported a sighting.', report: 'Report what you saw\u2026', update: 'Bring up to date\u2026', add_picture: 'Add a picture\u2026',
    /** @type {Says} */
    seen_at: (time) => `seen at ${time}, as they say`,
    /** @type {Says} */
    updates: (seen) => `Brings up to date: ${seen}`,
  },

  CONTACT: {
    heading: 'Contact', rule: 'Nobody makes contact alone. Two of SRO, SSO and administrator each say \u201cI judge it safe\u201d, while an SRO is here.',
    stands: 'The plan stands: both judge it safe, and an SRO is here.', stands_not: 'The plan does NOT stand.',
    no_sro: 'No SRO is recorded as here.', one_only: 'Two people have to name each other.',
    judge: 'I judge it safe with\u2026', judge_title: 'I judge it safe', withdraw: 'Withdraw: I no longer judge it safe',
    /** @type {Says} */
    judge_with: (who) => `I judge it safe with ${who}`,
    /** @type {(who: string, other: string, time: string) => string} */
    judges: (who, other, time) => `${who} judges it safe with ${other}, ${time}`,
    what: 'Contact with', together: 'Together with', together_id: 'Together with (sign-in name)',
    other: 'Or somebody else, by their sign-in name', other_hint: 'As in the directory, like lee.park.',
    record: 'Record contact made\u2026', record_title: 'Record contact that was made',
    record_intro: 'What has happened is always recorded, also where it broke a rule: it is marked then.',
    somebody_else: 'Somebody else', by: 'Who made it?', others: 'And others, by their sign-in names', happened: 'What happened?',
    closed: 'Something that is no longer open',
  },

  SOUND: {
    turn_on: 'Turn sound on', turn_off: 'Turn sound off', waits: 'Press for sound',
    hint: 'A tone each for a call, a plea and a duty, from this device only. It can be heard: leave it off where anybody hides.',
  },

  PEOPLE: {
    heading: 'People on campus', none: 'Nobody has recorded an arrival. Unknown is never here.',
    arrive: 'I am on campus', leave: 'I have left', officers_link: 'Enrol an officer on scene\u2026', people_link: 'Substitutes, people, lost devices\u2026',
    here: 'here', away: 'away', not_recorded: 'not recorded as here',
    /** @type {Says} */
    here_since: (time) => `here since ${time}`,
    /** @type {Says} */
    away_since: (time) => `away since ${time}`,
  },
  LEAD: {
    none: 'Lead: nobody is recorded as here to have it.', offer: 'Offer the lead\u2026', take: 'Take the lead',
    /** @type {(who: string, time: string) => string} */
    has: (who, time) => `Lead: ${who} since ${time}`,
    /** @type {(who: string, to: string, time: string) => string} */
    offers: (who, to, time) => `${who} offers the lead to ${to}, ${time}.`,
    you: 'you',
    title: 'Offer the lead', intro: 'It changes hands when they take it. The lead gains no rights.', send: 'Offer it',
    to: 'To', to_id: 'To (sign-in name)', other: 'Or somebody else, by their sign-in name', other_hint: 'As in the directory, like sam.cole.',
  },

  REACH: {
    heading: 'Reach of the newest alert', heading_drill: 'DRILL: reach of the newest alert',
    caption: 'How long until screens had it, and rooms acknowledged it', received: 'Screens', acknowledged: 'Rooms',
    half: '50 %', most: '95 %', all: 'all',
    /** @type {Says} */
    alert: (time) => `Alert of ${time}.`,
    /** @type {(sent: number, received: number, displayed: number) => string} */
    sent: (sent, received, displayed) => `Sent to ${plural(sent, 'screen', 'screens')}: ${received} received, ${displayed} displayed.`,
    not_counted: 'On which screens it came is not counted yet.',
    /** @type {(rooms: number, of: number) => string} */
    rooms: (rooms, of) => `${rooms} of ${plural(of, 'room', 'rooms')} acknowledged.`,
    not_yet: 'not yet',
  },

  /** How rooms stand (L5). */
  ROOMS: {
    heading: 'Rooms', heading_drill: 'DRILL: rooms', heading_idle: 'Rooms with no live screen',
    /** @type {Record<Standing, string>} */
    standing: {
      help: 'Asks for help', no_screen: 'No live screen', not_reached: 'Not reached', not_acknowledged: 'Reached but not acknowledged', not_secured: 'Not secured',
      unknown: 'No report', secured: 'Secured', seen: 'Reached and seen', opened: 'Door opened',
    },
    /** @type {(n: number, standing: string) => string} */
    counted: (n, standing) => `${n} ${standing}`,
    /** @type {Counts} */
    all_live: (n) => `All ${plural(n, 'room', 'rooms')} have a live screen.`,
    none: 'This screen is shown no rooms.',
    /** @type {(dark: number, of: number) => string} */
    dark: (dark, of) => `${dark} of ${plural(of, 'room', 'rooms')} would not be reached by a screen.`,
    shut: 'Still told to stay locked', mark_opened: 'Mark opened',
    not_acknowledged: 'not acknowledged', no_screen: 'no live screen',
    /** @type {Says} */
    seen_at: (time) => `seen at ${time}`,
    /** @type {Says} */
    said_at: (time) => `said at ${time}`,
  },

  /** Who sits in which class (I4). */
  ROSTER: {
    ask: 'Open a roster\u2026', heading: 'Roster', intro: 'That you read it is on record.', room: 'Room', whole: 'The whole campus',
    open: 'Open the roster', none: 'Nobody has put a roster in for this campus.', no_class: 'No class is known there.',
    unread: 'It could not be read. Try again, or use the paper roster.',
    /** @type {Says} */
    as_of: (time) => `As the school\u2019s own system had it: ${time}.`,
    /** @type {Says} */
    period: (period) => `period ${period}`,
  },

  SWEEP: {
    heading: 'Sweep',
    /** @type {(clear: number, of: number) => string} */
    heading_of: (clear, of) => `Sweep: ${clear} of ${of} clear`,
    start: 'Start the sweep', start_over: 'Start it over', not_begun: 'Not begun.', not_needed: 'No sweep is needed now.',
    /** @type {Says} */
    began: (time) => `Began at ${time}.`,
    not_clear: 'Not clear\u2026', not_clear_title: 'Not clear', not_clear_send: 'Say not clear',
    not_clear_intro: 'It stops anybody\u2019s all clear until you withdraw it or another officer sets it aside.',
    clear: 'Clear', adverse: 'Adverse\u2026', adverse_title: 'Adverse report', adverse_seen: 'What was seen?', adverse_send: 'Report it',
    /** @type {(who: string, time: string) => string} */
    clear_by: (who, time) => `Clear, ${who} at ${time}`,
    /** @type {Says} */
    adverse_is: (seen) => `Adverse: ${seen}`,
    /** @type {(seen: string, time: string) => string} */
    adverse_at: (seen, time) => `Adverse: ${seen} at ${time}`,
    not_cleared: 'Not cleared',
    timeline: 'Timeline',
  },

  /** Lowering. */
  RELEASE: {
    heading: 'Lower', none: 'Nothing to lower.', not_yours: 'Your role may not lower this.', say_on_radio: 'Say on the radio:',
    fresh: 'New since this sheet opened, and not part of it. Cancel and look again:',
    /** @type {(n: number, head: string) => string} */
    lifts: (n, head) => `It will lift ${n === 1 ? 'this' : `these ${n}`}, as drawn at head ${head}:`,
    standing: 'Still standing:', lifted: 'A recorded clear now lifts all of this.', gone: 'Something that this screen does not show any more',
    all_clear: 'Give the all clear\u2026', all_clear_title: 'Give the all clear', unswept: 'the sweep is incomplete: UNSWEPT stays on it',
    propose: 'Propose a school lift\u2026', propose_title: 'Propose a school lift', propose_send: 'Propose it',
    propose_intro: 'This is not a law-enforcement all clear. A second administrator or the director must confirm within five minutes.',
    statement: 'Responsibility statement, in your words',
    confirm: 'Confirm the school lift\u2026', confirm_title: 'Confirm the school lift', confirm_send: 'Confirm the lift',
    /** @type {(who: string, statement: string) => string} */
    confirm_intro: (who, statement) => `${who} takes responsibility: "${statement}". This is not a law-enforcement all clear.`,
    end: 'End controlled movement\u2026', end_title: 'End controlled movement', end_send: 'End it',
    resume: 'Resume: back to normal\u2026', resume_title: 'Resume: back to normal', resume_send: 'Resume', resume_why: 'Why these rooms may stay unopened',
    /** @type {Says} */
    unopened: (rooms) => `Not opened yet: ${rooms}.`,
    close: 'Close the incident\u2026', close_title: 'Close the incident', close_send: 'Close it',
    /** @type {(zone: string, seen: string) => string} */
    adverse: (zone, seen) => `Adverse report in ${zone}: ${seen}`,
    /** @type {Says} */
    not_swept: (zones) => `Not swept: ${zones}`,
  },

  /** Drills and test alerts: DRILL stands in all of it (D1). */
  DRILLS: {
    heading: 'Drills', start: 'Start a drill\u2026', test: 'Send a test alert\u2026', call: 'Call lock-down in the DRILL',
    all_clear: 'Practise the all clear\u2026', end: 'End the drill\u2026', end_test: 'End the test alert\u2026',
    /** @type {(reached: number, of: number) => string} */
    reached: (reached, of) => `DRILL: ${reached} of ${plural(of, 'room', 'rooms')} reached.`,
    /** @type {Says} */
    missed: (rooms) => `Not reached: ${rooms}.`,
    /** @type {Says} */
    dark: (room) => `${room} (no live screen)`,
    all_reached: 'Every room was reached.',
    cleared: 'Clear in the DRILL', not_cleared: 'Not cleared in the DRILL', clear: 'Clear (DRILL)',
    start_title: 'Start a drill', start_intro: 'Every screen of the campus is marked DRILL. Anything real ends it at once.',
    kind: 'What is practised?', note: 'What for, for the drill file', start_send: 'Start the DRILL',
    test_title: 'Send a test alert', test_intro: 'It is marked DRILL and changes no posture. It shows which rooms would be reached.', test_send: 'Send the test',
    unswept: 'the DRILL sweep is incomplete: UNSWEPT stays on it',
    all_clear_title: 'DRILL: practise the all clear', all_clear_intro: 'It is given as a real one is, and lifts nothing but the drill.', all_clear_send: 'Give the DRILL all clear',
    end_title: 'End the drill', end_test_title: 'End the test alert', end_note: 'Notes for the drill file', end_send: 'End the DRILL', end_test_send: 'End the test',
    /** @type {(kind: string, time: string) => string} */
    since: (kind, time) => `${kind} since ${time}`,
    /** @type {Says} */
    by: (who) => `started by ${who}`,
    /** @type {(who: string, time: string) => string} */
    released: (who, time) => `DRILL all clear by ${who} at ${time}`,
  },

  /** The officer's page. */
  OFFICER: {
    page: { i_am_here: 'I am on campus', not_clear: 'Not clear\u2026', not_here: 'You are not recorded as on campus.', saw: 'I saw\u2026', tabs: 'Turn to' },
    tabs: { now: 'To do', sweep: 'Sweep', rooms: 'Rooms', seen: 'Seen', lower: 'All clear' },
  },

  /** The district's board. */
  BOARD: {
    /** @type {Says} */
    title: (summary) => `${summary} \u2013 district board`,
    /** @type {Counts} */
    overdue: (n) => `${plural(n, 'duty', 'duties')} OVERDUE`,
    /** @type {(n: number, posture: string) => string} */
    counted: (n, posture) => `${n} ${posture}`,
    /** @type {Says} */
    has: (who) => `${who} has it`,
    nobody_has: 'nobody has it',
    /** @type {Counts} */
    duties: (n) => `${plural(n, 'duty', 'duties')} open, not overdue`,
    /** @type {Counts} */
    threats: (n) => `${plural(n, 'threat', 'threats')} to answer`,
    /** @type {(of: number, reached: number, acknowledged: number) => string} */
    drill: (of, reached, acknowledged) => `DRILL: ${reached} of ${plural(of, 'room', 'rooms')} reached, ${acknowledged} acknowledged`,
    /** @type {Counts} */
    help: (n) => `${plural(n, 'room', 'rooms')} asking for help`,
    /** @type {Counts} */
    dark: (n) => `${plural(n, 'room', 'rooms')} with no live screen`,
    /** @type {Counts} */
    unreached: (n) => `${plural(n, 'room', 'rooms')} not reached`,
    /** @type {Counts} */
    silent: (n) => `${plural(n, 'room', 'rooms')} reached but not acknowledged`,
    /** @type {Counts} */
    acknowledged: (n) => `all ${plural(n, 'room', 'rooms')} acknowledged`,
    /** @type {(clear: number, of: number) => string} */
    sweep: (clear, of) => `${clear} of ${of} zones clear`,
    /** @type {Says} */
    duress: (who) => `UNDER DURESS: ${who}`,
    /** @type {(received: number, of: number, most: string) => string} */
    received: (received, of, most) => `received on ${received} of ${plural(of, 'screen', 'screens')}, 95 %: ${most}`,
  },
};
