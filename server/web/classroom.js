// The classroom: a room's display, a teacher's laptop, a phone. It shows what the campus is
// under and takes the room's word; it never lowers anything.

/** @import {Answer, Command, RoomReport, RoomState} from './types.js' */
/** @import {View} from './view.js' */
/** @import {OutboxList, PostureSign, TrustBanner} from './parts.js' */
import './said.js';
import { eachFrame, h, say, show } from './draw.js';
import { Link } from './link.js';
import { tell } from './parts.js';
import { filled, openSheet } from './sheet.js';
import { headlineOf, mayAsk, viewOf } from './view.js';
import { INSTRUCTION, NOT_RECORDED, PAGE, POSTURE, ROOM_STATE, counts } from './words.js';

const link = new Link('classroom');
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const sign = /** @type {PostureSign} */ (document.querySelector('ls-posture'));
const trust = /** @type {TrustBanner} */ (document.querySelector('ls-trust'));
const picker = /** @type {HTMLSelectElement} */ (find('campus'));
let campus = location.hash.slice(1);

/** The room's order to stay locked stands over everything but a lock-down (S5): over controlled
 * movement begun after the release, and over a screen that may be old (R2).
 * @param {View} view @returns {View} */
function forThisRoom(view) {
  const own = view.screen.one('own_room');
  if (!own?.stay_locked || view.headline === 'lock_down') return view;
  const posture = view.word.toLowerCase();
  return { ...view, headline: 'stay_locked', word: POSTURE.stay_locked, instruction: INSTRUCTION.stay_locked,
    caveat: `The campus reads: ${posture}. Your room stays locked.` };
}

const draw = eachFrame(() => {
  const view = forThisRoom(viewOf(link, campus));
  const { screen } = view;
  document.documentElement.dataset.headline = view.headline;
  document.title = `${view.word} \u2013 ${view.name || 'Lockstep'}`;
  sign.draw(view);
  trust.draw(link, view);
  drawPlace(view);
  const locked = view.headline === 'lock_down' || view.headline === 'stay_locked';
  say(find('fire'), view.campus?.fire_alarm_words ?? '');
  show(find('fire'), locked && Boolean(view.campus?.fire_alarm_words));
  const shared = screen.all('raise').flatMap((raise) => [raise.shareable, raise.place && `Where: ${raise.place}`]).filter(Boolean);
  say(find('shared'), shared.join(' \u00b7 '));
  show(find('shared'), shared.length > 0);
  drawOwn(view);
});

/** @param {View} view */
function drawPlace(view) {
  const own = view.screen.one('own_room');
  say(find('room'), own?.name ?? view.you?.room ?? view.you?.name ?? '');
  say(find('campus-name'), link.campuses.length > 1 ? '' : view.name);
  show(picker, link.campuses.length > 1);
  if (picker.options.length !== link.campuses.length) {
    picker.replaceChildren(...link.campuses.map(({ id, name }) => h('option', { value: id }, name)));
  }
  picker.value = campus;
}

/** Acknowledgement, report and plea of this room. @param {View} view */
function drawOwn(view) {
  const { screen } = view;
  const own = screen.one('own_room');
  const open = screen.all('raise').length + screen.all('threat').length > 0 || headlineOf(screen, { ...view.trust, reliable: true }).headline !== 'normal';
  const mayReport = mayAsk('report_room', view) && Boolean(own ?? view.you?.room);
  show(find('respond'), open && mayAsk('acknowledge', view));
  show(find('report'), open && mayReport);
  const seen = own?.acknowledged ? `Seen at ${view.time(own.acknowledged)}` : '';
  const button = find('acknowledge');
  say(button, seen || PAGE.acknowledge);
  button.classList.toggle('done', seen !== '');
  for (const element of document.querySelectorAll('[data-state]')) {
    const chosen = own?.report?.state === /** @type {HTMLElement} */ (element).dataset.state;
    element.setAttribute('aria-pressed', String(chosen));
  }
  const said = own?.report ? [`Reported: ${ROOM_STATE[own.report.state].toLowerCase()}`, counts(own.report)].filter(Boolean).join(', ') : '';
  const plea = own?.plea ? 'Your call for help is in.' : '';
  const answer = own?.plea_answer ? `Answer to your call for help: ${own.plea_answer}` : '';
  say(find('own'), [said, plea, answer].filter(Boolean).join(' \u00b7 '));
  show(find('own'), open && (said || plea || answer) !== '');
}

/** @param {Command} command @returns {Promise<Answer>} */
const send = (command) => link.send(campus, command);

find('acknowledge').addEventListener('click', async () => {
  const followed = link.followed.get(campus);
  const through = followed?.screen.position;
  if (!followed || !through) return;
  tell(find('said'), await send({ name: 'acknowledge', through, also: followed.notRecorded() }));
});

for (const element of document.querySelectorAll('[data-state]')) {
  element.addEventListener('click', async () => {
    const state = /** @type {RoomState} */ (/** @type {HTMLElement} */ (element).dataset.state);
    tell(find('said'), await send({ name: 'report_room', report: { state, ...headCounts() } }));
  });
}

/** @returns {Omit<RoomReport, 'state'>} */
function headCounts() {
  /** @type {Omit<RoomReport, 'state'>} */
  const said = {};
  for (const name of /** @type {const} */ (['present', 'injured', 'missing', 'extra'])) {
    const input = /** @type {HTMLInputElement} */ (find(name));
    const count = Number.parseInt(input.value, 10);
    if (count >= 0 && count <= 9999) said[name] = count;
  }
  return said;
}

find('threat').addEventListener('click', () => openSheet({
  title: 'Report an immediate threat',
  intro: 'It goes at once to those who may call lock-down. If you can, call 911 too.',
  fields: [{ name: 'reason', label: 'What is happening' }, { name: 'place', label: 'Where' }],
  send: 'Report it now',
  tone: 'severe',
  onsend: async (values) => {
    const answer = await send({ name: 'report_threat', ...filled(values) });
    if (answer.kind === 'accepted') tell(find('said'), { kind: 'kept', message: threatWords(answer) });
    return answer;
  },
}));

/** @param {Extract<Answer, {kind: 'accepted'}>} answer */
const threatWords = (answer) => `Threat reported.${answer.accepted.holds === 'recorded' ? '' : ` ${NOT_RECORDED}.`} Those who may call lock-down were told.`;

picker.addEventListener('change', () => { campus = picker.value; location.hash = campus; draw(); });
link.addEventListener('welcome', () => {
  const ids = link.campuses.map(({ id }) => id);
  if (!ids.includes(campus)) campus = ids[0] ?? '';
  link.follow(ids);
});
link.addEventListener('change', draw);
/** @type {OutboxList} */ (document.querySelector('ls-outbox')).bind(link);
link.start();
draw();
