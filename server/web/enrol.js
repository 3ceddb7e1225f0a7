// Signing in with a code, typed or from the address's fragment: a fragment never leaves the
// browser, so no log and no proxy ever reads a code. A link takes one press and no more: what
// opens links to look at them must not use the code up, and the server knows the page.

import './said.js';

/** @import {Face, You} from './types.js' */
import { say, show } from './draw.js';
import { readProblem } from './link.js';
import { NO_ANSWER_TO_CODE } from './words.js';

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ (find('form'));
const code = /** @type {HTMLInputElement} */ (find('code'));
const face = /** @type {HTMLSelectElement} */ (find('face'));
const submit = /** @type {HTMLButtonElement} */ (find('submit'));

const DEADLINE_MS = 10_000;

/** Takes the code out of the address, so that it stays in no history. */
function takeFragment() {
  let fragment = location.hash.slice(1);
  try { fragment = decodeURIComponent(fragment); } catch { /* Not encoded: as it stands. */ }
  if (fragment) {
    code.value = fragment;
    history.replaceState(null, '', location.pathname + location.search);
  }
  const wanted = new URLSearchParams(location.search).get('face');
  if (wanted && [...face.options].some(({ value }) => value === wanted)) face.value = wanted;
  (fragment ? submit : code).focus();
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
    refuse(NO_ANSWER_TO_CODE);
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

addEventListener('hashchange', takeFragment);
takeFragment();
