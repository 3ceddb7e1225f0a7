// Rooms, those that need somebody first (L5): asking for help, no live screen, not reached, reached but
// not acknowledged.
// In `normal` it lists the rooms that have no live screen.

/** @import {Standing} from './rooms.js' */
/** @import {RoomCard} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { byName, h, keyed, say, show } from './draw.js';
import { STANDINGS, standingOf } from './rooms.js';
import { reachOf } from './screen.js';
import { mayAsk } from './view.js';
import { ROOM_STATE, counts, plural } from './words.js';

/** Those that say how far the alert came. @type {Set<Standing>} */
const REACHES = new Set(['no_screen', 'not_reached', 'not_acknowledged']);

/** @type {Record<Standing, string>} */
const WORDS = {
  help: 'Asks for help', no_screen: 'No live screen', not_reached: 'Not reached', not_acknowledged: 'Reached but not acknowledged', not_secured: 'Not secured',
  unknown: 'No report', secured: 'Secured', seen: 'Reached and seen', opened: 'Door opened',
};

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
  #list = h('ul', { class: 'rooms' });

  /** @param {RoomCard} room */
  #opener(room) { return button('Mark opened', () => this.ask({ name: 'open_room', room: room.id })); }

  /** @override @param {View} view */
  heading(view) { return view.drill ? 'DRILL: rooms' : idle(view) ? 'Rooms with no live screen' : 'Rooms'; }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#summary, this.#list);
    const rooms = view.screen.all('room');
    if (idle(view) && !view.drill) this.#drawIdle(rooms, view);
    else this.#drawIncident(rooms, view);
  }

  /** @param {RoomCard[]} rooms @param {View} view */
  #drawIdle(rooms, view) {
    // Doors that a resume left shut come first: somebody is behind them (S5).
    const shut = rooms.filter((room) => room.stay_locked).sort(byName);
    const dark = rooms.filter((room) => room.live === 0 && !room.stay_locked).sort(byName);
    const all = view.trust.reliable ? `All ${plural(rooms.length, 'room')} have a live screen.` : '';
    say(this.#summary, rooms.length === 0 ? 'This screen is shown no rooms.' : dark.length === 0 ? all
      : `${dark.length} of ${plural(rooms.length, 'room')} would not be reached by a screen.`);
    const mayOpen = mayAsk('open_room', view);
    keyed(this.#list, [...shut, ...dark], (room) => `idle/${room.id}/${room.stay_locked ?? false}/${mayOpen}`, (room) => h('li', { class: 'room no_screen' },
      h('strong', {}, room.name), h('span', { class: 'state' }, room.stay_locked ? 'Still told to stay locked' : 'No live screen'),
      room.stay_locked && mayOpen ? this.#opener(room) : null));
  }

  /** @param {RoomCard[]} rooms @param {View} view */
  #drawIncident(rooms, view) {
    const standing = (/** @type {RoomCard} */ room) => (view.drill ? drillStandingOf(room, view.drill.kind === 'test_alert') : standingOf(room));
    const sorted = rooms.map((room) => ({ room, standing: standing(room) }))
      .sort((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) || byName(a.room, b.room));
    // How far the alert came is counted of every room, whatever it has reported since.
    const counted = STANDINGS.map((standing) => [standing, sorted.filter((one) => (REACHES.has(standing) ? reachOf(one.room) : one.standing) === standing).length]).filter(([, n]) => n);
    say(this.#summary, counted.map(([standing, n]) => `${n} ${WORDS[/** @type {Standing} */ (standing)].toLowerCase()}`).join(' \u00b7 '));
    const mayOpen = view.screen.posture() !== 'lock_down' && mayAsk('open_room', view);
    keyed(this.#list, sorted, ({ room }) => room.id,
      ({ room }) => h('li', {}, h('strong'), h('span', { class: 'state' }), h('small'), this.#opener(room)),
      (row, { room, standing }) => {
        row.className = `room ${standing}`;
        const [name, state, more, open] = row.children;
        if (name) say(name, room.name);
        if (state) say(state, WORDS[standing]);
        if (more) say(more, detail(room, view));
        if (open) show(open, mayOpen && room.stay_locked === true);
      });
  }
}

/** Nothing is open: what counts is who would be reached. @param {View} view */
function idle({ screen }) {
  return screen.items().length === 0;
}

/** @param {RoomCard} room @param {View} view */
function detail(room, view) {
  const said = view.drill ? [
    room.drill && counts({ state: 'secured', ...room.drill }),
    room.acknowledged && `seen at ${view.time(room.acknowledged)}`,
    !room.acknowledged && room.drill && 'not acknowledged',
    room.live === 0 && 'no live screen',
  ] : [
    // What it said, wherever its standing tells something else.
    room.report && !SAID[standingOf(room)]?.includes(room.report.state) && ROOM_STATE[room.report.state],
    room.report && counts(room.report),
    room.note,
    room.reported_at ? `said at ${view.time(room.reported_at)}` : room.acknowledged && `seen at ${view.time(room.acknowledged)}`,
    !room.acknowledged && room.report && 'not acknowledged',
    room.live === 0 && 'no live screen',
  ];
  return said.filter(Boolean).join(', ');
}

customElements.define('ls-rooms', Rooms);
