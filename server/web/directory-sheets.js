// The sheets of a person and of a room: what stands, what may be done, and a lost device's end.

/** @import {Answer, Role} from './types.js' */
/** @import {Asked} from './direct.js' */
/** @import {Changed, Display, Me, Page, Person, Room, Someone} from './directory-asked.js' */
/** @import {Told} from './directory-differs.js' */
/** @import {Field, Made} from './sheet.js' */
import { forgetCode, handCode } from './directory-code.js';
import { makeDiffers, ofPerson, ofRoom } from './directory-differs.js';
import { changeOf, newCode, signInsOf, switchOff, tryOf } from './directory-asked.js';
import { clockOf, h, keyed, once, show } from './draw.js';
import { makeField } from './sheet.js';
import { tell } from './parts.js';
import { TwoPress } from './two-press.js';
import { GIVEN, HAND } from './words-hand.js';

/** @typedef {{me: Me, page: Page, campus: string, after: (changed: Changed | null) => Promise<Page | null>}} Around */

const time = clockOf(undefined);
/** @type {Role[]} */
const DISTRICT = ['chief', 'director', 'superintendent', 'monitor'];
/** @type {Role[]} */
const SWORN = ['sro', 'officer', 'chief'];

/** A dialog with a place for answers. @param {string} title @param {...(HTMLElement | null)} children */
function openDialog(title, ...children) {
  const said = h('p', { class: 'answer', role: 'alert', hidden: true });
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, HAND.close);
  const dialog = h('dialog', { 'aria-label': title }, h('div', { class: 'sheet' }, h('h2', {}, title), ...children, said, h('div', { class: 'actions' }, close)));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, said };
}

/** A change that closes its sheet once it was made. What was typed stays where it was not.
 * @param {Around} around @param {HTMLDialogElement} dialog @param {unknown} change @param {string} [pin] @param {string} [why] @returns {Promise<Asked<Changed>>} */
async function asked(around, dialog, change, pin, why) {
  const { made, answer } = await changeOf(around.me.face, around.page.version, change, pin, why);
  if (!made) return late(around, answer);
  dialog.close();
  await around.after(made);
  return { made };
}

/** A refusal, which says what to do where somebody else was faster. @param {Around} around @param {Answer} answer @returns {Promise<{made?: undefined, answer: Answer}>} */
async function late(around, answer) {
  if (answer.kind === 'refused' && answer.refusal.code === 'version_conflict') {
    // The next press is made on what stands now.
    around.page = await around.after(null) ?? around.page;
    answer.refusal = { ...answer.refusal, advice: HAND.conflict };
  }
  return { answer };
}

/** The same by a form of the sheet, which says what it came to where it is not made.
 * @param {Around} around @param {{dialog: HTMLDialogElement, said: HTMLElement}} open @param {unknown} wanted @param {string} [pin] @param {string} [why] @returns {Promise<Changed | null>} */
async function change(around, { dialog, said }, wanted, pin, why) {
  const { made, answer } = await asked(around, dialog, wanted, pin, why);
  if (made) return made;
  tell(said, answer);
  said.scrollIntoView({ block: 'nearest' });
  return null;
}

/** What a button of two presses says where all went well. @type {Answer} */
const DONE = { kind: 'accepted', accepted: { id: '', fact: '', holds: 'recorded' } };

/** Two presses and a PIN. @param {string} label @param {string} again @param {(pin: string) => Promise<Asked<Changed>>} act */
function removal(label, again, act) {
  const pin = makeField({ name: 'remove_pin', label: HAND.remove_pin, kind: 'pin', required: true });
  const two = new TwoPress();
  two.setAttribute('label', label);
  two.setAttribute('again', again);
  two.act = async () => {
    const { answer } = await act(pin.read());
    pin.write('');
    return answer ?? DONE;
  };
  return [pin.row, two];
}

