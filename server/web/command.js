// The command page: everything of one campus for those who answer for it. This file owns the
// shell, the campus picker and the raise; the panels are in `command-*.js`.

/** @import {Answer, Command} from './types.js' */
/** @import {DrillBand, OutboxList, PostureSign, TrustBanner} from './parts.js' */
/** @import {Panel} from './command-panel.js' */
/** @import {TwoPress} from './two-press.js' */
import './command-attention.js';
import './command-contact.js';
import './command-drill.js';
import './command-duties.js';
import './command-lines.js';
import './command-people.js';
import './command-reach.js';
import './command-release.js';
import './command-rooms.js';
import './command-sightings.js';
import './command-sweep.js';
import './two-press.js';
import { onRelease } from './command-panel.js';
import { eachFrame, h, keyed, say, show } from './draw.js';
import { english } from './language.js';
import { Link } from './link.js';
import { tell } from './parts.js';
import { reportThreat } from './reports.js';
import { sayPage } from './said.js';
import { filled, openSheet } from './sheet.js';
import { Sound } from './sound.js';
import { mayAsk, viewOf } from './view.js';
import { PAGE, POSTURE, ROLE } from './words.js';
import { CONSOLE, MOVEMENT, PANEL, THREAT_KIND } from './words-command.js';

sayPage({ ...PAGE, ...CONSOLE });

const link = new Link('command');
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const sign = /** @type {PostureSign} */ (document.querySelector('ls-posture'));
const trust = /** @type {TrustBanner} */ (document.querySelector('ls-trust'));
const band = /** @type {DrillBand} */ (document.querySelector('ls-drill'));
const panels = /** @type {Panel[]} */ ([...document.querySelectorAll('.panel')]);
const duties = /** @type {Panel} */ (document.querySelector('ls-duties'));
const lockDown = /** @type {TwoPress} */ (find('lock-down'));
const sound = new Sound(find('sound'));
let campus = location.hash.slice(1);

const draw = eachFrame(() => {
  const view = viewOf(link, campus);
  document.documentElement.dataset.headline = view.headline;
  document.title = [view.beside, view.word, view.name || 'Lockstep'].filter(Boolean).join(' \u2013 ');
  sign.draw(view);
  trust.draw(link, view);
  band.draw(view);
  // Every lock-down screen says it, this one as well: who answers for a campus is asked first (L6).
  say(find('fire'), view.campus?.fire_alarm_words ?? '');
  show(find('fire'), view.headline === 'lock_down' && Boolean(view.campus?.fire_alarm_words));
  drawCampuses();
  say(find('you'), view.you ? `${view.you.name}, ${ROLE[view.you.role]}` : '');
  show(lockDown, mayAsk('call_lock_down', view));
  show(find('movement'), mayAsk('begin_controlled_movement', view));
  show(find('threat'), !mayAsk('call_lock_down', view) && mayAsk('report_threat', view));
  // In a drill these are real all the same, and say so (D2).
  const practice = view.drill !== undefined;
  lockDown.reword(practice ? CONSOLE.call_lock_down_real : CONSOLE.call_lock_down, practice ? CONSOLE.call_lock_down_real_again : CONSOLE.call_lock_down_again);
  say(find('movement'), practice ? CONSOLE.controlled_movement_real : CONSOLE.controlled_movement);
  say(find('threat'), practice ? PAGE.threat_real : PAGE.threat);
  document.body.toggleAttribute('data-drill', practice);
  for (const panel of panels) panel.draw(view, send);
  sound.hear(link.campuses.map(({ id }) => viewOf(link, id)));
});

/** One button for each campus, with what it is under: another school's alarm is seen from here. */
function drawCampuses() {
  const nav = find('campuses');
  keyed(nav, link.campuses, ({ id }) => id,
    ({ id }) => h('button', { type: 'button', onclick: () => choose(id) }, h('strong'), h('span')),
    (button, { id, name }) => {
      const { headline, word, beside } = viewOf(link, id);
      button.setAttribute('aria-pressed', String(id === campus));
      button.dataset.headline = headline;
      const [strong, span] = button.children;
      if (strong) say(strong, name);
      if (span) say(span, link.campuses.length > 1 ? [beside, headline === 'drill' ? word : POSTURE[headline]].filter(Boolean).join(' \u2013 ') : '');
    });
  nav.classList.toggle('single', link.campuses.length === 1);
}

/** @param {string} id */
function choose(id) {
  campus = id;
  history.replaceState(null, '', `#${id}`);
  draw();
}

/** @param {Command} command @param {Parameters<Link['send']>[2]} [how] @returns {Promise<Answer>} */
const send = (command, how) => link.send(campus, command, how);

lockDown.act = () => send({ name: 'call_lock_down' });

find('movement').addEventListener('click', () => {
  // The threats that were drawn when the sheet opened: one that comes in since still waits (A2).
  const answers = (link.followed.get(campus)?.screen.all('threat') ?? []).map(({ id }) => id);
  openSheet({
    title: MOVEMENT.title,
    intro: answers.length > 0 ? MOVEMENT.answers(answers.length) : undefined,
    fields: [
      { name: 'kind', label: MOVEMENT.kind, kind: 'select', options: Object.entries(THREAT_KIND) },
      { name: 'place', label: PANEL.where },
      { name: 'seen', label: MOVEMENT.seen },
      { name: 'shareable', label: MOVEMENT.shareable, hint: MOVEMENT.shareable_hint },
    ],
    send: MOVEMENT.send,
    tone: 'severe',
    onsend: async ({ kind = 'other', ...rest }) => {
      const answer = await send({ name: 'begin_controlled_movement', kind: /** @type {keyof typeof THREAT_KIND} */ (kind), answers, ...filled(rest) });
      if (answer.kind === 'accepted') tell(find('said'), answer);
      return answer;
    },
  });
});

find('threat').addEventListener('click', () => reportThreat({ campus, face: 'command', send, said: find('said') }, find('threat').textContent ?? PAGE.threat));

link.addEventListener('welcome', () => {
  const ids = link.campuses.map(({ id }) => id);
  if (!ids.includes(campus)) campus = ids[0] ?? '';
  link.follow(ids);
});
link.addEventListener('change', draw);
english(find('fire'));
/** @type {OutboxList} */ (document.querySelector('ls-outbox')).bind(link);
// A duty becomes overdue by time alone.
setInterval(() => duties.draw(viewOf(link, campus), send), 1000);
onRelease(draw);
link.start();
draw();
