// What a campus's timeline tells, for whoever may read it: its incidents, each with the report that
// is made from the entries alone, the drill file of each year, and the export that anybody can check.

/** @import {Mark} from './types.js' */
/** @import {Asked} from './direct.js' */
import { ask, pickCampus, sayPlain, tellPage, whoAmI } from './direct.js';
import { clockOf, h, keyed, say, show } from './draw.js';
import { MARK } from './words.js';
import { RECORD } from './words-direct.js';

sayPlain();

/** @typedef {{seq: number, real: boolean, kind: keyof typeof RECORD.kinds, opened: string, closed?: string, marks?: Mark[]}} Listed */

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const picker = /** @type {HTMLSelectElement} */ (find('campus'));
const me = await whoAmI();
/** The newest of so many: the whole is in the export. */
const DRAWN_MAX = 200;
let campus = location.hash.slice(1);

const path = (/** @type {string} */ rest) => `/v1/campuses/${encodeURIComponent(campus)}${rest}`;

async function read() {
  if (!me) return;
  const of = campus;
  for (const id of ['real', 'practised', 'proof']) show(find(id), false);
  say(find('as-of'), RECORD.reading);
  /** @type {Asked<{incidents: Listed[]}>} */
  const { made, answer } = await ask(me.face, 'GET', `/campuses/${encodeURIComponent(of)}/incidents`);
  if (of !== campus) return;
  tellPage(answer ?? null);
  const time = clockOf(undefined);
  say(find('as-of'), made ? RECORD.as_of(time(new Date(), true)) : '');
  if (made) draw(made.incidents, time);
}

/** @param {Listed[]} listed @param {ReturnType<typeof clockOf>} time */
function draw(listed, time) {
  const newest = [...listed].sort((a, b) => b.seq - a.seq);
  const [real, drills] = [newest.filter((one) => one.real), newest.filter((one) => !one.real)];
  for (const id of ['real', 'proof']) show(find(id), true);
  show(find('practised'), drills.length > 0);
  show(find('none'), real.length === 0);
  keyed(find('incidents'), real.slice(0, DRAWN_MAX), key, (one) => row(one, time, h('a', { class: 'button', href: `${path(`/incidents/${one.seq}/report`)}?face=${me?.face}&as=page` }, RECORD.report)));
  keyed(find('drills'), drills.slice(0, DRAWN_MAX), key, (one) => row(one, time, null));
  // A drill file is of a year in universal time (D4).
  const years = [...new Set(drills.map(({ opened }) => opened.slice(0, 4)))];
  keyed(find('years'), years, (year) => `${campus}/${year}`, (year) => h('a', { class: 'button', href: `${path('/drills')}?face=${me?.face}&as=page&year=${year}` }, RECORD.drill_file(year)));
  find('export').setAttribute('href', `${path('/timeline/export')}?face=${me?.face}`);
  find('export').setAttribute('download', `${campus}-timeline.json`);
}

/** @param {Listed} one */
const key = (one) => JSON.stringify([campus, one]);

/** @param {Listed} one @param {ReturnType<typeof clockOf>} time @param {HTMLElement | null} more */
const row = ({ kind, opened, closed, marks = [] }, time, more) => h('li', {},
  h('div', {}, h('strong', {}, RECORD.kinds[kind]),
    h('p', {}, [time(opened), closed ? RECORD.closed(time(closed)) : RECORD.open, ...marks.map((mark) => MARK[mark])].join(' \u00b7 '))),
  more);

picker.addEventListener('change', () => {
  campus = picker.value;
  history.replaceState(null, '', `${location.search}#${campus}`);
  find('back').setAttribute('href', `/${me?.face ?? ''}#${campus}`);
  read();
});

if (me) {
  campus = await pickCampus(me.face, picker, campus);
  await read();
}