/** The sign-ins of somebody or of a display, each with its end. @param {Me} me @param {string} principal */
function signIns(me, principal) {
  const list = h('ul', { class: 'sign-ins' });
  const said = h('p', { class: 'answer', role: 'status', hidden: true });
  const none = h('p', { class: 'none' }, HAND.reading);
  const read = async () => {
    const { made, answer } = await signInsOf(me.face, principal);
    if (!made) { tell(said, answer); return; }
    none.textContent = HAND.sign_ins_none;
    show(none, made.sign_ins.length === 0);
    keyed(list, made.sign_ins, ({ id }) => id, ({ id, made_at: at, this: own }) => {
      const two = new TwoPress();
      two.setAttribute('label', HAND.switch_off);
      two.setAttribute('again', HAND.switch_off_now);
      two.act = async () => {
        const { answer: refused } = await switchOff(me.face, id);
        if (refused) return refused;
        read();
        return DONE;
      };
      return h('li', {}, h('span', {}, [HAND.made_at(time(at)), own ? HAND.this_one : ''].filter(Boolean).join(', ')), two);
    });
  };
  read();
  return h('section', {}, h('h3', {}, HAND.sign_ins), h('p', { class: 'small' }, HAND.lost), none, list, said);
}

/** Those who decide nothing and read little have a code for the asking; of anybody else's it takes the maker's PIN (A4).
 * @type {Role[]} */
const REPORT = ['staff', 'eyes', 'room'];

/** A code for them, where they are. @param {Me} me @param {string} principal @param {string} name @param {Role} role */
function codes(me, principal, name, role) {
  const pin = REPORT.includes(role) ? null : makeField({ name: 'code_pin', label: HAND.code_pin, kind: 'pin', required: true });
  const handed = h('div', { class: 'secret handed', role: 'status', hidden: true });
  const said = h('p', { class: 'answer', role: 'alert', hidden: true });
  const button = h('button', { type: 'button', class: 'primary', onclick: () => once(button, async () => {
    forgetCode(handed);
    const { made, answer } = await newCode(me.face, principal, pin?.read());
    pin?.write('');
    tell(said, answer ?? null);
    if (made) handCode(handed, name, made);
  }) }, HAND.new_code);
  return [...(pin ? [pin.row] : []), h('div', { class: 'actions' }, button), said, handed];
}

/** The fields of a person, and what they come to. @param {Page} page @param {string} campus @param {Person} stands @param {boolean} isNew */
function personFields(page, campus, stands, isNew) {
  const { may_give: given, campuses: all, place } = page;
  const roles = /** @type {[string, string][]} */ (given.map((role) => [role, GIVEN[role]]));
  /** @param {Field} field */
  const of = (field) => makeField(field);
  const name = of({ name: 'name', label: HAND.name, required: true, value: stands.name });
  const role = of({ name: 'role', label: HAND.role, kind: 'select', options: roles, value: stands.role });
  const served = of({ name: 'campuses', label: HAND.campuses, kind: 'checks', options: all.map(({ id, name: said }) => [id, said]) });
  served.write(stands.campuses.join(','));
  const inRooms = /** @type {[string, string][]} */ ([['', HAND.no_room], ...(place?.rooms ?? []).map((room) => [room.id, room.name])]);
  if (stands.room && !inRooms.some(([id]) => id === stands.room)) inRooms.push([stands.room, stands.room]);
  const room = of({ name: 'room', label: HAND.room, kind: 'select', options: inRooms, value: stands.room ?? '' });
  const addresses = of({ name: 'addresses', label: HAND.addresses, kind: 'long', hint: HAND.addresses_hint, value: (stands.addresses ?? []).join('\n') });
  const on = stands.certification;
  const papers = {
    agency: of({ name: 'agency', label: HAND.agency, value: on?.agency }), badge: of({ name: 'badge', label: HAND.badge, value: on?.badge }),
    kind: of({ name: 'kind', label: HAND.kind, hint: HAND.kind_hint, value: on?.kind }), number: of({ name: 'number', label: HAND.number, value: on?.number }),
    full_time: of({ name: 'full_time', label: HAND.employed, kind: 'radio', options: [['true', HAND.full], ['false', HAND.part]], value: String(on?.full_time ?? true) }),
    valid_until: of({ name: 'valid_until', label: HAND.until, kind: 'date' }),
  };
  papers.valid_until.write(on?.valid_until ?? '');
  const certified = h('fieldset', { class: 'field' }, h('legend', {}, HAND.certified_for), ...Object.values(papers).map(({ row }) => row));
  const why = of({ name: 'reason', label: HAND.why });
  const pin = of({ name: 'pin', label: HAND.pin, kind: 'pin', hint: isNew ? HAND.pin_needed : HAND.pin_hint });
  const roleNow = () => /** @type {Role} */ (role.read());
  const fit = () => {
    show(served.row, !DISTRICT.includes(roleNow()) && all.length > 1);
    show(room.row, !DISTRICT.includes(roleNow()));
    show(certified, SWORN.includes(roleNow()) && given.includes('sro'));
    show(pin.row, !(isNew && roleNow() === 'staff'));
  };
  role.input.addEventListener('change', fit);
  fit();
  /** @returns {Person} */
  const person = () => {
    const district = DISTRICT.includes(roleNow());
    const kind = papers.kind.read();
    const entered = { agency: papers.agency.read(), badge: papers.badge.read(), ...(kind ? { kind } : {}), number: papers.number.read(), full_time: papers.full_time.read() === 'true', valid_until: papers.valid_until.read() };
    const same = on && (on.kind ?? '') === kind && Object.entries(entered).every(([key, value]) => on[/** @type {keyof typeof entered} */ (key)] === value);
    const none = !entered.agency && !entered.badge && !entered.number;
    const marked = served.read() ? served.read().split(',') : [];
    return {
      ...stands, name: name.read(), role: roleNow(), room: district ? null : room.read() || null,
      campuses: district ? [] : all.length > 1 ? marked : stands.campuses.length > 0 ? stands.campuses : [campus || (all[0]?.id ?? '')],
      certification: !SWORN.includes(roleNow()) || same ? on ?? null : none ? null : entered,
      may_lock_down: district && roleNow() !== 'monitor' ? stands.may_lock_down ?? [] : [],
      addresses: addresses.read().split(/\s*\n\s*/).filter(Boolean),
    };
  };
  return { rows: [name.row, role.row, served.row, room.row, addresses.row, certified, why.row, pin.row], first: name.input, person, pin, why };
}

