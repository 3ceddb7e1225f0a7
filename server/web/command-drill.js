// Drills and test alerts (D): started, swept, practised and ended here. Everything says DRILL, and
// nothing here touches what is real.

/** @import {DrillCard, DrillKind} from './types.js' */
/** @import {Field} from './sheet.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { byName, h, keyed, say, show, whoWords } from './draw.js';
import { filled, openSheet } from './sheet.js';
import { mayAsk } from './view.js';
import { DRILL_KIND, drillWord, plural } from './words.js';

const PIN = /** @type {const} */ ({ name: 'pin', label: 'Your PIN', kind: 'pin', required: true });

class Drill extends Panel {
  #words = h('p');
  #reach = h('p', { class: 'test-reach' });
  #missed = h('p', { class: 'test-missed' });
  #start = h('div', { class: 'actions' },
    button('Start a drill\u2026', () => this.#openStart()), button('Send a test alert\u2026', () => this.#openTest()));
  #call = button('Call lock-down in the DRILL', () => { if (this.#drill) this.ask({ name: 'call_drill_lock_down', drill: this.#drill.id }); });
  #allClear = button('Practise the all clear\u2026', () => this.#openAllClear());
  #end = button('End the drill\u2026', () => this.#openEnd(), 'primary');
  #running = h('div', { class: 'actions' }, this.#call, this.#allClear, this.#end);
  #zones = h('ul', { class: 'zones' });

  get #drill() { return this.view?.drill; }

  /** @override @param {View} view */
  heading(view) {
    const { drill } = view;
    return drill ? drillWord(drill.kind, drill.posture) : 'Drills';
  }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#words.parentNode) this.body.append(this.#words, this.#reach, this.#missed, this.#running, this.#zones, this.#start);
    const { drill } = view;
    const normal = view.screen.items().length === 0 && view.card?.incident === undefined;
    const mayStart = !drill && normal && view.trust.reliable && mayAsk('start_drill', view);
    show(this, drill !== undefined || mayStart);
    show(this.#start, mayStart);
    show(this.#running, drill !== undefined);
    say(this.#words, drill ? wordsOf(drill, view) : '');
    show(this.#words, this.#words.textContent !== '');
    const test = drill?.kind === 'test_alert';
    this.#drawTest(view, test);
    show(this.#call, drill !== undefined && !test && drill.posture !== 'lock_down' && mayAsk('call_drill_lock_down', view));
    show(this.#allClear, drill?.posture === 'lock_down' && mayAsk('give_drill_all_clear', view));
    say(this.#end, test ? 'End the test alert\u2026' : 'End the drill\u2026');
    show(this.#end, mayAsk('end_drill', view));
    this.#drawZones(view, drill);
  }

  /** Which rooms a real alert would reach (D5). @param {View} view @param {boolean} test */
  #drawTest(view, test) {
    const rooms = view.screen.all('room');
    const missed = rooms.filter(({ reached }) => !reached).sort(byName).map(({ name, live }) => (live === 0 ? `${name} (no live screen)` : name));
    say(this.#reach, `DRILL: ${rooms.length - missed.length} of ${plural(rooms.length, 'room')} reached.`);
    say(this.#missed, missed.length > 0 ? `Not reached: ${missed.join(', ')}.` : 'Every room was reached.');
    show(this.#reach, test);
    show(this.#missed, test);
  }

  /** @param {View} view @param {DrillCard | undefined} drill */
  #drawZones(view, drill) {
    const sweeps = drill !== undefined && drill.kind !== 'test_alert' && drill.posture === 'lock_down';
    const zones = sweeps ? view.screen.all('zone').sort((a, b) => Number(isClear(drill, a.id)) - Number(isClear(drill, b.id)) || byName(a, b)) : [];
    const may = mayAsk('clear_drill_zone', view);
    keyed(this.#zones, zones, ({ id }) => `${drill?.id}/${id}/${isClear(drill, id)}/${may}`, ({ id, name }) => {
      const clear = isClear(drill, id);
      return h('li', { class: `zone ${clear ? 'clear' : 'open'}` },
        h('div', {}, h('strong', {}, name), h('small', {}, clear ? 'Clear in the DRILL' : 'Not cleared in the DRILL')),
        h('div', { class: 'actions' }, !clear && may ? button('Clear (DRILL)', () => { if (this.#drill) this.ask({ name: 'clear_drill_zone', drill: this.#drill.id, zone: id }); }) : null));
    });
  }

  #openStart() {
    openSheet({
      title: 'Start a drill', intro: 'Every screen of the campus is marked DRILL. Anything real ends it at once.',
      fields: [
        { name: 'kind', label: 'What is practised?', kind: 'select', options: [['lock_down', 'Lock-down'], ['controlled_movement', 'Controlled movement']] },
        { name: 'note', label: 'What for, for the drill file' }, PIN,
      ],
      send: 'Start the DRILL',
      onsend: ({ kind = 'lock_down', pin, note }) => this.send({ name: 'start_drill', kind: /** @type {DrillKind} */ (kind), ...filled({ note: note ?? '' }) }, { pin }),
    });
  }

  #openTest() {
    openSheet({
      title: 'Send a test alert', intro: 'It is marked DRILL and changes no posture. It shows which rooms would be reached.',
      fields: [{ name: 'note', label: 'What for, for the drill file' }, PIN],
      send: 'Send the test',
      onsend: ({ pin, note }) => this.send({ name: 'start_drill', kind: 'test_alert', ...filled({ note: note ?? '' }) }, { pin }),
    });
  }

  /** It names what was drawn when the sheet opened, as a real one does (P4). */
  #openAllClear() {
    const { view } = this;
    const drill = view?.drill;
    const seen = view?.screen.position;
    if (!view || !drill || !seen) return;
    const unswept = view.screen.all('zone').some(({ id }) => !isClear(drill, id));
    const here = view.screen.all('presence').some(({ person, here: is }) => is && `person:${person}` === view.you?.principal);
    const why = [unswept && 'the DRILL sweep is incomplete: UNSWEPT stays on it', !here && 'you are not recorded as on campus: GIVEN FROM OFF CAMPUS stays on it'].filter(Boolean);
    const sheet = openSheet({
      title: 'DRILL: practise the all clear', intro: 'It is given as a real one is, and lifts nothing but the drill.',
      fields: [...(why.length > 0 ? [/** @type {Field} */ ({ name: 'override_reason', label: 'Override reason', hint: `Only with a written reason: ${why.join('; ')}.` })] : []), PIN],
      send: 'Give the DRILL all clear',
      onsend: ({ pin, override_reason: reason = '' }) => this.send({ name: 'give_drill_all_clear', drill: drill.id, seen, ...filled({ override_reason: reason }) }, { pin, late: (answer) => sheet.answer(answer) }),
    });
  }

  #openEnd() {
    const { view } = this;
    const drill = view?.drill;
    const seen = view?.screen.position;
    if (!view || !drill || !seen) return;
    const sheet = openSheet({
      title: drill.kind === 'test_alert' ? 'End the test alert' : 'End the drill',
      fields: [{ name: 'note', label: 'Notes for the drill file' }], send: drill.kind === 'test_alert' ? 'End the test' : 'End the DRILL',
      onsend: ({ note = '' }) => this.send({ name: 'end_drill', drill: drill.id, seen, ...filled({ note }) }, { late: (answer) => sheet.answer(answer) }),
    });
  }
}

/** @param {DrillCard | undefined} drill @param {string} zone */
const isClear = (drill, zone) => drill?.cleared?.includes(zone) ?? false;

/** @param {DrillCard} drill @param {View} view */
function wordsOf(drill, view) {
  return [`${DRILL_KIND[drill.kind]} since ${view.time(drill.at)}`, drill.by && `started by ${whoWords(drill.by)}`, drill.note,
    drill.released_by && `DRILL all clear by ${whoWords(drill.released_by)} at ${view.time(drill.since)}`].filter(Boolean).join(' \u00b7 ').replace(/^./, (c) => c.toUpperCase());
}

customElements.define('ls-drills', Drill);
