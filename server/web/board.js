// The district board: every campus at a glance, worst first. It reads and never asks.

/** @import {TrustBanner} from './parts.js' */
/** @import {View} from './view.js' */
/** @import {Headline} from './words.js' */
import './said.js';
import { standingOf } from './command-rooms.js';
import { byName, eachFrame, h, icon, keyed, say, show, whoWords } from './draw.js';
import { Link } from './link.js';
import './parts.js';
import { viewOf } from './view.js';
import { DEGRADED, MARK, NOT_RECORDED, POSTURE, ROLE, distrust, plural } from './words.js';

/** Worst first. Unknown stands above what is known to be over: it may hide anything. @type {Headline[]} */
const ORDER = ['lock_down', 'checking', 'controlled_movement', 'unknown', 'stay_locked', 'lifted_by_school', 'all_clear', 'normal'];

const link = new Link('board');
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const trust = /** @type {TrustBanner} */ (document.querySelector('ls-trust'));

const draw = eachFrame(() => {
  const views = link.campuses.map(({ id }) => viewOf(link, id))
    .sort((a, b) => ORDER.indexOf(a.headline) - ORDER.indexOf(b.headline) || byName(a, b));
  trust.draw(link, views.find((view) => !view.trust.reliable && view.trust.why !== 'held') ?? views[0] ?? null);
  say(find('summary'), summaryOf(views));
  say(find('you'), link.you ? `${link.you.name}, ${ROLE[link.you.role]}` : '');
  document.title = `${summaryOf(views)} \u2013 district board`;
  show(find('empty'), views.length === 0);
  keyed(find('tiles'), views, ({ id }) => id, makeTile, drawTile);
});

/** @param {View[]} views */
function summaryOf(views) {
  if (views.length === 0) return POSTURE.unknown;
  const counted = ORDER.map((headline) => [headline, views.filter((view) => view.headline === headline).length]).filter(([, n]) => n);
  return counted.map(([headline, n]) => `${n} ${POSTURE[/** @type {Headline} */ (headline)].toLowerCase()}`).join(' \u00b7 ');
}

function makeTile() {
  return h('article', { class: 'tile' }, h('div', { class: 'sign-icon' }),
    h('div', { class: 'tile-words' }, h('h2'), h('p', { class: 'word' }), h('p', { class: 'since' }), h('ul', { class: 'figures' }), h('p', { class: 'stale', role: 'status' })));
}

/** @param {HTMLElement} tile @param {View} view */
function drawTile(tile, view) {
  if (tile.dataset.headline !== view.headline) tile.querySelector('.sign-icon')?.replaceChildren(icon(view.headline));
  tile.dataset.headline = view.headline;
  const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (tile.querySelector(selector));
  say(part('h2'), view.name);
  say(part('.word'), [view.word, view.caveat].filter(Boolean).join('. '));
  const by = view.screen.all('raise').map((raise) => raise.by).find(Boolean) ?? view.screen.newestRelease()?.by;
  const who = view.headline === 'unknown' || view.headline === 'normal' ? '' : whoWords(by);
  say(part('.since'), [view.since && `Since ${view.time(view.since)}`, who, view.lastKnown].filter(Boolean).join(' \u00b7 '));
  keyed(part('.figures'), figuresOf(view), ([key]) => key, ([, , tone]) => h('li', { class: tone }), (li, [, words]) => say(li, words));
  const stale = view.trust.reliable ? (view.degraded ? DEGRADED : '') : distrust(view.trust, (at) => view.time(at));
  say(part('.stale'), stale);
  show(part('.stale'), stale !== '');
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
  const dark = rooms.filter((room) => room.live === 0).length;
  if (calls > 0) figures.push(['calls', plural(calls, 'call'), '']);
  if (view.checkingToo || view.headline === 'checking') figures.push(['threats', plural(view.screen.all('threat').length, 'threat') + ' to answer', 'severe']);
  if (view.screen.items().length > 0) {
    if (count('help') > 0) figures.push(['help', `${plural(count('help'), 'room')} asking for help`, 'severe']);
    if (count('not_reached') > 0) figures.push(['reach', `${plural(count('not_reached'), 'room')} not reached`, 'warn']);
    const silent = rooms.filter((room) => !room.acknowledged).length;
    figures.push(['ack', silent > 0 ? `${plural(silent, 'room')} of ${rooms.length} not acknowledged` : `all ${plural(rooms.length, 'room')} acknowledged`, silent > 0 ? 'warn' : '']);
    if (view.screen.posture() === 'lock_down' && zones.length > 0) figures.push(['sweep', `${zones.filter((zone) => zone.clear).length} of ${zones.length} zones clear`, '']);
  } else if (dark > 0) figures.push(['dark', `${plural(dark, 'room')} with no live screen`, 'warn']);
  for (const mark of view.marks) figures.push([mark, MARK[mark], 'severe']);
  if (view.notRecorded > 0) figures.push(['record', NOT_RECORDED, 'warn']);
  return figures;
}

link.addEventListener('welcome', () => link.follow(link.campuses.map(({ id }) => id)));
link.addEventListener('change', draw);
link.start();
draw();