/** What may be looked at before it is sent: the change, and what it takes the place of; nothing, where somebody is new.
 * @typedef {{around: Around, said: () => HTMLElement, change: () => unknown, was: Told | null, is: () => Told, pin: Made}} Look */

/** @param {string} send @param {HTMLElement[]} rows @param {() => Promise<unknown>} act @param {Look} [look] */
function formOf(send, rows, act, look) {
  const submit = h('button', { type: 'submit', class: 'primary' }, send);
  const seen = look ? lookFirst(look) : null;
  const form = h('form', { class: 'sheet', onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    seen?.hide();
    once(submit, act);
  } }, ...rows, seen?.place, h('div', { class: 'actions' }, submit, seen?.button));
  // What is typed now is not what was looked at.
  form.addEventListener('input', (event) => { if (event.target !== look?.pin.input) seen?.hide(); });
  return form;
}

/** A press that changes nothing: it is asked whether the change may be made, and told what it comes to. @param {Look} look */
function lookFirst({ around, said, change: wanted, was, is, pin }) {
  const { place, hide, tell: differs } = makeDiffers();
  const button = h('button', { type: 'button', onclick: () => once(button, async () => {
    const needed = pin.input.hasAttribute('required');
    pin.input.toggleAttribute('required', false);
    const whole = button.form?.reportValidity() ?? true;
    pin.input.toggleAttribute('required', needed);
    if (!whole) return;
    hide();
    const { made, answer } = await tryOf(around.me.face, around.page.version, wanted());
    const refused = answer && (await late(around, answer)).answer;
    tell(said(), refused ?? null);
    if (refused) said().scrollIntoView({ block: 'nearest' });
    if (made) differs(was, is(), made.proof_needed === true);
  }) }, HAND.look);
  return { place, hide, button };
}

/** Somebody who stands in the directory. @param {Around & {one: Someone}} around */
export function openPerson({ one, ...around }) {
  const { me, page, campus } = around;
  const { id, person } = one;
  const principal = `person:${id}`;
  const own = principal === me.you.principal;
  const fields = one.may_change ? personFields(page, campus, person, false) : null;
  const open = openDialog(person.name, h('p', { class: 'small' }, id),
    ...(one.may_make_code ? codes(me, principal, person.name, person.role) : []), signIns(me, principal),
    fields ? formOf(HAND.save, fields.rows, async () => {
      await change(around, open, { change: 'change_person', id, person: fields.person() }, fields.pin.read(), fields.why.read());
      fields.pin.write('');
    }, {
      around, said: () => open.said, change: () => ({ change: 'change_person', id, person: fields.person() }),
      was: ofPerson(page, person), is: () => ofPerson(page, fields.person()), pin: fields.pin,
    }) : null,
    one.may_change && !own ? h('section', {}, h('h3', {}, HAND.remove), h('p', { class: 'small' }, HAND.remove_what),
      ...removal(HAND.remove, HAND.remove_now, (pin) => asked(around, open.dialog, { change: 'remove_person', id }, pin))) : null);
}

