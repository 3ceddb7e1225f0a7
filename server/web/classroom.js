// The classroom: a room's display, a teacher's laptop, a phone. It shows what the campus is
// under and takes the room's word; it never lowers anything.

/** @import {Answer, Command, DutyCard, RoomReport, RoomState} from './types.js' */
/** @import {View} from './view.js' */
/** @import {DrillBand, OutboxList, PostureSign, TrustBanner} from './parts.js' */
import { eachFrame, h, keyed, say, show } from './draw.js';
import { clock, dutyClock, isMine, pressing, saysMore } from './duties.js';
import { keepThisPage } from './keep.js';
import { english } from './language.js';
import { Link } from './link.js';
import { drawFire, tell } from './parts.js';
import { askForHelp, reportSighting, reportThreat } from './reports.js';
import { RoomSound } from './room-sound.js';
import { sayPage } from './said.js';
import { headlineOf, mayAsk, viewOf } from './view.js';
import { ANSWER, DRILL, DUTY, INSTRUCTION, MY_DUTY, PAGE, POSTURE, ROOM, ROOM_STATE, SIGN, counts, inside } from './words.js';

sayPage(PAGE);

const link = new Link('classroom');
const sound = new RoomSound();
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const sign = /** @type {PostureSign} */ (document.querySelector('ls-posture'));
const trust = /** @type {TrustBanner} */ (document.querySelector('ls-trust'));
const band = /** @type {DrillBand} */ (document.querySelector('ls-drill'));
const picker = /** @type {HTMLSelectElement} */ (find('campus'));
let campus = location.hash.slice(1);

/** The room's order to stay locked stands over everything but a lock-down (S5): over controlled
 * movement begun after the release, and over a screen that may be old (R2).
 * @param {View} view @returns {View} */
function forThisRoom(view) {
  const own = view.screen.one('own_room');
  if (!own?.stay_locked || view.headline === 'lock_down') return view;
  return { ...view, headline: 'stay_locked', icon: 'stay_locked', word: POSTURE.stay_locked, instruction: INSTRUCTION.stay_locked,
    caveat: ROOM.campus_reads(inside(view.word)) };
}

