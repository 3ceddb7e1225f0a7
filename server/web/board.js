// The district board: every campus at a glance, worst first. It asks for nothing, but that whoever
// a duty asks may say here that they have it: a superintendent has no other page.

/** @import {DutyCard, RoomReach} from './types.js' */
/** @import {CampusMap} from './board-map.js' */
/** @import {OutboxList, TrustBanner} from './parts.js' */
/** @import {View} from './view.js' */
/** @import {Headline} from './words.js' */
import './board-map.js';
import { byName, eachFrame, h, icon, keyed, say, show, whoWords } from './draw.js';
import { clock, dutyClock, isInMyHand, isMine, isOverdue, pressing } from './duties.js';
import { keepThisPage } from './keep.js';
import { clockWords, english } from './language.js';
import { Link } from './link.js';
import { tell } from './parts.js';
import { standingOf } from './rooms.js';
import { sayPage } from './said.js';
import { reachOf } from './screen.js';
import { Sound } from './sound.js';
import { mayAsk, viewOf } from './view.js';
import { AGENCY, DUTY, MARK, MY_DUTY, POSTURE, ROLE, SIGN, TRUST, distrust, inside } from './words.js';
import { BOARD, CONSOLE, HELP_SHORT, LINE, LINE_SAYS, shortTime } from './words-command.js';

sayPage(CONSOLE);

/** Worst first. Unknown stands above what is known to be over: it may hide anything. @type {Headline[]} */
const ORDER = ['lock_down', 'checking', 'controlled_movement', 'unknown', 'stay_locked', 'lifted_by_school', 'all_clear', 'drill', 'normal'];

/** A campus that reads calm and has somebody waiting for an answer stands before those that have
 * not, and of two alike the one with more overdue (E4). @param {View} view */
function rankOf(view) {
  const waits = overdueOf(view).length > 0 || view.screen.all('duress').length > 0 || view.screen.all('escalation').some(({ line }) => line !== 'closed');
  return Math.min(ORDER.indexOf(view.headline), waits ? ORDER.indexOf('unknown') - 0.5 : Infinity);
}

/** So many campuses have a large tile each, on a wall that nobody scrolls. */
const LARGE_MAX = 12;
/** Of more than that the worst do, if anything is the matter there; so many at most. */
const WORST_MAX = 8;

/** How many of these stand in large tiles. @param {View[]} views worst first */
function largeOf(views) {
  if (views.length <= LARGE_MAX) return views.length;
  const matter = views.filter((view) => rankOf(view) < ORDER.indexOf('normal')).length;
  // Where all of them are lost at once, none of those tells more than another.
  const lost = views.findIndex(({ headline }) => headline === 'unknown');
  return Math.min(WORST_MAX, matter > WORST_MAX && lost >= 0 ? lost : matter);
}

/** @param {View} view */
const overdueOf = (view) => view.screen.all('duty').filter((duty) => isOverdue(duty, view));

const link = new Link('board');
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const sound = new Sound(find('sound'));
const map = /** @type {CampusMap} */ (document.querySelector('ls-map'));
const trust = /** @type {TrustBanner} */ (document.querySelector('ls-trust'));

const draw = eachFrame(() => {
  const views = link.campuses.map(({ id }) => viewOf(link, id))
    .sort((a, b) => rankOf(a) - rankOf(b) || overdueOf(b).length - overdueOf(a).length || byName(a, b));
  trust.draw(link, views.find((view) => !view.trust.reliable && view.trust.why !== 'held') ?? views[0] ?? null);
  say(find('summary'), summaryOf(views));
  say(find('you'), link.you ? `${link.you.name}, ${ROLE[link.you.role]}` : '');
  document.title = BOARD.title(summaryOf(views));
  show(find('empty'), views.length === 0);
  const large = largeOf(views);
  keyed(find('tiles'), views.slice(0, large), ({ id }) => id, makeTile, drawTile);
  keyed(find('rest'), views.slice(large), ({ id }) => id, makeTile, drawTile);
  show(find('tiles'), large > 0);
  show(find('rest'), large < views.length);
  drawAsked(views);
  map.draw(views);
  sound.hear(views);
});

