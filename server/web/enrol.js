// Signing in with a code, typed or from the address's fragment: a fragment never leaves the
// browser, so no log and no proxy ever reads a code.

/** @import {Face, You} from './types.js' */
import { say, show } from './draw.js';
import { readProblem } from './link.js';
import { faceOf } from './view.js';
import { ROLE } from './words.js';

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ (find('form'));
const code = /** @type {HTMLInputElement} */ (find('code'));

const DEADLINE_MS = 10_000;
/** @type {Record<Face, string>} */
const NAMES = { classroom: 'the classroom page', command: 'the command page', board: 'the district board' };

/** Takes the code out of the address, so that it stays in no history. */
function takeFragment() {
  const fragment = decodeURIComponent(location.hash.slice(1));
  if (fragment) {
    code.value = fragment;
    history.replaceState(null, '', location.pathname + location.search);
  }
  const wanted = new URLSearchParams(location.search).get('face');
  const choice = form.querySelector(`input[value="${CSS.escape(wanted ?? '')}"]`);
  if (choice instanceof HTMLInputElement) choice.checked = true;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  show(find('said'), false);
  const face = /** @type {Face} */ (new FormData(form).get('face'));
  const submit = form.querySelector('button');
  if (submit) submit.disabled = true;
  try {
    const answer = await fetch('/v1/sign-in', {
      method: 'POST', headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(DEADLINE_MS),
      body: JSON.stringify({ code: code.value.trim(), face }),
    });
    if (answer.ok) enter(face, /** @type {{you: You}} */ (await answer.json()).you);
    else refuse(await readProblem(answer));
  } catch {
    refuse({ message: 'The server did not answer.', advice: 'Check the network and try again. The code may have been used: if it is refused, ask for a new one.' });
  } finally {
    if (submit) submit.disabled = false;
  }
});

/** @param {{message: string, advice: string}} refusal */
function refuse({ message, advice }) {
  say(find('said'), `${message} ${advice}`);
  show(find('said'), true);
  code.focus();
}

/** Goes on to the page at once, unless another page fits the person better. @param {Face} face @param {You} you */
function enter(face, you) {
  code.value = '';
  const fits = faceOf(you);
  if (fits === face) {
    location.replace(`/${face}`);
    return;
  }
  show(form, false);
  say(find('hello'), `Signed in as ${you.name}, ${ROLE[you.role]}.`);
  say(find('misfit'), `People like you mostly use ${NAMES[fits]}. For that one, sign in there with a new code.`);
  show(find('misfit'), true);
  const go = /** @type {HTMLAnchorElement} */ (find('go'));
  go.href = `/${face}`;
  say(go, `Open ${NAMES[face]}`);
  show(find('welcome'), true);
  go.focus();
}

addEventListener('hashchange', takeFragment);
takeFragment();
code.focus();
