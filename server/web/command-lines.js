// Calls for help from outside (E1, E2, E3): each with what is known of it and no more, and what
// may be recorded of it next.

/** @import {EscalationCard, LineState} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { h, keyed, show, whoWords } from './draw.js';
import { askForHelp } from './reports.js';
import { filled, openSheet } from './sheet.js';
import { mayAsk } from './view.js';
import { AGENCY, HELP_SHEET, LINE_STATE } from './words.js';
import { BASIS, HELP, LINE, LINE_SAYS, PANEL } from './words-command.js';

/** What most likely comes next, one press away. @type {Record<EscalationCard['line'], LineState[]>} */
const NEXT = {
  none: ['calling', 'line_open'], calling: ['line_open', 'line_dropped'], open: ['accepted', 'line_dropped'],
  dropped: ['calling', 'line_open'], closed: [],
};

/** Those that are wanted first: asked for and not called, dropped, then the open ones. */
const ORDER = ['none', 'dropped', 'calling', 'open', 'closed'];

class Lines extends Panel {
  #none = h('p', { class: 'none' }, LINE_SAYS.none);
  #ask = h('div', { class: 'actions' }, button(LINE_SAYS.ask, () => this.#open()));
  #list = h('ul', { class: 'matters' });

  /** @override @param {View} view */
  heading(view) {
    const lines = view.screen.all('escalation').length;
    return lines > 0 ? `${LINE_SAYS.heading} (${lines})` : LINE_SAYS.heading;
  }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#none, this.#list, this.#ask);
    const lines = view.screen.all('escalation').sort((a, b) => Number(b.closed_unexplained ?? false) - Number(a.closed_unexplained ?? false)
      || ORDER.indexOf(a.line) - ORDER.indexOf(b.line) || b.at.localeCompare(a.at));
    this.#none.hidden = lines.length > 0 || !view.trust.reliable;
    show(this.#ask, mayAsk('open_escalation', view));
    keyed(this.#list, lines, (line) => JSON.stringify([line, early(view), toTell(line, view)]), (line) => this.#row(line, view));
  }

  #open() {
    if (this.view) askForHelp({ campus: this.view.id, face: this.view.face, send: (command) => this.send(command), said: this.answer }, { full: true });
  }

  /** @param {EscalationCard} line @param {View} view */
  #row(line, view) {
    const record = mayAsk('record_line', view);
    const whose = [LINE_SAYS.asked_for(whoWords(line.by), view.time(line.at)), BASIS[line.basis], line.decided_by && LINE_SAYS.decided_by(line.decided_by),
      line.called_by && LINE_SAYS.called_by(line.called_by), line.number && LINE_SAYS.number(line.number), line.incident_number && LINE_SAYS.incident_number(line.incident_number), line.note];
    const told = toTell(line, view);
    const quick = NEXT[line.line].concat(line.line === 'open' ? help(line) : []).filter((state) => !(state === 'accepted' && line.response !== 'unknown'));
    return h('li', { class: `matter line line-${line.line} ${line.closed_unexplained ? 'unexplained' : ''}` },
      h('div', {},
        h('p', { class: 'line-state' }, h('strong', {}, `${AGENCY[line.agency]}: ${LINE[line.line]}`), LINE_SAYS.since(view.time(line.line_at))),
        line.call && line.line !== 'closed' ? h('p', {}, LINE_SAYS.call, h('strong', {}, line.call)) : null,
        h('p', {}, h('strong', {}, HELP[line.response]), line.response_at ? LINE_SAYS.response_at(view.time(line.response_at)) : ''),
        h('p', { class: 'small' }, whose.filter(Boolean).join(' \u00b7 ')),
        line.closed_unexplained ? h('p', { class: 'overdue-words' }, LINE_SAYS.unexplained) : null,
        told.length > 0 ? h('div', { class: 'to-tell' }, h('strong', {}, LINE_SAYS.tell), h('ul', {}, ...told.map((words) => h('li', {}, words)))) : null),
      record ? h('div', { class: 'actions' },
        line.closed_unexplained ? button(LINE_SAYS.explain, () => this.#close(line, LINE_SAYS.explain_title), 'primary') : null,
        ...quick.map((state) => button(LINE_STATE[state], () => this.ask({ name: 'record_line', escalation: line.id, state }))),
        button(LINE_SAYS.record, () => this.#record(line)),
        line.line === 'closed' ? null : button(LINE_SAYS.close, () => this.#close(line, LINE_SAYS.close_title))) : null);
  }

  /** @param {EscalationCard} line */
  #record(line) {
    const states = /** @type {LineState[]} */ (Object.keys(LINE_STATE)).filter((state) => state !== 'requested' && state !== 'closed');
    openSheet({
      title: LINE_SAYS.record_title(AGENCY[line.agency]), intro: LINE_SAYS.record_intro,
      fields: [
        { name: 'state', label: LINE_SAYS.record_state, kind: 'select', options: states.map((state) => [state, LINE_STATE[state]]) },
        { name: 'incident_number', label: HELP_SHEET.incident_number },
        { name: 'note', label: PANEL.anything_else },
      ],
      send: PANEL.record,
      onsend: ({ state = 'line_open', ...rest }) => this.send({ name: 'record_line', escalation: line.id, state: /** @type {LineState} */ (state), ...filled(rest) }),
    });
  }

  /** Before the release, closing asks why (E3). @param {EscalationCard} line @param {string} title */
  #close(line, title) {
    const why = this.view ? early(this.view) : true;
    openSheet({
      title, intro: why ? LINE_SAYS.close_early : undefined,
      fields: [{ name: 'note', label: why ? LINE_SAYS.close_why : PANEL.anything_else, required: why }], send: line.closed_unexplained ? LINE_SAYS.explain_send : LINE_SAYS.close_send,
      onsend: (values) => this.send({ name: 'record_line', escalation: line.id, state: 'closed', ...filled(values) }),
    });
  }
}

/** How much further help may have come. @param {EscalationCard} line @returns {LineState[]} */
function help({ response }) {
  switch (response) {
    case 'unknown': return [];
    case 'accepted': return ['units_on_the_way'];
    case 'on_the_way': return ['on_scene'];
    case 'on_scene': return [];
  }
}

/** Something is open that a line stands for. @param {View} view */
const early = (view) => view.screen.openRaises().length > 0;

/** What was seen since the line was opened: for whoever is on it (C5). @param {EscalationCard} line @param {View} view */
function toTell(line, view) {
  if (line.line === 'closed') return [];
  const seen = new Map(view.screen.all('sighting').map((card) => [card.id, card]));
  return (line.to_tell ?? []).flatMap((id) => {
    const card = seen.get(id);
    return card ? [[view.time(card.at), card.seen, card.place].filter(Boolean).join(', ')] : [];
  });
}

customElements.define('ls-lines', Lines);
