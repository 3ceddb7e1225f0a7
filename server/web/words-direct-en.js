// What the plain pages alone say, in English.

/** @import {Field} from './sheet.js' */
/** @import {Says} from './words-en.js' */

export default {
  /** What the pages' HTML names by `data-say`, beside `PAGE`. */
  PLAIN: {
    back: '\u2039 Back',
    board: 'District board',
    board_for: 'All campuses, worst first',
    classroom: 'Classroom',
    classroom_for: 'A room\u2019s display, a teacher, custodial staff',
    command: 'Command',
    command_for: 'Administrator, SRO, SSO, officer, chief, director',
    disclaimer: 'Lockstep supplements the PA, radio, the fire alarm and 911. It replaces none of them, and it is not listed life-safety equipment.',
    enrol: 'Sign in',
    enrol_code: 'Enrolment code',
    enrol_for: 'With an enrolment code',
    enrol_how: 'Type the enrolment code that an administrator made for you or for this room\u2019s screen. Each code works once, for some minutes.',
    enrol_which: 'Open another page than the one for my role',
    enrol_which_label: 'Page',
    enrol_or: 'Or with an enrolment code:',
    enrol_fitting: 'The page for my role',
    enrol_title: 'Sign in \u2013 Lockstep',
    index_open: 'Open a page',
    index_what: 'Keeps the people of a school in step during a threat: an administrator calls lock-down, every classroom knows at once, officers sweep and release, the district watches.',
    officers: 'Officer on scene',
    officers_first: 'One person makes the code',
    officers_first_who: 'An administrator, the SRO or the director of safety.',
    officers_make: 'Make the code',
    officers_name: 'The officer\u2019s name',
    officers_none: 'Nobody waits to be certified at this campus.',
    officers_second: 'A different person looks at the badge and certifies',
    officers_second_who: 'The director of safety, the chief, the SRO or another officer on record. Never whoever made the code. They open this same page, signed in as themselves.',
    officers_third: 'The officer signs in',
    officers_third_what: 'With the code of step 1 and the PIN of step 2. From then on they may clear zones and give the all clear here, and both names stand on the release.',
    officers_title: 'Officer on scene \u2013 Lockstep',
    officers_what: 'An officer of any agency who has no account gets one here and now. It takes two different people.',
    officer: 'Officer',
    officer_for: 'SRO, officer and SSO, on a phone',
    passkeys: 'Your passkeys',
    passkeys_title: 'Your passkeys \u2013 Lockstep',
    passkeys_what: 'A passkey stands in for your PIN when you give an all clear, lift a lock-down or start a drill: your fingerprint, your face or the code of your device. It signs the very act that you see, and nobody can use it elsewhere. Your PIN keeps working. A passkey signs nobody in, and it cannot say that you are forced: only your duress PIN does.',
    passkeys_none: 'You have none yet.',
    passkeys_own: 'Those that you have',
    policy: 'District policy',
    policy_title: 'District policy \u2013 Lockstep',
    policy_what: 'What a threat, a lock-down and a release come to on every campus of the district. No policy says who gives an all clear: that is always a certified officer.',
    record: 'The record',
    record_drills: 'Drills and test alerts',
    record_export: 'Save the whole timeline',
    record_incidents: 'Incidents',
    record_none: 'No incident is recorded.',
    record_proof: 'For those who check it',
    record_proof_what: 'Every entry with the proof that nothing was taken out or changed. `lockstep timeline verify FILE` checks it without this server.',
    record_title: 'The record \u2013 Lockstep',
    record_what: 'What the timeline of a campus tells. A report is made from its entries alone, in English.',
  },

  /** The district's policy, key by key, as its page asks for it. @type {Field[]} */
  POLICY: [
    { name: 'staff_may_lock_down', label: 'A staff member\u2019s immediate threat', kind: 'radio', options: [['false', 'Pages those who may lock down'], ['true', 'Is a lock-down at once']] },
    { name: 'immediate_threat_locks_after_s', label: 'Seconds until a threat that nobody answers is a lock-down', kind: 'number', hint: 'Empty: never by itself. 0 is at once.' },
    { name: 'school_lift', label: 'May the school lift a lock-down itself?', kind: 'radio', options: [['true', 'Yes, by two people'], ['false', 'No, only an officer\u2019s all clear']], hint: 'A school lift is never called an all clear.' },
    { name: 'release', label: 'How an all clear opens the rooms', kind: 'radio', options: [['announce', 'All at once'], ['room_by_room', 'Room by room, each opened by an officer']] },
    { name: 'fire_alarm_words', label: 'What every lock-down screen says about the fire alarm', kind: 'long', required: true },
    { name: 'fire_alarm_words_es', label: 'The same on screens in Spanish', kind: 'long', required: true },
    { name: 'room_screens', label: 'A room\u2019s screen in a lock-down', kind: 'radio', options: [['dark', 'Dark: it betrays nobody'], ['bright', 'Bright, for rooms that nobody looks into']] },
    { name: 'room_sound', label: 'Does it sound when a lock-down is called?', kind: 'radio', options: [['false', 'No: it stays silent'], ['true', 'Yes, once']] },
  ],
  POLICY_SAYS: {
    never: 'Never by itself', why: 'Why, as the record keeps it', pin: 'Your PIN', change: 'Change the policy for the whole district',
    same: 'Nothing here differs from what stands, so nothing was sent.',
    /** @type {Says} */
    seconds: (n) => `${n} seconds`,
    /** @type {Says} */
    now: (words) => `Stands now: ${words}`,
    /** @type {(version: number, time: string) => string} */
    version: (version, time) => `Version ${version}, as read at ${time}.`,
    /** @type {(version: number, changes: string[]) => string} */
    changed: (version, changes) => `Changed and recorded; version ${version} stands. ${changes.join('. ')}.`,
    /** @type {(version: number) => string} */
    conflict: (version) => `Nothing of yours was sent on. Version ${version} stands, and is shown under each value of yours that differs. Look at it, and press again if yours is still what you want.`,
  },

  /** @type {Field[]} */
  CERTIFICATION: [
    { name: 'agency', label: 'Agency', required: true, hint: 'As on the badge, like Sorrel County Sheriff\u2019s Office.' },
    { name: 'badge', label: 'Badge number', required: true },
    { name: 'kind', label: 'Kind of certification', hint: 'As its authority calls it, like peace officer.' },
    { name: 'number', label: 'Certification number', required: true },
    { name: 'full_time', label: 'Employed', kind: 'radio', required: true, options: [['true', 'Full-time'], ['false', 'Part-time or reserve']], hint: 'Only a full-time officer gives an all clear.' },
    { name: 'valid_until', label: 'Certified until', kind: 'date', required: true },
    { name: 'pin', label: 'Your PIN', kind: 'pin', required: true },
  ],
  OFFICER_SAYS: {
    certify: 'Look at the badge and certify\u2026', certify_send: 'I certify this officer',
    certify_intro: 'Enter what the badge and the certification say, with both in front of you. Your name stands on every release that this officer gives.',
    /** @type {Says} */
    certify_title: (name) => `Certify ${name}`,
    /** @type {Says} */
    code: (name) => `Code for ${name}`,
    /** @type {(host: string, until: string) => string} */
    code_what: (host, until) => `Shown once. Give it to the officer, who types it at ${host}/enrol. It does not work yet: somebody else must certify them first, by ${until}.`,
    mine: 'You made this code, so somebody else must certify. Ask them to open this page now.',
    not_yours: 'This step is not yours to take: ask one of those named here.',
    /** @type {Says} */
    pin: (name) => `PIN for ${name}`,
    /** @type {Says} */
    pin_what: (until) => `Shown once. Say it to the officer and to nobody else: every all clear asks for it. Their code of step 1 works now, until ${until}.`,
    /** @type {(by: string, until: string) => string} */
    waits: (by, until) => `Code made by ${by}. Waits to be certified until ${until}.`,
  },

  /** What the timeline tells. */
  RECORD: {
    /** What an incident or a drill came to. */
    kinds: { escalation: 'Help asked for', threat: 'Immediate threat', controlled_movement: 'Controlled movement', lock_down: 'Lock-down', test_alert: 'Test alert' },
    /** @type {Says} */
    as_of: (time) => `As read at ${time}.`,
    /** @type {Says} */
    closed: (time) => `closed ${time}`,
    open: 'still open', reading: 'Reading the timeline\u2026', report: 'Report',
    /** @type {Says} */
    drill_file: (year) => `Drill file of ${year}`,
  },

  /** Where nothing came back over HTTP. */
  SIGN_ON: {
    /** With the district's own sign-in. @type {Says} */
    with: (district) => `Sign in with ${district}`,
  },

  /** One's own passkeys. */
  PASSKEYS: {
    add: 'Add a passkey on this device',
    name: 'What you call it, like My phone',
    pin: 'Your PIN',
    not_here: 'This browser makes no passkeys at this address. Open Lockstep by its name over https, not by a number.',
    not_made: 'No passkey was made: it was cancelled, took too long, or this device has one of yours already.',
    remove: 'Remove', remove_again: 'Press again: remove it',
    added: 'Added and recorded.', removed: 'Removed and recorded. It proves nothing any more; your device may still list it.',
    /** @type {(host: string, at: string) => string} */
    made: (host, at) => `For ${host}, added ${at}`,
    /** @type {Says} */
    removes: (name) => `Remove ${name}`,
  },

  NO_ANSWER: {
    read: 'The server did not answer. Check the network and load this page again.',
    changed: 'No answer came, so it is not known whether this was recorded. Load this page again and look before you try again.',
    code: 'The server did not answer.',
    code_advice: 'Check the network and try again. The code may have been used: if it is refused, ask for a new one.',
  },
};