/** What the district asks of whoever looks at its board. @param {View[]} views */
function drawAsked(views) {
  const asked = views.flatMap((view) => (mayAsk('acknowledge_duty', view) ? pressing(view).filter((duty) => isMine(duty, view) && !isInMyHand(duty, view)).map((duty) => ({ view, duty })) : []));
  keyed(find('asked-list'), asked, ({ view, duty }) => `${view.id}/${duty.id}/${duty.say}`, ({ view, duty }) => h('li', { class: 'matter duty' },
    h('div', {}, h('div', { class: 'duty-head' }, h('strong', {}, `${view.name}: ${DUTY[duty.kind]}`), clock()), english(h('p', {}, duty.say))),
    h('div', { class: 'actions' }, h('button', { type: 'button', class: 'primary', onclick: () => haveIt(view, duty) }, MY_DUTY.have))), (row, { view, duty }) => {
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
  const count = (/** @type {Headline} */ headline) => views.filter((view) => view.headline === headline).length;
  const overdue = views.reduce((sum, view) => sum + overdueOf(view).length, 0);
  const said = ORDER.filter(count).map((headline) => BOARD.counted(count(headline), headline === 'drill' ? POSTURE.drill : inside(POSTURE[headline])));
  return [overdue > 0 && BOARD.overdue(overdue), ...said].filter(Boolean).join(' \u00b7 ');
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
  say(part('.since'), [view.since && SIGN.since(view.time(view.since)), who, view.lastKnown].filter(Boolean).join(' \u00b7 '));
  say(part('.drill-words'), view.band);
  show(part('.drill-words'), view.band !== '');
  keyed(part('.overdue-list'), pressing(view).filter((duty) => isOverdue(duty, view)), ({ id }) => id, () => h('li'), (li, duty) => say(li, overdueWords(duty, view)));
  keyed(part('.figures'), figuresOf(view), ([key]) => key, ([, , tone]) => h('li', { class: tone }), (li, [, words]) => say(li, words));
  const stale = view.trust.reliable ? (view.degraded ? TRUST.degraded : '') : distrust(view.trust, (at) => view.time(at));
  say(part('.stale'), stale);
  show(part('.stale'), stale !== '');
}

/** @param {DutyCard} duty @param {View} view */
function overdueWords(duty, view) {
  const has = duty.acknowledged ? BOARD.has(duty.acknowledged.by.name) : BOARD.nobody_has;
  return `${MY_DUTY.overdue(clockWords(view.now() - Date.parse(duty.since)))}: ${DUTY[duty.kind]} (${has})`;
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
  for (const { id, who } of view.screen.all('duress')) figures.push([`duress ${id}`, BOARD.duress(whoWords(who)), 'severe']);
  const duties = view.screen.all('duty').length - overdueOf(view).length;
  if (duties > 0) figures.push(['duties', BOARD.duties(duties), '']);
  for (const [words, tone] of linesInWords(view)) figures.push([`line ${words}`, words, tone]);
  if (calls > 0) figures.push(['calls', SIGN.calls(calls), '']);
  if (view.checkingToo || view.headline === 'checking') figures.push(['threats', BOARD.threats(view.screen.all('threat').length), 'severe']);
  if (view.drill) {
    figures.push(['drill', BOARD.drill(rooms.length, rooms.filter((room) => room.reached).length, rooms.filter((room) => room.acknowledged).length), '']);
  } else if (view.screen.items().length > 0) {
    if (count('help') > 0) figures.push(['help', BOARD.help(count('help')), 'severe']);
    if (dark > 0) figures.push(['dark', BOARD.dark(dark), 'warn']);
    if (unreached > 0) figures.push(['reach', BOARD.unreached(unreached), 'warn']);
    if (silent > 0) figures.push(['ack', BOARD.silent(silent), 'warn']);
    if (dark + unreached + silent === 0) figures.push(['ack', BOARD.acknowledged(rooms.length), '']);
    if (view.screen.posture() === 'lock_down' && zones.length > 0) figures.push(['sweep', BOARD.sweep(zones.filter((zone) => zone.clear).length, zones.length), '']);
  } else if (dark > 0) figures.push(['dark', BOARD.dark(dark), 'warn']);
  const reach = view.screen.one('reach');
  if (reach && reach.sent > 0) figures.push(['received', BOARD.received(reach.received, reach.sent, shortTime(reach.received_ms.most)), reach.received < reach.sent ? 'warn' : '']);
  for (const mark of view.marks) figures.push([mark, MARK[mark], 'severe']);
  if (view.notRecorded > 0) figures.push(['record', SIGN.not_recorded, 'warn']);
  return figures;
}

/** Where its lines to 911, PD and SO are. @param {View} view @returns {[string, string][]} words and tone */
function linesInWords(view) {
  /** @type {Map<string, {n: number, tone: string}>} */
  const counted = new Map();
  for (const line of view.screen.all('escalation')) {
    if (line.line === 'closed' && !line.closed_unexplained) continue;
    const said = [line.closed_unexplained ? LINE_SAYS.unexplained_short : LINE[line.line], line.response !== 'unknown' && HELP_SHORT[line.response]];
    const words = `${AGENCY[line.agency]}: ${said.filter(Boolean).join(', ')}`;
    // Where nobody is on the line now, somebody has to look.
    counted.set(words, { n: (counted.get(words)?.n ?? 0) + 1, tone: line.line === 'open' ? '' : 'warn' });
  }
  return [...counted].map(([words, { n, tone }]) => [n > 1 ? `${words} (${LINE_SAYS.lines(n)})` : words, tone]);
}

link.addEventListener('change', draw);
/** @type {OutboxList} */ (document.querySelector('ls-outbox')).bind(link);
// A duty becomes overdue by time alone, and then its campus stands elsewhere.
setInterval(draw, 1000);
link.start();
draw();
keepThisPage();
