// Rooms, those that need somebody first (L5): asking for help, no live screen, not reached, reached but
// not acknowledged.
// In `normal` it lists the rooms that have no live screen.

/** @import {Standing} from './rooms.js' */
/** @import {RoomCard} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { byName, h, keyed, say, show } from './draw.js';
import { STANDINGS, standingOf } from './rooms.js';
import { openRoster } from './rosters.js';
import { reachOf } from './screen.js';
import { mayAsk } from './view.js';
import { ROOM_STATE, counts, inside } from './words.js';
import { ROOMS, ROSTER } from './words-command.js';

/** Those that say how far the alert came. @type {Set<Standing>} */
const REACHES = new Set(['no_screen', 'not_reached', 'not_acknowledged']);

/** The standings that already tell a report's state. @type {Partial<Record<Standing, import('./types.js').RoomState[]>>} */
const SAID = { help: ['need_help'], not_secured: ['not_secured'], secured: ['secured'] };

/** The same in a drill, which has words of its own (D1); a test alert asks for no more than to be seen (D5).
 * @param {RoomCard} room @param {boolean} test @returns {Standing} */
function drillStandingOf(room, test) {
  if (room.drill) return room.drill.secured ? 'secured' : 'not_secured';
  const reach = reachOf(room);
  if (reach !== 'acknowledged') return reach;
  return test ? 'seen' : 'unknown';
}

class Rooms extends Panel {
  #summary = h('p', { class: 'summary' });
  /** Only in an incident, and never pushed (I4). */
  #roster = button(ROSTER.ask, () => { if (this.view) openRoster(this.view, this.view.screen.all('room')); }, 'roster-ask');
  #list = h('ul', { class: 'rooms' });
  /** What each row shows. @type {WeakMap<HTMLElement, {room: RoomCard, standing: Standing, mayOpen: boolean, drill: View['drill']}>} */
  #drawn = new WeakMap();
  /** Where each room stands by its name, as long as the rooms are the same. @type {{names: string, of: Map<string, number>}} */
  #places = { names: '', of: new Map() };

  /** Names are dear to compare. @param {RoomCard[]} rooms */
  #placesOf(rooms) {
    const names = rooms.map(({ id, name }) => `${id} ${name}`).join();
    if (this.#places.names !== names) this.#places = { names, of: new Map([...rooms].sort(byName).map(({ id }, i) => [id, i])) };
    return this.#places.of;
  }

  /** @param {RoomCard} room */
  #opener(room) { return button(ROOMS.mark_opened, () => this.ask({ name: 'open_room', room: room.id })); }

  /** @override @param {View} view */
  heading(view) { return view.drill ? ROOMS.heading_drill : idle(view) ? ROOMS.heading_idle : ROOMS.heading; }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#summary, this.#roster, this.#list);
    show(this.#roster, !idle(view) && mayAsk('open_roster', view));
    const rooms = view.screen.all('room');
    if (idle(view) && !view.drill) this.#drawIdle(rooms, view);
    else this.#drawIncident(rooms, view);
  }

  /** @param {RoomCard[]} rooms @param {View} view */
  #drawIdle(rooms, view) {
    // Doors that a resume left shut come first: somebody is behind them (S5).
    const shut = rooms.filter((room) => room.stay_locked).sort(byName);
    const dark = rooms.filter((room) => room.live === 0 && !room.stay_locked).sort(byName);
    const all = view.trust.reliable ? ROOMS.all_live(rooms.length) : '';
    say(this.#summary, rooms.length === 0 ? ROOMS.none : dark.length === 0 ? all : ROOMS.dark(dark.length, rooms.length));
    const mayOpen = mayAsk('open_room', view);
    keyed(this.#list, [...shut, ...dark], (room) => `idle/${room.id}/${room.stay_locked ?? false}/${mayOpen}`, (room) => h('li', { class: 'room no_screen' },
      h('strong', {}, room.name), h('span', { class: 'state' }, room.stay_locked ? ROOMS.shut : ROOMS.standing.no_screen),
      room.stay_locked && mayOpen ? this.#opener(room) : null));
  }

  /** @param {RoomCard[]} rooms @param {View} view */
  #drawIncident(rooms, view) {
    const standing = (/** @type {RoomCard} */ room) => (view.drill ? drillStandingOf(room, view.drill.kind === 'test_alert') : standingOf(room));
    const places = this.#placesOf(rooms);
    const place = (/** @type {RoomCard} */ { id }) => places.get(id) ?? 0;
    const sorted = rooms.map((room) => ({ room, standing: standing(room) }))
      .sort((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) || place(a.room) - place(b.room));
    // How far the alert came is counted of every room, whatever it has reported since.
    const count = (/** @type {Standing} */ standing) => sorted.filter((one) => (REACHES.has(standing) ? reachOf(one.room) : one.standing) === standing).length;
    say(this.#summary, STANDINGS.filter(count).map((standing) => ROOMS.counted(count(standing), inside(ROOMS.standing[standing]))).join(' \u00b7 '));
    const mayOpen = view.screen.posture() !== 'lock_down' && mayAsk('open_room', view);
    keyed(this.#list, sorted, ({ room }) => room.id,
      ({ room }) => h('li', {}, h('strong'), h('span', { class: 'state' }), h('small'), this.#opener(room)),
      (row, { room, standing }) => {
        // Hundreds report within a second: a row whose card is the one that it shows is done.
        const drawn = this.#drawn.get(row);
        if (drawn?.room === room && drawn.standing === standing && drawn.mayOpen === mayOpen && drawn.drill === view.drill) return;
        this.#drawn.set(row, { room, standing, mayOpen, drill: view.drill });
        row.className = `room ${standing}`;
        const [name, state, more, open] = row.children;
        if (name) say(name, room.name);
        if (state) say(state, ROOMS.standing[standing]);
        if (more) say(more, detail(room, view, standing));
        if (open) show(open, mayOpen && room.stay_locked === true);
      });
  }
}

/** Nothing is open: what counts is who would be reached. @param {View} view */
function idle({ screen }) {
  return screen.items().length === 0;
}

/** What its standing does not tell already. @param {RoomCard} room @param {View} view @param {Standing} standing */
function detail(room, view, standing) {
  const dark = room.live === 0 && standing !== 'no_screen' && ROOMS.no_screen;
  const said = view.drill ? [
    room.drill && counts({ state: 'secured', ...room.drill }),
    room.acknowledged && ROOMS.seen_at(view.time(room.acknowledged)),
    !room.acknowledged && room.drill && ROOMS.not_acknowledged,
    dark,
  ] : [
    // What it said, wherever its standing tells something else.
    room.report && !SAID[standing]?.includes(room.report.state) && ROOM_STATE[room.report.state],
    room.report && counts(room.report),
    room.note,
    room.reported_at ? ROOMS.said_at(view.time(room.reported_at)) : room.acknowledged && ROOMS.seen_at(view.time(room.acknowledged)),
    !room.acknowledged && room.report && ROOMS.not_acknowledged,
    dark,
  ];
  return said.filter(Boolean).join(', ');
}

customElements.define('ls-rooms', Rooms);
