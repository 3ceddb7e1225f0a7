// The district board: every campus at a glance, worst first. It asks for nothing, but that whoever
// a duty asks may say here that they have it: a superintendent has no other page.

/** @import {DutyCard, RoomReach} from './types.js' */
/** @import {OutboxList, TrustBanner} from './parts.js' */
/** @import {View} from './view.js' */
/** @import {Headline} from './words.js' */
import './said.js';
import { byName, eachFrame, h, icon, keyed, say, show, whoWords } from './draw.js';
import { clock, dutyClock, isInMyHand, isMine, isOverdue, pressing } from './duties.js';
import { Link } from './link.js';
import { tell } from './parts.js';
import { standingOf } from './rooms.js';
import { reachOf } from './screen.js';
import { Sound } from './sound.js';
import { mayAsk, viewOf } from './view.js';
import { AGENCY, DEGRADED, DUTY, DUTY_SAYS, HELP, LINE, MARK, NOT_RECORDED, POSTURE, ROLE, clockWords, distrust, plural, shortTime } from './words.js';

/** Worst first. Unknown stands above what is known to be over: it may hide anything. @type {Headline[]} */
const ORDER = ['lock_down', 'checking', 'controlled_movement', 'unknown', 'stay_locked', 'lifted_by_school', 'all_clear', 'drill', 'normal'];

/** A campus that reads calm and has somebody waiting for an answer stands before those that have
 * not, and of two alike the one with more overdue (E4). @param {View} view */
function rankOf(view) {
  const waits = overdueOf(view).length > 0 || view.screen.all('escalation').some(({ line }) => line !== 'closed');
  return Math.min(ORDER.indexOf(view.headline), waits ? ORDER.indexOf('unknown') - 0.5 : Infinity);
}

/** @param {View} view */
const overdueOf = (view) => view.screen.all('duty').filter((duty) => isOverdue(duty, view));

const link = new Link('board');
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const sound = new Sound(find('sound'));
const trust = /** @type {TrustBanner} */ (document.querySelector('ls-trust'));

const draw = eachFrame(() => {
  const views = link.campuses.map(({ id }) => viewOf(link, id))
    .sort((a, b) => rankOf(a) - rankOf(b) || overdueOf(b).length - overdueOf(a).length || byName(a, b));
  trust.draw(link, views.find((view) => !view.trust.reliable && view.trust.why !== 'held') ?? views[0] ?? null);
  say(find('summary'), summaryOf(views));
  say(find('you'), link.you ? `${link.you.name}, ${ROLE[link.you.role]}` : '');
  document.title = `${summaryOf(views)} \u2013 district board`;
  show(find('empty'), views.length === 0);
  keyed(find('tiles'), views, ({ id }) => id, makeTile, drawTile);
  drawAsked(views);
  sound.hear(views);
});

/** What the district asks of whoever looks at its board. @param {View[]} views */
function drawAsked(views) {
  const asked = views.flatMap((view) => (mayAsk('acknowledge_duty', view) ? pressing(view).filter((duty) => isMine(duty, view) && !isInMyHand(duty, view)).map((duty) => ({ view, duty })) : []));
  keyed(find('asked-list'), asked, ({ view, duty }) => `${view.id}/${duty.id}/${duty.say}`, ({ view, duty }) => h('li', { class: 'matter duty' },
    h('div', {}, h('div', { class: 'duty-head' }, h('strong', {}, `${view.name}: ${DUTY[duty.kind]}`), clock()), h('p', {}, duty.say)),
    h('div', { class: 'actions' }, h('button', { type: 'button', class: 'primary', onclick: () => haveIt(view, duty) }, DUTY_SAYS.have))), (row, { view, duty }) => {
    row.classList.toggle('overdue', isOverdue(duty, view));
    const time = row.querySelector('.clock');
    if (time) say(time, dutyClock(duty, view));
  });
  show(find('asked'), asked.length > 0);
}

/** @param {View} view @param {DutyCard} duty */
async function haveIt(view, duty) {
  tell(find('said'), await link.send(view.id, { name: 'acknowledge_duty', duty: duty.id }));
}

/** @param {View[]} views */
function summaryOf(views) {
  if (views.length === 0) return POSTURE.unknown;
  const counted = ORDER.map((headline) => [headline, views.filter((view) => view.headline === headline).length]).filter(([, n]) => n);
  const overdue = views.reduce((sum, view) => sum + overdueOf(view).length, 0);
  const said = counted.map(([headline, n]) => `${n} ${headline === 'drill' ? POSTURE.drill : POSTURE[/** @type {Headline} */ (headline)].toLowerCase()}`);
  return [overdue > 0 && `${plural(overdue, 'duty', 'duties')} ${DUTY_SAYS.overdue}`, ...said].filter(Boolean).join(' \u00b7 ');
}

function makeTile() {
  return h('article', { class: 'tile' }, h('div', { class: 'sign-icon' }),
    h('div', { class: 'tile-words' }, h('h2'), h('p', { class: 'word' }), h('p', { class: 'drill-words' }), h('p', { class: 'since' }), h('ul', { class: 'overdue-list' }), h('ul', { class: 'figures' }), h('p', { class: 'stale', role: 'status' })));
}

