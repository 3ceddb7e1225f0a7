// Lowering: the confirm sheets. A sheet names exactly what was drawn when it opened, with the
// head that was drawn then (P4); what comes in afterwards is shown as new and is not named.

/** @import {Answer, Card, Command, FactId, Position, ProposalCard} from './types.js' */
/** @import {Field} from './sheet.js' */
/** @import {View} from './view.js' */
import { matters, standingProposal } from './command-attention.js';
import { Panel, button } from './command-panel.js';
import { h, keyed, say, show, whoWords } from './draw.js';
import { english } from './language.js';
import { itemOf } from './screen.js';
import { isHere } from './people.js';
import { openSheet } from './sheet.js';
import { mayAsk } from './view.js';
import { COMMAND, POSTURE } from './words.js';
import { ATTENTION, PANEL, RELEASE } from './words-command.js';

/** What a sheet saw when it opened. @typedef {{lifts: FactId[], seen: Position, known: Set<string>}} Drawn */

const PIN = /** @type {const} */ ({ name: 'pin', label: PANEL.pin, kind: 'pin', passkey: true, required: true });

class Release extends Panel {
  #buttons = h('div', { class: 'actions stacked' });
  #none = h('p', { class: 'none' });
  #radio = h('ul', { class: 'radio' });
  /** Draws the open sheet's list anew. @type {(() => void) | null} */
  #redrawSheet = null;