const draw = eachFrame(() => {
  const view = forThisRoom(viewOf(link, campus));
  const { screen } = view;
  document.documentElement.dataset.headline = view.headline;
  document.title = [view.beside, view.word, view.name || 'Lockstep'].filter(Boolean).join(' \u2013 ');
  sign.draw(view);
  trust.draw(link, view);
  band.draw(view);
  drawPlace(view);
  const locked = view.headline === 'lock_down' || view.headline === 'stay_locked';
  drawFire(find('fire'), view, locked);
  // A lit screen shows through a window where people hide (L4): only the district's policy lights it.
  document.documentElement.toggleAttribute('data-dark', locked && view.campus?.room_screens !== 'bright');
  const shared = screen.all('raise').flatMap((raise) => [raise.shareable, raise.place && SIGN.where(raise.place)]).filter(Boolean);
  say(find('shared'), shared.join(' \u00b7 '));
  show(find('shared'), shared.length > 0);
  drawOwn(view);
  sound.hear(view);
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

/** Acknowledgement, report and plea of this room; what a signed-in person may ask for. @param {View} view */
function drawOwn(view) {
  const { screen, drill } = view;
  const own = screen.one('own_room');
  // A plea can be all that is open: its room hears that it is in, and goes on reporting.
  const pleading = own?.plea === true || own?.plea_answer !== undefined || view.drillOver;
  const open = screen.items().length > 0 || drill !== undefined || pleading || headlineOf(screen, { ...view.trust, reliable: true }).headline !== 'normal';
  const test = drill?.kind === 'test_alert';
  const mayReport = mayAsk('report_room', view) && Boolean(own ?? view.you?.room) && !test;
  show(find('respond'), open && mayAsk('acknowledge', view));
  show(find('report'), open && mayReport);
  const seen = own?.acknowledged ? ROOM.seen_at(view.time(own.acknowledged)) : '';
  const button = find('acknowledge');
  say(button, seen || (test ? PAGE.acknowledge_test : PAGE.acknowledge));
  button.classList.toggle('done', seen !== '');
  show(find('roster'), drill === undefined && mayAsk('open_own_roster', view));
  // Nothing of a drill asks for help: that button is real, and says so (D2).
  show(find('report-drill'), drill !== undefined);
  show(find('injured-label'), drill === undefined);
  say(/** @type {HTMLElement} */ (document.querySelector('[data-state=need_help]')), drill ? PAGE.need_help_real : PAGE.need_help);
  say(find('threat'), drill ? PAGE.threat_real : PAGE.threat);
  show(find('sighting'), mayAsk('report_sighting', view));
  show(find('escalate'), mayAsk('open_escalation', view));
  const said = drill ? own?.drill && { ...own.drill, state: /** @type {RoomState} */ (own.drill.secured ? 'secured' : 'not_secured') } : own?.report;
  for (const element of document.querySelectorAll('[data-state]')) {
    const chosen = said?.state === /** @type {HTMLElement} */ (element).dataset.state;
    element.setAttribute('aria-pressed', String(chosen));
  }
  const words = [
    said && (drill ? DRILL : ROOM).reported([inside(ROOM_STATE[said.state]), counts(said)].filter(Boolean).join(', ')),
    own?.plea && ROOM.plea,
    own?.plea_answer && ROOM.plea_answer(own.plea_answer),
  ].filter(Boolean);
  say(find('own'), words.join(' \u00b7 '));
  show(find('own'), open && words.length > 0);
  drawWatch(view);
}

/** What somebody on this page is asked to do: the eyes, to keep watch (C1). Who said already that
 * they have it is not told to all staff, so the page remembers what it sent. @param {View} view */
function drawWatch(view) {
  const duties = mayAsk('acknowledge_duty', view) ? pressing(view).filter((duty) => isMine(duty, view)) : [];
  keyed(find('watch'), duties, ({ id, say: words }) => `${id}/${words}/${had.has(id)}`, (duty) => h('li', {},
    h('div', { class: 'duty-head' }, h('strong', {}, DUTY[duty.kind]), clock()),
    had.has(duty.id) ? h('p', {}, MY_DUTY.you_have) : english(h('p', {}, saysMore(duty))),
    had.has(duty.id) ? null : h('button', { type: 'button', onclick: () => haveIt(duty) }, MY_DUTY.have)), (row, duty) => {
    const time = row.querySelector('.clock');
    if (time) say(time, had.has(duty.id) ? '' : dutyClock(duty, view));
  });
  show(find('watch'), duties.length > 0);
}

/** Duties that were acknowledged from this page. @type {Set<string>} */
const had = new Set((sessionStorage.getItem('lockstep/had') ?? '').split(',').filter(Boolean));

/** @param {DutyCard} duty */
async function haveIt(duty) {
  const answer = await send({ name: 'acknowledge_duty', duty: duty.id });
  tell(find('said'), answer);
  if (answer.kind !== 'accepted') return;
  had.add(duty.id);
  sessionStorage.setItem('lockstep/had', [...had].slice(-50).join());
  draw();
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
    const drill = viewOf(link, campus).drill;
    const { injured: _, ...counted } = headCounts();
    tell(find('said'), await send(drill && state !== 'need_help'
      ? { name: 'report_drill_room', drill: drill.id, report: { secured: state === 'secured', ...counted } }
      : { name: 'report_room', report: { state, ...(drill ? {} : headCounts()) } }));
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

find('roster').addEventListener('click', async () => {
  const view = viewOf(link, campus);
  const room = view.you?.room;
  if (!room) return;
  try {
    const { openRoster } = await import('./rosters.js');
    openRoster(view, [{ id: room, name: view.screen.one('own_room')?.name ?? room }], true);
  } catch {
    say(find('said'), ANSWER.unsent);
    show(find('said'), true);
  }
});

const desk = () => ({ campus, face: /** @type {const} */ ('classroom'), send, said: find('said') });
find('threat').addEventListener('click', () => reportThreat(desk(), find('threat').textContent ?? PAGE.threat));
find('sighting').addEventListener('click', () => reportSighting(desk()));
find('escalate').addEventListener('click', () => askForHelp(desk()));

picker.addEventListener('change', () => { campus = picker.value; location.hash = campus; draw(); });
function settle() {
  if (!link.campuses.some(({ id }) => id === campus)) campus = link.campuses[0]?.id ?? '';
}
link.addEventListener('welcome', settle);
settle();
link.addEventListener('change', draw);
/** @type {OutboxList} */ (document.querySelector('ls-outbox')).bind(link);
// Clocks of what is asked here.
setInterval(() => drawWatch(viewOf(link, campus)), 1000);
link.start();
draw();
keepThisPage();