/** Somebody who comes, of any role that one gives. @param {Around & {handed: HTMLElement}} around */
export function openNewPerson({ handed, ...around }) {
  const { me, page, campus } = around;
  /** @type {Person} */
  const nobody = { name: '', role: 'staff', campuses: campus ? [campus] : [], room: null, certification: null, may_lock_down: [], addresses: [] };
  const fields = personFields(page, campus, nobody, true);
  const open = openDialog(HAND.add_title, formOf(HAND.add, fields.rows, async () => {
    const person = fields.person();
    const pin = fields.pin.read();
    const made = await change(around, open, { change: 'add_person', person }, pin, fields.why.read());
    fields.pin.write('');
    const code = made?.principal ? await newCode(me.face, made.principal, pin) : null;
    if (code?.made) handCode(handed, person.name, code.made);
  }, {
    around, said: () => open.said, change: () => ({ change: 'add_person', person: fields.person() }), was: null, is: () => ofPerson(page, fields.person()), pin: fields.pin,
  }));
  fields.first.focus();
}

/** @param {Page} page @param {Room | null} room */
function roomFields({ place }, room) {
  const name = makeField({ name: 'name', label: HAND.name, required: true, value: room?.name });
  const zone = makeField({ name: 'zone', label: HAND.zone, kind: 'select', options: (place?.zones ?? []).map(({ id, name: said }) => [id, said]), value: room?.zone });
  return { rows: [name.row, zone.row], first: name.input, read: () => ({ name: name.read(), zone: zone.read() }) };
}

/** A room, and the displays that hang in it. @param {Around & {room: Room, displays: Display[]}} around */
export function openRoom({ room, displays, ...around }) {
  const { me, page, campus } = around;
  const may = page.place?.may_change === true;
  const hung = displays.map(({ id }) => h('section', {}, h('h3', {}, `${HAND.display} ${id}`), ...(may ? codes(me, `device:${id}`, room.name, 'room') : []), signIns(me, `device:${id}`),
    ...(may ? removal(HAND.remove_display, HAND.remove_display_now, (pin) => asked(around, open.dialog, { change: 'remove_display', id }, pin)) : [])));
  const handed = h('div', { class: 'secret handed', role: 'status', hidden: true });
  const add = h('button', { type: 'button', onclick: () => once(add, async () => {
    const { made, answer } = await changeOf(me.face, around.page.version, { change: 'add_display', campus, room: room.id });
    around.page = await around.after(made ?? null) ?? around.page;
    if (!made) { tell(open.said, answer); return; }
    const code = made.principal ? await newCode(me.face, made.principal) : null;
    if (code?.made) handCode(handed, room.name, code.made);
    show(add, false);
  }) }, HAND.add_display);
  const fields = may ? roomFields(page, room) : null;
  const pin = makeField({ name: 'pin', label: HAND.pin, kind: 'pin', required: true });
  const open = openDialog(room.name, h('p', { class: 'small' }, room.id), may ? h('div', { class: 'actions' }, add) : null, handed, ...hung,
    fields ? formOf(HAND.save, [...fields.rows, pin.row], async () => {
      await change(around, open, { change: 'put_room', campus, id: room.id, room: fields.read() }, pin.read());
      pin.write('');
    }, {
      around, said: () => open.said, change: () => ({ change: 'put_room', campus, id: room.id, room: fields.read() }), was: ofRoom(page, room), is: () => ofRoom(page, fields.read()), pin,
    }) : null,
    may ? h('section', {}, h('h3', {}, HAND.remove_room), ...removal(HAND.remove_room, HAND.remove_room_now, (given) => asked(around, open.dialog, { change: 'remove_room', campus, id: room.id }, given))) : null);
}

/** A room that comes. @param {Around} around */
export function openNewRoom(around) {
  const { page, campus } = around;
  const id = makeField({ name: 'id', label: HAND.room_id, required: true, hint: HAND.room_id_hint });
  const fields = roomFields(page, null);
  const open = openDialog(HAND.add_room, formOf(HAND.add_room, [id.row, ...fields.rows], async () => {
    await change(around, open, { change: 'put_room', campus, id: id.read(), room: fields.read() });
  }));
  id.input.focus();
}
