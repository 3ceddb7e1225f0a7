// What the plain pages alone say (policy, officers on scene): a part of the table in `words.js`,
// apart from it so that a classroom on a thin line does not load it.

/** @import {Field} from './sheet.js' */

/** The district's policy, key by key, as its page asks for it. @type {Field[]} */
export const POLICY = [
  { name: 'staff_may_lock_down', label: 'A staff member\u2019s immediate threat', kind: 'radio', options: [['false', 'Pages those who may lock down'], ['true', 'Is a lock-down at once']] },
  { name: 'immediate_threat_locks_after_s', label: 'Seconds until a threat that nobody answers is a lock-down', kind: 'number', hint: 'Empty: never by itself. 0 is at once.' },
  { name: 'school_lift', label: 'May the school lift a lock-down itself?', kind: 'radio', options: [['true', 'Yes, by two people'], ['false', 'No, only an officer\u2019s all clear']], hint: 'A school lift is never called an all clear.' },
  { name: 'release', label: 'How an all clear opens the rooms', kind: 'radio', options: [['announce', 'All at once'], ['room_by_room', 'Room by room, each opened by an officer']] },
  { name: 'fire_alarm_words', label: 'What every lock-down screen says about the fire alarm', kind: 'long', required: true },
];
export const POLICY_SAYS = {
  never: 'Never by itself', seconds: ' seconds', why: 'Why, as the record keeps it', pin: 'Your PIN', change: 'Change the policy for the whole district',
  same: 'Nothing here differs from what stands, so nothing was sent.',
  now: (/** @type {string} */ words) => `Stands now: ${words}`,
  version: (/** @type {number} */ version) => `Version ${version}, as read at ${new Date().toLocaleTimeString('en-US')}.`,
  changed: (/** @type {number} */ version, /** @type {string[]} */ changes) => `Changed and recorded; version ${version} stands. ${changes.join('. ')}.`,
  conflict: (/** @type {number} */ version) => `Nothing of yours was sent on. Version ${version} stands, and is shown under each value of yours that differs. Look at it, and press again if yours is still what you want.`,
};

/** @type {Field[]} */
export const CERTIFICATION = [
  { name: 'agency', label: 'Agency', required: true, hint: 'As on the badge, like Sorrel County Sheriff\u2019s Office.' },
  { name: 'badge', label: 'Badge number', required: true },
  { name: 'number', label: 'Certification number', required: true },
  { name: 'full_time', label: 'Employed', kind: 'radio', required: true, options: [['true', 'Full-time'], ['false', 'Part-time or reserve']], hint: 'Only a full-time officer gives an all clear.' },
  { name: 'valid_until', label: 'Certified until', kind: 'date', required: true },
  { name: 'pin', label: 'Your PIN', kind: 'pin', required: true },
];
export const OFFICER_SAYS = {
  certify: 'Look at the badge and certify\u2026', certify_send: 'I certify this officer',
  certify_intro: 'Enter what the badge and the certification say, with both in front of you. Your name stands on every release that this officer gives.',
  certify_title: (/** @type {string} */ name) => `Certify ${name}`,
  code: (/** @type {string} */ name) => `Code for ${name}`,
  code_what: (/** @type {string} */ host, /** @type {string} */ until) => `Shown once. Give it to the officer, who types it at ${host}/enrol. It does not work yet: somebody else must certify them first, by ${until}.`,
  mine: 'You made this code, so somebody else must certify. Ask them to open this page now.',
  not_yours: 'This step is not yours to take: ask one of those named here.',
  pin: (/** @type {string} */ name) => `PIN for ${name}`,
  pin_what: (/** @type {string} */ until) => `Shown once. Say it to the officer and to nobody else: every all clear asks for it. Their code of step 1 works now, until ${until}.`,
  waits: (/** @type {string} */ by, /** @type {string} */ until) => `Code made by ${by}. Waits to be certified until ${until}.`,
};

/** Where nothing came back over HTTP. */
export const NO_ANSWER = {
  read: 'The server did not answer. Check the network and load this page again.',
  changed: 'No answer came, so it is not known whether this was recorded. Load this page again and look before you try again.',
};
