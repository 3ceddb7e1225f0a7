// Signing in: with the district's own sign-in where there is one, or with a code, typed or from a link. A link takes one press and no more: what opens
// links to look at them must not use the code up, and the server knows the page.

/** @import {Face, Refusal, You} from './types.js' */
import { leaveCode, linked, takeCode } from './code.js';
import { h, say, show } from './draw.js';
import { readProblem } from './link.js';
import { sayPage } from './said.js';
import { answered, refusalWords } from './words.js';
import { NO_ANSWER, PLAIN, SIGN_ON } from './words-direct.js';

sayPage(PLAIN);

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ (find('form'));
const code = /** @type {HTMLInputElement} */ (find('code'));
const face = /** @type {HTMLSelectElement} */ (find('face'));
const submit = /** @type {HTMLButtonElement} */ (find('submit'));

const DEADLINE_MS = 10_000;

/** @param {string} fromLink */
function fill(fromLink) {
  if (fromLink) code.value = fromLink;
  const wanted = new URLSearchParams(location.search).get('face');
  if (wanted && [...face.options].some(({ value }) => value === wanted)) face.value = wanted;
  (fromLink ? submit : code).focus();
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  show(find('said'), false);
  submit.disabled = true;
  try {
    const answer = await fetch('/v1/sign-in', {
      method: 'POST', headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(DEADLINE_MS),
      body: JSON.stringify({ code: code.value.trim(), face: face.value }),
    });
    if (answer.ok) {
      const made = /** @type {{face: Face, you: You}} */ (await answer.json());
      code.value = '';
      location.replace(`/${made.face}`);
    } else refuse(await readProblem(answer));
  } catch {
    refuse({ message: NO_ANSWER.code, advice: NO_ANSWER.code_advice });
  } finally {
    submit.disabled = false;
  }
});

/** @param {{message: string, advice: string}} refusal */
function refuse({ message, advice }) {
  say(find('said'), `${message} ${advice}`);
  show(find('said'), true);
  code.focus();
}

/** Shows the districts' own ways in, and why one of them came to nothing. A code works without either. */
async function otherWays() {
  const refused = new URLSearchParams(location.search).get('refused');
  try {
    const answer = await fetch(`/v1/sign-on${refused ? `?refused=${encodeURIComponent(refused)}` : ''}`, { cache: 'no-store', signal: AbortSignal.timeout(DEADLINE_MS) });
    if (!answer.ok) return;
    const ways = /** @type {{districts: {district: string, name: string}[], refused?: Refusal}} */ (await answer.json());
    find('districts').replaceChildren(...ways.districts.map(({ district, name }) => h('a', { class: 'button', href: `/v1/sign-on/${district}` }, SIGN_ON.with(name))));
    show(find('sign-on'), ways.districts.length > 0);
    if (ways.refused) say(find('refused'), answered({ kind: 'refused', refusal: refusalWords(ways.refused) }));
    show(find('refused'), ways.refused !== undefined);
  } catch { /* No answer: the code is there. */ }
}

addEventListener('hashchange', () => fill(takeCode()));
// A form that is sent before this stands would put the code into the address.
submit.disabled = false;
find('language').addEventListener('change', () => leaveCode(code.value));
fill(linked);
otherWays();
