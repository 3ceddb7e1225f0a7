// Drills and test alerts (D): started, swept, practised and ended here. Everything says DRILL, and
// nothing here touches what is real.

/** @import {DrillCard, DrillKind} from './types.js' */
/** @import {Field} from './sheet.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { byName, h, keyed, say, show, whoWords } from './draw.js';
import { isHere } from './people.js';
import { filled, openSheet } from './sheet.js';
import { mayAsk } from './view.js';
import { DRILL_KIND, POSTURE, drillWord } from './words.js';
import { DRILLS, PANEL } from './words-command.js';

const PIN = /** @type {const} */ ({ name: 'pin', label: PANEL.pin, kind: 'pin', passkey: true, required: true });

class Drill extends Panel {
  #words = h('p');
  #reach = h('p', { class: 'test-reach' });
  #missed = h('p', { class: 'test-missed' });
  #start = h('div', { class: 'actions' },
    button(DRILLS.start, () => this.#openStart()), button(DRILLS.test, () => this.#openTest()));
  #call = button(DRILLS.call, () => { if (this.#drill) this.ask({ name: 'call_drill_lock_down', drill: this.#drill.id }); });
  #allClear = button(DRILLS.all_clear, () => this.#openAllClear());
  #end = button(DRILLS.end, () => this.#openEnd(), 'primary');
  #running = h('div', { class: 'actions' }, this.#call, this.#allClear, this.#end);
  #zones = h('ul', { class: 'zones' });

  get #drill() { return this.view?.drill; }

  /** @override @param {View} view */
  heading(view) {
    const { drill } = view;
    return drill ? drillWord(drill.kind, drill.posture) : DRILLS.heading;
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
    say(this.#end, test ? DRILLS.end_test : DRILLS.end);
    show(this.#end, mayAsk('end_drill', view));
    this.#drawZones(view, drill);
  }

  /** Which rooms a real alert would reach (D5). @param {View} view @param {boolean} test */
  #drawTest(view, test) {
    const rooms = view.screen.all('room');
    const missed = rooms.filter(({ reached }) => !reached).sort(byName).map(({ name, live }) => (live === 0 ? DRILLS.dark(name) : name));
    say(this.#reach, DRILLS.reached(rooms.length - missed.length, rooms.length));
    say(this.#missed, missed.length > 0 ? DRILLS.missed(missed.join(', ')) : DRILLS.all_reached);
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
        h('div', {}, h('strong', {}, name), h('small', {}, clear ? DRILLS.cleared : DRILLS.not_cleared)),
        h('div', { class: 'actions' }, !clear && may ? button(DRILLS.clear, () => { if (this.#drill) this.ask({ name: 'clear_drill_zone', drill: this.#drill.id, zone: id }); }) : null));
    });
  }

  #openStart() {
    openSheet({
      title: DRILLS.start_title, intro: DRILLS.start_intro,
      fields: [
        { name: 'kind', label: DRILLS.kind, kind: 'select', options: [['lock_down', POSTURE.lock_down], ['controlled_movement', POSTURE.controlled_movement]] },
        { name: 'note', label: DRILLS.note }, PIN,
      ],
      send: DRILLS.start_send,
      onsend: ({ kind = 'lock_down', pin, note }, _, passkey) => this.send({ name: 'start_drill', kind: /** @type {DrillKind} */ (kind), ...filled({ note: note ?? '' }) }, { pin, passkey }),
    });
  }

  #openTest() {
    openSheet({
      title: DRILLS.test_title, intro: DRILLS.test_intro,
      fields: [{ name: 'note', label: DRILLS.note }, PIN],
      send: DRILLS.test_send,
      onsend: ({ pin, note }, _, passkey) => this.send({ name: 'start_drill', kind: 'test_alert', ...filled({ note: note ?? '' }) }, { pin, passkey }),
    });
  }

  /** It names what was drawn when the sheet opened, as a real one does (P4). */
  #openAllClear() {
    const { view } = this;
    const drill = view?.drill;
    const seen = view?.screen.position;
    if (!view || !drill || !seen) return;
    const unswept = view.screen.all('zone').some(({ id }) => !isClear(drill, id));
    const why = [unswept && DRILLS.unswept, !isHere(view) && PANEL.off_campus].filter(Boolean);
    const sheet = openSheet({
      title: DRILLS.all_clear_title, intro: DRILLS.all_clear_intro,
      fields: [...(why.length > 0 ? [/** @type {Field} */ ({ name: 'override_reason', label: PANEL.override, required: true, hint: PANEL.only_with(why.join('; ')) })] : []), PIN],
      send: DRILLS.all_clear_send,
      onsend: ({ pin, override_reason: reason = '' }, _, passkey) => this.send({ name: 'give_drill_all_clear', drill: drill.id, seen, ...filled({ override_reason: reason }) }, { pin, passkey, late: (answer) => sheet.answer(answer) }),
    });
  }

  #openEnd() {
    const { view } = this;
    const drill = view?.drill;
    const seen = view?.screen.position;
    if (!view || !drill || !seen) return;
    const sheet = openSheet({
      title: drill.kind === 'test_alert' ? DRILLS.end_test_title : DRILLS.end_title,
      fields: [{ name: 'note', label: DRILLS.end_note }], send: drill.kind === 'test_alert' ? DRILLS.end_test_send : DRILLS.end_send,
      onsend: ({ note = '' }) => this.send({ name: 'end_drill', drill: drill.id, seen, ...filled({ note }) }, { late: (answer) => sheet.answer(answer) }),
    });
  }
}

/** @param {DrillCard | undefined} drill @param {string} zone */
const isClear = (drill, zone) => drill?.cleared?.includes(zone) ?? false;

/** @param {DrillCard} drill @param {View} view */
function wordsOf(drill, view) {
  return [DRILLS.since(DRILL_KIND[drill.kind], view.time(drill.at)), drill.by && DRILLS.by(whoWords(drill.by)), drill.note,
    drill.released_by && DRILLS.released(whoWords(drill.released_by), view.time(drill.since))].filter(Boolean).join(' \u00b7 ').replace(/^./, (c) => c.toUpperCase());
}

customElements.define('ls-drills', Drill);