/** @param {HTMLElement} tile @param {View} view */
function drawTile(tile, view) {
  if (tile.dataset.icon !== view.icon) tile.querySelector('.sign-icon')?.replaceChildren(icon(view.icon));
  tile.dataset.icon = view.icon;
  tile.dataset.headline = view.headline;
  const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (tile.querySelector(selector));
  say(part('h2'), view.name);
  say(part('.word'), [view.word, view.caveat].filter(Boolean).join('. '));
  const by = view.screen.all('raise').map((raise) => raise.by).find(Boolean) ?? view.screen.newestRelease()?.by;
  const who = view.headline === 'unknown' || view.headline === 'normal' ? '' : whoWords(by);
  say(part('.since'), [view.since && `Since ${view.time(view.since)}`, who, view.lastKnown].filter(Boolean).join(' \u00b7 '));
  say(part('.drill-words'), view.band);
  show(part('.drill-words'), view.band !== '');
  keyed(part('.overdue-list'), pressing(view).filter((duty) => isOverdue(duty, view)), ({ id }) => id, () => h('li'), (li, duty) => say(li, overdueWords(duty, view)));
  keyed(part('.figures'), figuresOf(view), ([key]) => key, ([, , tone]) => h('li', { class: tone }), (li, [, words]) => say(li, words));
  const stale = view.trust.reliable ? (view.degraded ? DEGRADED : '') : distrust(view.trust, (at) => view.time(at));
  say(part('.stale'), stale);
  show(part('.stale'), stale !== '');
}

/** @param {DutyCard} duty @param {View} view */
function overdueWords(duty, view) {
  const has = duty.acknowledged ? `${duty.acknowledged.by.name} has it` : 'nobody has it';
  return `${DUTY_SAYS.overdue} ${clockWords(view.now() - Date.parse(duty.since))}: ${DUTY[duty.kind]} (${has})`;
}

/** What a district asks first. Key, words, tone. @param {View} view @returns {[string, string, string][]} */
function figuresOf(view) {
  /** @type {[string, string, string][]} */
  const figures = [];
  if (!view.screen.position) return figures;
  const rooms = view.screen.all('room');
  const standings = rooms.map(standingOf);
  const count = (/** @type {string} */ standing) => standings.filter((one) => one === standing).length;
  const calls = view.screen.all('raise').filter((raise) => raise.level === 'lock_down').length;
  const zones = view.screen.all('zone');
  const stand = (/** @type {RoomReach} */ reach) => rooms.filter((room) => reachOf(room) === reach).length;
  const [dark, unreached, silent] = [stand('no_screen'), stand('not_reached'), stand('not_acknowledged')];
  const duties = view.screen.all('duty').length - overdueOf(view).length;
  if (duties > 0) figures.push(['duties', `${plural(duties, 'duty', 'duties')} open, not overdue`, '']);
  for (const [words, tone] of linesInWords(view)) figures.push([`line ${words}`, words, tone]);
  if (calls > 0) figures.push(['calls', plural(calls, 'call'), '']);
  if (view.checkingToo || view.headline === 'checking') figures.push(['threats', plural(view.screen.all('threat').length, 'threat') + ' to answer', 'severe']);
  if (view.drill) {
    const reached = rooms.filter((room) => room.reached).length;
    figures.push(['drill', `DRILL: ${reached} of ${plural(rooms.length, 'room')} reached, ${rooms.filter((room) => room.acknowledged).length} acknowledged`, '']);
  } else if (view.screen.items().length > 0) {
    if (count('help') > 0) figures.push(['help', `${plural(count('help'), 'room')} asking for help`, 'severe']);
    if (dark > 0) figures.push(['dark', `${plural(dark, 'room')} with no live screen`, 'warn']);
    if (unreached > 0) figures.push(['reach', `${plural(unreached, 'room')} not reached`, 'warn']);
    if (silent > 0) figures.push(['ack', `${plural(silent, 'room')} reached but not acknowledged`, 'warn']);
    if (dark + unreached + silent === 0) figures.push(['ack', `all ${plural(rooms.length, 'room')} acknowledged`, '']);
    if (view.screen.posture() === 'lock_down' && zones.length > 0) figures.push(['sweep', `${zones.filter((zone) => zone.clear).length} of ${zones.length} zones clear`, '']);
  } else if (dark > 0) figures.push(['dark', `${plural(dark, 'room')} with no live screen`, 'warn']);
  const reach = view.screen.one('reach');
  if (reach && reach.sent > 0) figures.push(['received', `received on ${reach.received} of ${plural(reach.sent, 'screen')}, 95 %: ${shortTime(reach.received_ms.most)}`, reach.received < reach.sent ? 'warn' : '']);
  for (const mark of view.marks) figures.push([mark, MARK[mark], 'severe']);
  if (view.notRecorded > 0) figures.push(['record', NOT_RECORDED, 'warn']);
  return figures;
}

/** Where its lines to 911, PD and SO are. @param {View} view @returns {[string, string][]} words and tone */
function linesInWords(view) {
  /** @type {Map<string, number>} */
  const counted = new Map();
  for (const line of view.screen.all('escalation')) {
    if (line.line === 'closed' && !line.closed_unexplained) continue;
    const words = `${AGENCY[line.agency]}: ${line.closed_unexplained ? 'line closed, nobody has said why' : LINE[line.line]}${line.response === 'unknown' ? '' : `, ${HELP[line.response].split('.')[0]?.toLowerCase()}`}`;
    counted.set(words, (counted.get(words) ?? 0) + 1);
  }
  return [...counted].map(([words, n]) => [n > 1 ? `${words} (${plural(n, 'line')})` : words, /nobody has/.test(words) || /dropped/.test(words) ? 'warn' : '']);
}

link.addEventListener('welcome', () => link.follow(link.campuses.map(({ id }) => id)));
link.addEventListener('change', draw);
/** @type {OutboxList} */ (document.querySelector('ls-outbox')).bind(link);
// A duty becomes overdue by time alone, and then its campus stands elsewhere.
setInterval(draw, 1000);
link.start();
draw();