  /** @override */
  heading() { return RELEASE.heading; }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#buttons.parentNode) this.body.append(this.#radio, this.#none, this.#buttons);
    // S6, and who vouched for an officer that was enrolled on scene (A3).
    keyed(this.#radio, view.screen.all('release').filter(({ radio }) => radio), ({ id, radio }) => `${id}/${radio}`,
      ({ radio }) => h('li', {}, h('strong', {}, RELEASE.say_on_radio), ' ', english(h('span', {}, radio ?? ''))));
    const kinds = offered(view);
    keyed(this.#buttons, kinds, ({ key }) => key, ({ label, open }) => button(label, () => { if (this.view) open(this, this.view); }));
    const normal = view.screen.posture() === 'normal';
    say(this.#none, normal ? RELEASE.none : RELEASE.not_yours);
    show(this.#none, kinds.length === 0 && (view.trust.reliable || !normal));
    this.#redrawSheet?.();
  }

  /** Opens a confirm sheet over what is drawn now.
   * @param {{title: string, send: string, intro?: string, fields: Field[], level: 'raises' | 'releases', lifts?: FactId[],
   *   command: (drawn: Drawn, values: Record<string, string>) => Command}} what */
  confirm({ title, send, intro, fields, level, lifts, command }) {
    const view = this.view;
    const seen = view?.screen.position;
    if (!view || !seen) return;
    const open = level === 'raises' ? view.screen.openRaises() : view.screen.openReleases();
    const named = lifts ?? open;
    const drawn = { lifts: named, seen, known: new Set([...view.screen.items().map(({ id }) => id), ...alarms(view).keys()]) };
    const names = named.map((id) => itemWords(view, id));
    const fresh = h('ul', { class: 'new' });
    const freshBox = h('div', { class: 'fresh', role: 'alert', hidden: true }, h('strong', {}, RELEASE.fresh), fresh);
    const known = h('p', { class: 'answer', role: 'status', hidden: true });
    const body = h('div', { class: 'drawn' },
      h('p', {}, RELEASE.lifts(named.length, `${seen.epoch}.${seen.seq}`)),
      h('ul', { class: 'lifts' }, ...names.map((words) => h('li', {}, words))),
      warnings(view), freshBox, known);
    const sheet = openSheet({ title, intro, body, fields, send, stays: true,
      onclose: () => { this.#redrawSheet = null; },
      onsend: ({ pin, ...values }, _, passkey) => this.send(command(drawn, values), { pin, passkey, late: (answer) => sheet.answer(answer) }) });
    this.#redrawSheet = () => { if (this.view) drawFresh(this.view, drawn, fresh, freshBox, known); };
  }
}

/** What a person may do to lower this posture, at this moment. @param {View} view */
function offered(view) {
  const { screen } = view;
  const posture = screen.posture();
  /** @type {{key: string, label: string, open: (panel: Release, view: View) => void}[]} */
  const kinds = [];
  const proposal = standingProposal(screen);
  if (posture === 'lock_down' && mayAsk('give_all_clear', view)) kinds.push({ key: 'all-clear', label: RELEASE.all_clear, open: allClear });
  if (posture === 'lock_down' && proposal && mayAsk('confirm_lift', view) && proposal.by.name !== view.you?.name) {
    kinds.push({ key: `confirm/${proposal.id}`, label: RELEASE.confirm, open: (panel) => confirmLift(panel, proposal) });
  }
  // Beside a proposal too: its five minutes may be over, and the next one replaces it.
  if (posture === 'lock_down' && mayAsk('propose_lift', view)) kinds.push({ key: 'propose', label: RELEASE.propose, open: proposeLift });
  if (posture === 'controlled_movement' && mayAsk('end_controlled_movement', view)) kinds.push({ key: 'end', label: RELEASE.end, open: endMovement });
  const released = posture === 'all_clear' || posture === 'lifted_by_school';
  if (released && mayAsk('resume', view)) kinds.push({ key: 'resume', label: RELEASE.resume, open: resume });
  const idle = posture === 'normal' && !screen.checking() && view.card?.incident !== undefined;
  if (idle && mayAsk('close_incident', view)) kinds.push({ key: 'close', label: RELEASE.close, open: closeIncident });
  return kinds;
}

/** @param {Release} panel @param {View} view */
function allClear(panel, view) {
  const unswept = view.screen.all('zone').filter((zone) => !zone.clear);
  const why = [unswept.length > 0 && RELEASE.unswept, !isHere(view) && PANEL.off_campus].filter(Boolean);
  panel.confirm({
    title: RELEASE.all_clear_title, send: RELEASE.all_clear_title, level: 'raises',
    fields: [...(why.length > 0 ? [{ name: 'override_reason', label: PANEL.override, required: true, hint: PANEL.only_with(why.join('; ')) }] : []), PIN],
    command: ({ lifts, seen }, { override_reason: reason }) => ({ name: 'give_all_clear', lifts, seen, ...(reason ? { override_reason: reason } : {}) }),
  });
}

/** @param {Release} panel */
function proposeLift(panel) {
  panel.confirm({
    title: RELEASE.propose_title, send: RELEASE.propose_send, level: 'raises',
    intro: RELEASE.propose_intro,
    fields: [{ name: 'statement', label: RELEASE.statement, required: true }, PIN],
    command: ({ lifts, seen }, { statement = '' }) => ({ name: 'propose_lift', statement, lifts, seen }),
  });
}

/** Names what the proposal names: anything new voids it. @param {Release} panel @param {ProposalCard} proposal */
function confirmLift(panel, proposal) {
  panel.confirm({
    title: RELEASE.confirm_title, send: RELEASE.confirm_send, level: 'raises', lifts: proposal.lifts,
    intro: RELEASE.confirm_intro(whoWords(proposal.by), proposal.statement),
    fields: [PIN],
    command: ({ lifts, seen }) => ({ name: 'confirm_lift', proposal: proposal.id, lifts, seen }),
  });
}

/** @param {Release} panel */
function endMovement(panel) {
  panel.confirm({
    title: RELEASE.end_title, send: RELEASE.end_send, level: 'raises', fields: [],
    command: ({ lifts, seen }) => ({ name: 'end_controlled_movement', lifts, seen }),
  });
}

/** @param {Release} panel @param {View} view */
function resume(panel, view) {
  const shut = view.campus?.release === 'room_by_room' ? view.screen.all('room').filter((room) => !room.opened) : [];
  const unopened = shut.map(({ id }) => id);
  panel.confirm({
    title: RELEASE.resume_title, send: RELEASE.resume_send, level: 'releases',
    intro: shut.length > 0 ? RELEASE.unopened(shut.map(({ name }) => name).join(', ')) : undefined,
    fields: shut.length > 0 ? [{ name: 'reason', label: RELEASE.resume_why, required: true }] : [],
    command: ({ lifts, seen }, { reason }) => ({ name: 'resume', lifts, seen, ...(shut.length > 0 ? { unopened, reason } : {}) }),
  });
}

/** @param {Release} panel */
function closeIncident(panel) {
  openSheet({ title: RELEASE.close_title, fields: [{ name: 'reason', label: PANEL.why, required: true }], send: RELEASE.close_send,
    onsend: ({ reason = '' }) => panel.send({ name: 'close_incident', reason }) });
}

/** Open alarms by a key that is new when they are. @param {View} view @returns {Map<string, string>} */
function alarms(view) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const card of matters(view)) {
    if (card.card === 'room') found.set(card.plea ?? card.id, ATTENTION.asks_for_help(card.name));
    else if (card.card === 'veto') found.set(card.id, `${card.kind === 'not_clear' ? COMMAND.say_not_clear : COMMAND.object_to_lift}: ${card.reason}, ${whoWords(card.by)}`);
  }
  for (const zone of view.screen.all('zone')) if (zone.adverse && !zone.clear) found.set(`${zone.id} ${zone.adverse_at}`, RELEASE.adverse(zone.name, zone.adverse));
  return found;
}

/** What stands open beside what it lifts: a clear answers no alarm. @param {View} view */
function warnings(view) {
  const open = [...alarms(view).values()];
  const unswept = view.screen.posture() === 'lock_down' ? view.screen.all('zone').filter((zone) => !zone.clear).map(({ name }) => name) : [];
  if (unswept.length > 0) open.push(RELEASE.not_swept(unswept.join(', ')));
  for (const threat of view.screen.all('threat')) open.push(itemWords(view, threat.id));
  if (open.length === 0) return null;
  return h('div', { class: 'warned' }, h('strong', {}, RELEASE.standing), h('ul', {}, ...open.map((words) => h('li', {}, words))));
}

/** @param {View} view @param {FactId} id */
function itemWords(view, id) {
  const card = /** @type {Card | undefined} */ ([...view.screen.cards.values()].find((one) => itemOf(one)?.id === id));
  switch (card?.card) {
    case 'raise': return [card.level === 'lock_down' ? COMMAND.call_lock_down : COMMAND.begin_controlled_movement, whoWords(card.by), view.time(card.at, true), card.place, card.reason].filter(Boolean).join(' \u00b7 ');
    case 'threat': return [COMMAND.report_threat, whoWords(card.by), view.time(card.at, true), card.place, card.reason].filter(Boolean).join(' \u00b7 ');
    case 'release': return [POSTURE[card.kind], whoWords(card.by), view.time(card.at, true)].filter(Boolean).join(' \u00b7 ');
    default: return RELEASE.gone;
  }
}

/** @param {View} view @param {Drawn} drawn @param {HTMLElement} list @param {HTMLElement} box @param {HTMLElement} known */
function drawFresh(view, drawn, list, box, known) {
  const news = [
    ...view.screen.items().filter(({ id }) => !drawn.known.has(id)).map(({ id }) => ({ id, words: itemWords(view, id) })),
    ...[...alarms(view)].filter(([key]) => !drawn.known.has(key)).map(([id, words]) => ({ id, words })),
  ];
  keyed(list, news, ({ id }) => id, ({ words }) => h('li', {}, words));
  show(box, news.length > 0);
  // The only thing that ends a doubt is a committed clear that names all of it.
  const covered = new Set(view.screen.all('cover').flatMap((cover) => cover.names));
  const lifted = drawn.lifts.length > 0 && drawn.lifts.every((id) => covered.has(id));
  if (lifted) say(known, RELEASE.lifted);
  show(known, lifted);
}

customElements.define('ls-release', Release);
