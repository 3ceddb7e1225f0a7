// The sweep zone by zone (S1), and the lines of the timeline.

/** @import {LineCard, ZoneCard} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { byName, h, keyed, say, show, whoWords } from './draw.js';
import { openSheet } from './sheet.js';
import { mayAsk } from './view.js';

/** Lines of the timeline drawn at once; the whole of it is for the export. */
const LINES_MAX = 60;

/** How the timeline ends the line of an attempt to reach somebody. */
const ATTEMPT = /^Duty .*attempt \d+\)$/;

class Sweep extends Panel {
  #summary = h('p', { class: 'summary' });
  #start = button('Start the sweep', () => this.ask({ name: 'start_sweep' }));
  #notClear = button('Not clear\u2026', () => openSheet({
    title: 'Not clear', intro: 'It stops anybody\u2019s all clear until you withdraw it or another officer sets it aside.',
    fields: [{ name: 'reason', label: 'Why?', required: true }], send: 'Say not clear', tone: 'severe',
    onsend: ({ reason = '' }) => this.send({ name: 'say_not_clear', reason }),
  }));
  #list = h('ul', { class: 'zones' });

  /** @override @param {View} view */
  heading(view) {
    const zones = view.screen.all('zone');
    return zones.length > 0 && swept(view) ? `Sweep: ${zones.filter((zone) => zone.clear).length} of ${zones.length} clear` : 'Sweep';
  }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#summary, h('div', { class: 'actions' }, this.#start, this.#notClear), this.#list);
    const locked = swept(view);
    const began = view.card?.sweep_since;
    say(this.#summary, began && locked ? `Began at ${view.time(began)}.` : locked ? 'Not begun.' : view.trust.reliable ? 'No sweep is needed now.' : '');
    show(this.#start, locked && mayAsk('start_sweep', view));
    say(this.#start, began ? 'Start it over' : 'Start the sweep');
    show(this.#notClear, locked && mayAsk('say_not_clear', view));
    const zones = locked ? view.screen.all('zone').sort((a, b) => Number(a.clear) - Number(b.clear) || byName(a, b)) : [];
    keyed(this.#list, zones, ({ id }) => id, ({ id }) => this.#row(id), (row, zone) => this.#update(row, zone, view, locked));
  }

  /** @param {string} zone */
  #row(zone) {
    return h('li', {}, h('div', {}, h('strong'), h('small')), h('div', { class: 'actions' },
      button('Clear', () => this.ask({ name: 'clear_zone', zone })),
      button('Adverse\u2026', () => openSheet({
        title: 'Adverse report', fields: [{ name: 'seen', label: 'What was seen?', required: true }], send: 'Report it', tone: 'severe',
        onsend: ({ seen = '' }) => this.send({ name: 'report_adverse', zone, seen }),
      }))));
  }

  /** @param {HTMLElement} row @param {ZoneCard} zone @param {View} view @param {boolean} locked */
  #update(row, zone, view, locked) {
    row.className = `zone ${zone.clear ? 'clear' : zone.adverse ? 'adverse' : 'open'}`;
    const [words, actions] = row.children;
    const state = zone.clear ? `Clear, ${whoWords(zone.cleared_by)} at ${zone.cleared_at ? view.time(zone.cleared_at) : '?'}`
      : zone.adverse ? `Adverse: ${zone.adverse}${zone.adverse_at ? ` at ${view.time(zone.adverse_at)}` : ''}` : 'Not cleared';
    if (words?.children[0]) say(words.children[0], zone.name);
    if (words?.children[1]) say(words.children[1], state);
    if (actions?.children[0]) show(actions.children[0], locked && !zone.clear && mayAsk('clear_zone', view));
    if (actions?.children[1]) show(actions.children[1], locked && mayAsk('report_adverse', view));
  }
}

/** Something is open that a sweep is for. @param {View} view */
function swept({ screen }) {
  const posture = screen.posture();
  return posture === 'lock_down' || posture === 'controlled_movement';
}

class TimelineLines extends Panel {
  #list = h('ol', { class: 'lines' });

  /** @override */
  heading() { return 'Timeline'; }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#list);
    // Each attempt to reach somebody is a line; how often, and with what luck, stands at the duty.
    const lines = view.screen.all('line').filter(({ text }) => !ATTEMPT.test(text)).sort((a, b) => b.seq - a.seq).slice(0, LINES_MAX);
    keyed(this.#list, lines, ({ seq }) => String(seq), (line) => row(line, view));
  }
}

/** @param {LineCard} line @param {View} view */
const row = (line, view) => h('li', {}, h('time', { datetime: line.at }, view.time(line.at, true)), h('span', {}, line.text));

customElements.define('ls-sweep', Sweep);
customElements.define('ls-timeline', TimelineLines);
