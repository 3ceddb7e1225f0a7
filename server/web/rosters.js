// Who sits in which class (I4): asked for in an incident alone, a room or the whole campus at a time. The server
// writes each reading down before a name leaves it, and nothing of it is kept here.

/** @import {RoomCard} from './types.js' */
/** @import {View} from './view.js' */
/** @typedef {{title: string, room?: string, periods?: string, students: string[]}} Section */
/** @typedef {{as_of?: string, sections: Section[]}} Roster */
import { byName, h, once, say, show } from './draw.js';
import { readProblem } from './link.js';
import { SHEET } from './words.js';
import { ROSTER } from './words-command.js';

/** A reading is a few steps behind one another: the record, and then the names. */
const READ_MS = 10_000;

/** @param {import('./types.js').Face} face @param {string} campus @param {string} room that of the whole campus where it is empty @returns {Promise<Roster | string>} */
async function read(face, campus, room) {
  const at = room ? `rooms/${encodeURIComponent(room)}/roster` : 'rosters';
  try {
    const answer = await fetch(`/v1/campuses/${encodeURIComponent(campus)}/${at}?face=${face}`, { signal: AbortSignal.timeout(READ_MS), cache: 'no-store' });
    if (answer.ok) return /** @type {Roster} */ (await answer.json());
    const { message, advice } = await readProblem(answer);
    return `${message} ${advice}`;
  } catch {
    return ROSTER.unread;
  }
}

/** Of one's own room, or of whichever of these. @param {View} view @param {Pick<RoomCard, 'id' | 'name'>[]} rooms @param {boolean} [own] */
export function openRoster(view, rooms, own = false) {
  const names = new Map(rooms.map(({ id, name }) => [id, name]));
  const whole = own ? [] : [h('option', { value: '' }, ROSTER.whole)];
  const choice = h('select', {}, ...whole, ...[...rooms].sort(byName).map(({ id, name }) => h('option', { value: id }, name)));
  const note = h('p', { class: 'answer', role: 'alert', hidden: true });
  const list = h('div', { class: 'roster', 'aria-live': 'polite' });
  const open = h('button', { type: 'submit', class: 'primary' }, ROSTER.open);
  const form = h('form', { class: 'sheet' },
    h('h2', {}, ROSTER.heading), h('p', {}, ROSTER.intro), h('label', { class: 'field' }, h('span', {}, ROSTER.room), choice), note, list,
    h('div', { class: 'actions' }, open, h('button', { type: 'button', onclick: () => dialog.close() }, SHEET.close)));
  const dialog = h('dialog', { 'aria-label': ROSTER.heading }, form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    once(open, async () => {
      show(note, false);
      list.replaceChildren();
      const roster = await read(view.face, view.id, choice.value);
      if (typeof roster === 'string') {
        say(note, roster);
        note.className = 'answer refused';
        show(note, true);
        return;
      }
      list.replaceChildren(...drawn(roster, names, view));
    });
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {Roster} roster @param {Map<string, string>} names @param {View} view @returns {HTMLElement[]} */
function drawn(roster, names, view) {
  if (!roster.as_of) return [h('p', {}, ROSTER.none)];
  const about = h('p', { class: 'small' }, ROSTER.as_of(view.time(roster.as_of)));
  if (roster.sections.length === 0) return [about, h('p', {}, ROSTER.no_class)];
  const section = (/** @type {Section} */ of) => {
    const where = [of.room && (names.get(of.room) ?? of.room), of.periods && ROSTER.period(of.periods)].filter(Boolean);
    return h('section', {}, h('h3', {}, `${[of.title, ...where].join(', ')}: ${of.students.length}`),
      h('ul', {}, ...of.students.map((name) => h('li', {}, name))));
  };
  return [about, ...roster.sections.map(section)];
}
