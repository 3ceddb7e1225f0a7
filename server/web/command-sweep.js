// The sweep zone by zone (S1), and the lines of the timeline.

/** @import {LineCard, ZoneCard} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { byName, h, keyed, say, show, whoWords } from './draw.js';
import { sayNotClear } from './desk-sheets.js';
import { english } from './language.js';
import { openSheet } from './sheet.js';
import { mayAsk, swept } from './view.js';
import { PANEL, SWEEP } from './words-command.js';

/** Lines of the timeline drawn at once; the whole of it is for the export. */
const LINES_MAX = 60;

/** How the timeline ends the line of an attempt to reach somebody. */
const ATTEMPT = /^Duty .*attempt \d+\)$/;

class Sweep extends Panel {
  #summary = h('p', { class: 'summary' });
  #start = button(SWEEP.start, () => this.ask({ name: 'start_sweep' }));
  #notClear = button(SWEEP.not_clear, () => sayNotClear({ send: (command) => this.send(command) }), 'not-clear');
  #list = h('ul', { class: 'zones' });

  /** @override @param {View} view */
  heading(view) {
    const zones = view.screen.all('zone');
    return zones.length > 0 && swept(view) ? SWEEP.heading_of(zones.filter((zone) => zone.clear).length, zones.length) : SWEEP.heading;
  }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#summary, h('div', { class: 'actions' }, this.#start, this.#notClear), this.#list);
    const locked = swept(view);
    const began = view.card?.sweep_since;
    say(this.#summary, began && locked ? SWEEP.began(view.time(began)) : locked ? SWEEP.not_begun : view.trust.reliable ? SWEEP.not_needed : '');
    show(this.#start, locked && mayAsk('start_sweep', view));
    say(this.#start, began ? SWEEP.start_over : SWEEP.start);
    show(this.#notClear, locked && mayAsk('say_not_clear', view));
    const zones = locked ? view.screen.all('zone').sort((a, b) => Number(a.clear) - Number(b.clear) || byName(a, b)) : [];
    keyed(this.#list, zones, ({ id }) => id, ({ id }) => this.#row(id), (row, zone) => this.#update(row, zone, view, locked));
  }

  /** @param {string} zone */
  #row(zone) {
    return h('li', {}, h('div', {}, h('strong'), h('small')), h('div', { class: 'actions' },
      button(SWEEP.clear, () => this.ask({ name: 'clear_zone', zone })),
      button(SWEEP.adverse, () => openSheet({
        title: SWEEP.adverse_title, fields: [{ name: 'seen', label: SWEEP.adverse_seen, required: true }], send: SWEEP.adverse_send, tone: 'severe',
        onsend: ({ seen = '' }) => this.send({ name: 'report_adverse', zone, seen }),
      }))));
  }

  /** @param {HTMLElement} row @param {ZoneCard} zone @param {View} view @param {boolean} locked */
  #update(row, zone, view, locked) {
    row.className = `zone ${zone.clear ? 'clear' : zone.adverse ? 'adverse' : 'open'}`;
    const [words, actions] = row.children;
    const state = zone.clear ? SWEEP.clear_by(whoWords(zone.cleared_by), zone.cleared_at ? view.time(zone.cleared_at) : '?')
      : !zone.adverse ? SWEEP.not_cleared : zone.adverse_at ? SWEEP.adverse_at(zone.adverse, view.time(zone.adverse_at)) : SWEEP.adverse_is(zone.adverse);
    if (words?.children[0]) say(words.children[0], zone.name);
    if (words?.children[1]) say(words.children[1], state);
    if (actions?.children[0]) show(actions.children[0], locked && !zone.clear && mayAsk('clear_zone', view));
    if (actions?.children[1]) show(actions.children[1], locked && mayAsk('report_adverse', view));
  }
}

class TimelineLines extends Panel {
  #list = h('ol', { class: 'lines' });

  /** @override */
  heading() { return SWEEP.timeline; }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#list);
    // Each attempt to reach somebody is a line; how often, and with what luck, stands at the duty.
    const lines = view.screen.all('line').filter(({ text }) => !ATTEMPT.test(text)).sort((a, b) => b.seq - a.seq).slice(0, LINES_MAX);
    keyed(this.#list, lines, ({ seq }) => String(seq), (line) => row(line, view));
  }
}

/** @param {LineCard} line @param {View} view */
const row = (line, view) => h('li', {}, h('time', { datetime: line.at }, view.time(line.at, true)), english(h('span', {}, line.text)));

customElements.define('ls-sweep', Sweep);
customElements.define('ls-timeline', TimelineLines);
