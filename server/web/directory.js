// People, rooms and displays by hand. First and largest what cannot wait: a substitute, who is named,
// given a room and handed a code in three presses. A change is put at the version that was read; where
// somebody else was faster, the list is read anew and what was typed stays.

/** @import {Answer} from './types.js' */
/** @import {Asked} from './direct.js' */
/** @import {Changed, Page, Person, Room, Someone} from './directory-asked.js' */
import { handCode, forgetCode } from './directory-code.js';
import { changeOf, newCode, readPage } from './directory-asked.js';
import { openNewPerson, openNewRoom, openPerson, openRoom } from './directory-sheets.js';
import { pickCampus, sayPlain, tellAt, tellPage, whoAmI } from './direct.js';
import { byName, h, keyed, once, say, show } from './draw.js';
import { LOCALE } from './language.js';
import { ROLE } from './words.js';
import { HAND, HAND_PAGE } from './words-hand.js';

sayPlain(HAND_PAGE);

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const picker = /** @type {HTMLSelectElement} */ (find('campus'));
const rooms = /** @type {HTMLSelectElement} */ (find('room'));
const search = /** @type {HTMLInputElement} */ (find('search'));
const form = /** @type {HTMLFormElement} */ (find('add'));
const me = await whoAmI();
let campus = location.hash.slice(1);
/** What was read last. @type {Page | null} */
let page = null;

const roomName = (/** @type {string | null | undefined} */ id) => page?.place?.rooms.find((room) => room.id === id)?.name ?? id ?? '';

async function read() {
  if (!me) return;
  const of = campus;
  const { made, answer } = await readPage(me.face, campus);
  if (of !== campus) return;
  tellPage(answer ?? null);
  if (!made) return;
  page = made;
  const may = page.may_give.length > 0;
  show(find('lists'), true);
  show(find('substitute'), may && campus !== '');
  show(find('add-other'), may);
  show(find('rooms-section'), page.place !== undefined);
  show(find('add-room'), page.place?.may_change === true);
  const chosen = rooms.value;
  const all = [...page.place?.rooms ?? []].sort(byName);
  rooms.replaceChildren(h('option', { value: '' }, HAND.no_room), ...all.map(({ id, name }) => h('option', { value: id }, name)));
  rooms.value = all.some(({ id }) => id === chosen) ? chosen : '';
  say(find('version'), HAND.version(page.version, new Date().toLocaleTimeString(LOCALE)));
  draw();
}

/** Letters with and without their marks are the same to who searches. @param {string} text */
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase(LOCALE);

function draw() {
  if (!page) return;
  const wanted = plain(search.value.trim());
  const told = (/** @type {Someone} */ { person }) => [person.name, ROLE[person.role], person.room ?? '', roomName(person.room)].join(' ');
  const people = page.people.filter((one) => plain(`${told(one)} ${one.id}`).includes(wanted)).sort((a, b) => byName(a.person, b.person));
  show(find('nobody'), people.length === 0);
  keyed(find('people'), people, (one) => JSON.stringify(one), personRow);
  const found = (page.place?.rooms ?? []).filter((room) => plain(`${room.name} ${room.id}`).includes(wanted)).sort(byName);
  keyed(find('rooms'), found, (room) => JSON.stringify([room, displaysOf(room)]), roomRow);
}

const displaysOf = (/** @type {Room} */ room) => (page?.place?.displays ?? []).filter((display) => display.room === room.id);

/** @param {Someone} one */
function personRow(one) {
  const { person } = one;
  const more = [ROLE[person.role], roomName(person.room), one.elsewhere ? HAND.elsewhere : '', one.by_hand ? HAND.by_hand : ''].filter(Boolean).join(', ');
  const open = () => page && me && openPerson({ me, page, campus, one, after });
  // Of whom one may do nothing there is nothing to open.
  return h('li', {}, one.may_switch_off ? h('button', { type: 'button', class: 'entry', onclick: open }, h('strong', {}, person.name), h('small', {}, more))
    : h('p', { class: 'entry' }, h('strong', {}, person.name), h('small', {}, more)));
}

/** @param {Room} room */
function roomRow(room) {
  const displays = displaysOf(room);
  const more = [displays.length > 0 ? HAND.displays(String(displays.length)) : HAND.no_display, room.by_hand ? HAND.by_hand : ''].filter(Boolean).join(', ');
  return h('li', {}, h('button', { type: 'button', class: 'entry', onclick: () => page && me && openRoom({ me, page, campus, room, displays, after }) }, h('strong', {}, room.name), h('small', {}, more)));
}

/** After a change that was made, or one that came too late: what stands is read. @param {Changed | null} changed */
async function after(changed) {
  await read();
  if (changed) {
    say(find('said'), HAND.changed(changed.version, changed.changes));
    find('said').className = 'answer accepted';
    show(find('said'), true);
  }
  return page;
}

/** A substitute. Somebody who comes takes nothing from anybody: where another change was faster, this
 * one is made on top of it. */
async function addSubstitute() {
  if (!me || !page) return;
  forgetCode(find('made'));
  const name = String(new FormData(form).get('name')).trim();
  const person = { name, role: /** @type {const} */ ('staff'), campuses: [campus], room: rooms.value || null };
  const change = { change: 'add_person', person };
  let asked = await changeOf(me.face, page.version, change);
  if (asked.answer?.kind === 'refused' && asked.answer.refusal.code === 'version_conflict') {
    await read();
    asked = await changeOf(me.face, page.version, change);
  }
  tellAt(find('refused'), asked.answer ?? null);
  if (!asked.made) return;
  const code = asked.made.principal ? await newCode(me.face, asked.made.principal) : null;
  tellAt(find('refused'), code?.answer ?? null);
  form.reset();
  if (code?.made) handCode(find('made'), name, code.made);
  await read();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  once(/** @type {HTMLElement} */ (form.querySelector('button')), addSubstitute);
});
search.addEventListener('input', draw);
find('add-other').addEventListener('click', () => page && me && openNewPerson({ me, page, campus, after, handed: find('made') }));
find('add-room').addEventListener('click', () => page && me && openNewRoom({ me, page, campus, after }));
picker.addEventListener('change', () => {
  campus = picker.value;
  history.replaceState(null, '', `${location.search}#${campus}`);
  find('back').setAttribute('href', `/${me?.face ?? ''}#${campus}`);
  forgetCode(find('made'));
  page = null;
  for (const id of ['people', 'rooms']) find(id).replaceChildren();
  for (const id of ['lists', 'substitute']) show(find(id), false);
  read();
});
addEventListener('pagehide', () => forgetCode(find('made')));

if (me) {
  campus = await pickCampus(me.face, picker, campus);
  // People of the district serve no campus: they stand apart, for those who serve all of it.
  if (['chief', 'director', 'superintendent'].includes(me.you.role)) {
    picker.append(h('option', { value: '' }, HAND.everywhere));
    picker.disabled = false;
  }
  await read();
  if (!find('substitute').hidden) find('name').focus();
}
