// An officer without an account becomes one on scene (A3): one person makes the code, a different
// one enters what badge and certification say, and only then does the code work. Each of the two
// sees on the page which step is theirs. A code and a PIN are shown once and kept nowhere.

/** @import {Answer, Who} from './types.js' */
/** @import {Asked} from './direct.js' */
import { ask, pickCampus, sayPlain, tellAt, whoAmI } from './direct.js';
import { clockOf, h, keyed, once, say, show, whoWords } from './draw.js';
import { openSheet } from './sheet.js';
import { mayDirect } from './view.js';
import { CERTIFICATION, OFFICER_SAYS } from './words-direct.js';

sayPlain();

/** @typedef {{officer: string, name: string, code_by: Who & {person: string}, expires_at: string}} Waits */
/** @typedef {{officer: string, code_expires_at: string, officer_pin: string}} Certified */

/** The other of the two works on another device: the list is read again as often. */
const AGAIN_MS = 5000;

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const picker = /** @type {HTMLSelectElement} */ (find('campus'));
const time = clockOf(undefined);
const me = await whoAmI();
let campus = location.hash.slice(1);

const path = (/** @type {string} */ rest) => `/campuses/${encodeURIComponent(campus)}/officers${rest}`;

/** Something that is shown once, as large as it is read out. @param {HTMLElement} place @param {string} head @param {string} secret @param {string} words */
function showOnce(place, head, secret, words) {
  place.replaceChildren(h('p', {}, h('strong', {}, head)), h('p', { class: 'code' }, secret), h('p', {}, words));
  show(place, true);
  place.scrollIntoView({ block: 'nearest' });
}

async function read() {
  if (!me) return;
  const of = campus;
  /** @type {Asked<{waiting: Waits[]}>} */
  const { made, answer } = await ask(me.face, 'GET', path(''));
  if (of !== campus) return;
  tellAt(find('said'), answer ?? null);
  // What is shown once stays where the list cannot be read for a moment.
  if (!made) return;
  show(find('steps'), true);
  show(find('none'), made.waiting.length === 0);
  // Who made the code reads at the officer's name that they wait for somebody else.
  show(find('not-certify'), !mayDirect('certify_officer', me.you.role) && !made.waiting.some(isMine));
  keyed(find('waiting'), made.waiting, ({ officer }) => officer, row);
}

/** A3: whoever made the code certifies nobody with it. @param {Waits} waits */
const isMine = ({ code_by: by }) => `person:${by.person}` === me?.you.principal;

/** @param {Waits} waits */
function row(waits) {
  const { name, officer, code_by: by, expires_at: until } = waits;
  const may = mayDirect('certify_officer', me?.you.role);
  return h('li', { class: 'matter' },
    h('div', {}, h('strong', {}, name), h('p', {}, OFFICER_SAYS.waits(whoWords(by), time(until))), h('p', { class: 'small' }, officer)),
    isMine(waits) ? h('p', { class: 'not-yours' }, OFFICER_SAYS.mine)
      : may ? h('div', { class: 'actions' }, h('button', { type: 'button', class: 'primary', onclick: () => certify(waits) }, OFFICER_SAYS.certify)) : null);
}

/** @param {Waits} waits */
function certify({ officer, name }) {
  openSheet({
    title: OFFICER_SAYS.certify_title(name), intro: OFFICER_SAYS.certify_intro, fields: CERTIFICATION, send: OFFICER_SAYS.certify_send,
    onsend: async ({ full_time: full, kind, ...entered }) => {
      if (!me) return { kind: 'unsent', message: '' };
      /** @type {Asked<Certified>} */
      const { made, answer } = await ask(me.face, 'PUT', path(`/${encodeURIComponent(officer)}/certification`), { ...entered, ...(kind ? { kind } : {}), full_time: full === 'true' });
      if (!made) return answer;
      showOnce(find('certified'), OFFICER_SAYS.pin(name), made.officer_pin, OFFICER_SAYS.pin_what(time(made.code_expires_at)));
      read();
      return done;
    },
  });
}

/** What closes a sheet. @type {Answer} */
const done = { kind: 'accepted', accepted: { id: '', fact: '', holds: 'recorded' } };

find('make').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  once(/** @type {HTMLElement} */ (form.querySelector('button')), () => make(form));
});

/** @param {HTMLFormElement} form */
async function make(form) {
  const name = String(new FormData(form).get('name')).trim();
  if (!me) return;
  /** @type {Asked<Waits & {code: string}>} */
  const { made, answer } = await ask(me.face, 'POST', path(''), { name });
  tellAt(find('refused'), answer ?? null);
  if (!made) return;
  form.reset();
  showOnce(find('made'), OFFICER_SAYS.code(made.name), made.code, OFFICER_SAYS.code_what(location.host, time(made.expires_at)));
  read();
}

/** Nothing of one campus stays beside another's, and nothing that is shown once stays at all. */
function forget() {
  for (const id of ['made', 'certified']) {
    find(id).replaceChildren();
    show(find(id), false);
  }
}

picker.addEventListener('change', () => {
  campus = picker.value;
  history.replaceState(null, '', `${location.search}#${campus}`);
  find('back').setAttribute('href', `/${me?.face ?? ''}#${campus}`);
  forget();
  find('waiting').replaceChildren();
  read();
});
addEventListener('pagehide', forget);

if (me) {
  const makes = mayDirect('enrol_officer', me.you.role);
  show(find('make'), makes);
  show(find('not-make'), !makes);
  say(find('not-make'), OFFICER_SAYS.not_yours);
  say(find('not-certify'), OFFICER_SAYS.not_yours);
  campus = await pickCampus(me.face, picker, campus);
  await read();
  setInterval(() => { if (document.visibilityState === 'visible') read(); }, AGAIN_MS);
}
