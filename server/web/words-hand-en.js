// What the page of people and rooms alone says, in English.

/** @import {Says} from './words-en.js' */

export default {
  /** What its HTML names by `data-say`. */
  HAND_PAGE: {
    people: 'People and rooms', people_title: 'People and rooms \u2013 Lockstep',
    substitute: 'Substitute', substitute_name: 'Their name', substitute_room: 'Their room', substitute_send: 'Add, and show the code',
    people_list: 'People', people_search: 'Search by name, role or room', people_add: 'Add somebody else\u2026', people_nobody: 'Nobody is found here.',
    rooms_list: 'Rooms and their displays', rooms_add: 'Add a room\u2026',
  },
  /** Roles, as a choice of one. */
  GIVEN: {
    staff: 'Staff: teacher, substitute, office', eyes: 'Custodial staff and maintenance', administrator: 'Administrator', sro: 'SRO: certified officer of the campus', officer: 'Officer of another agency',
    sso: 'SSO: school safety officer', chief: 'Chief of campus police', director: 'Director of safety', superintendent: 'Superintendent', monitor: 'District monitor: reads only',
    room: 'Room', operator: 'Operator',
  },
  HAND: {
    everywhere: 'The whole district', no_room: 'No room of their own', room: 'Room', role: 'What they are', name: 'Name', campuses: 'Campuses', zone: 'Zone', room_id: 'Short id',
    room_id_hint: 'Small letters, digits and hyphens, like n150. It stays as it is.',
    addresses: 'Where to reach them outside', addresses_hint: 'tel:, sms: or mailto:, one a line, in the order to be tried.',
    agency: 'Agency', badge: 'Badge number', kind: 'Kind of certification', kind_hint: 'As its authority calls it, like peace officer.', number: 'Certification number', employed: 'Employed', full: 'Full-time', part: 'Part-time or reserve', until: 'Certified until',
    certified_for: 'Certification: an SRO has one on record, an officer needs one for the all clear. The director alone enters it.',
    why: 'Why, as the record keeps it', pin: 'Your PIN', pin_hint: 'Not needed for another name or room of the staff.', pin_needed: 'Asked for, as this gives or takes a right.',
    save: 'Save the change', add: 'Add them', add_title: 'Add somebody', add_room: 'Add the room', close: 'Close',
    by_hand: 'by hand', elsewhere: 'also serves elsewhere', no_display: 'No display',
    /** @type {Says} */
    displays: (n) => `Displays: ${n}`,
    new_code: 'New code', code_pin: 'Your PIN, for their code', sign_ins: 'Signed in', sign_ins_none: 'Signed in nowhere.', this_one: 'this one, here', reading: 'Reading\u2026',
    /** @type {Says} */
    made_at: (time) => `since ${time}`,
    lost: 'Lost or stolen? Switch it off: it is out at once, also where it is open.',
    switch_off: 'Switch off', switch_off_now: 'Switch off now', off: 'Switched off.',
    remove: 'Remove', remove_now: 'Remove them now', remove_room: 'Remove the room', remove_room_now: 'Remove the room now', remove_display: 'Remove this display', remove_display_now: 'Remove this display now',
    remove_what: 'Their sign-ins are switched off with them.', remove_pin: 'Your PIN, to remove', display: 'Display', add_display: 'Add a display, and show its code',
    /** @type {Says} */
    code_for: (name) => `Code for ${name}`,
    /** @type {(host: string, until: string) => string} */
    code_what: (host, until) => `Works once, until ${until}. Scan the picture with the phone\u2019s camera, open the link, or type the code at ${host}/enrol.`,
    qr: 'The link as a picture for a camera', another: 'Done',
    /** @type {(version: number, time: string) => string} */
    version: (version, time) => `Version ${version}, as read at ${time}.`,
    /** @type {(version: number, changes: string[]) => string} */
    changed: (version, changes) => `Changed and recorded; version ${version} stands. ${changes.join('. ')}.`,
    conflict: 'What you typed is still here, and nothing was sent on. The list is read anew: look, and press again.',
    look: 'See what would change', look_title: 'What would change', was: 'now', is: 'then', nothing: 'nothing',
    takes_pin: 'Nothing is changed yet. Saving it takes your PIN.', takes_none: 'Nothing is changed yet. Saving it takes no PIN.',
    same: 'Nothing here differs from what stands.',
  },
};
