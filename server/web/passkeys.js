// One's own passkeys: seen, added with one's PIN on the device that is to have it, and removed.

/** @import {Asked} from './direct.js' */
import { ask, sayPlain, tellPage, whoAmI } from './direct.js';
import { h, keyed, once, say, show } from './draw.js';
import { LOCALE } from './language.js';
import { GOOD_MS, canHere, decode, encode } from './passkey.js';
import { makeField } from './sheet.js';
import { PASSKEYS } from './words-direct.js';

sayPlain();

/** @typedef {{id: string, name: string, rp: string, made_at: string}} Passkey */
/** @typedef {{challenge: string, stamp: string, rp: string, user: string, name: string, exclude: string[]}} Begun */
/** @typedef {{stamp: string, client_data: string, attestation: string}} Made */

/** ES256 and EdDSA, as COSE numbers them. */
const ALGORITHMS = [-7, -8];

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ (find('form'));
const day = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const me = await whoAmI();

/** Says that something was done. @param {string} words */
function tellDone(words) {
  say(find('said'), words);
  find('said').className = 'answer accepted';
  show(find('said'), true);
}

/** Whether the list could be read. */
async function read() {
  if (!me) return false;
  /** @type {Asked<{passkeys: Passkey[]}>} */
  const { made, answer } = await ask(me.face, 'GET', '/passkeys');
  if (!made) { tellPage(answer); return false; }
  show(find('own'), true);
  show(find('none'), made.passkeys.length === 0);
  keyed(find('passkeys'), made.passkeys, ({ id }) => id, row);
  return true;
}

/** @param {Passkey} passkey */
function row({ id, name, rp, made_at: at }) {
  let isArmed = false;
  const button = h('button', { type: 'button', 'aria-label': PASSKEYS.removes(name), onclick: () => {
    if (isArmed) { once(button, () => take(id)); return; }
    isArmed = true;
    button.removeAttribute('aria-label');
    say(button, PASSKEYS.remove_again);
  } }, PASSKEYS.remove);
  return h('li', { class: 'matter' },
    h('div', {}, h('strong', {}, name), h('p', {}, PASSKEYS.made(rp, day.format(new Date(at))))), h('div', { class: 'actions' }, button));
}

/** @param {string} id */
async function take(id) {
  if (!me) return;
  const { answer } = await ask(me.face, 'DELETE', `/passkeys/${encodeURIComponent(id)}`);
  await read();
  if (answer) tellPage(answer);
  else tellDone(PASSKEYS.removed);
}

/** What this device makes; nothing where it makes none. @param {Begun} begun @returns {Promise<Made | null>} */
async function create(begun) {
  try {
    const made = /** @type {PublicKeyCredential | null} */ (await navigator.credentials.create({ publicKey: {
      challenge: decode(begun.challenge), timeout: GOOD_MS, attestation: 'none',
      rp: { id: begun.rp, name: 'Lockstep' },
      user: { id: decode(begun.user), name: begun.name, displayName: begun.name },
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: begun.exclude.map((id) => ({ type: 'public-key', id: decode(id) })),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    } }));
    if (!made) return null;
    const { clientDataJSON, attestationObject } = /** @type {AuthenticatorAttestationResponse} */ (made.response);
    return { stamp: begun.stamp, client_data: encode(clientDataJSON), attestation: encode(attestationObject) };
  } catch {
    return null;
  }
}

function drawForm() {
  const name = makeField({ name: 'name', label: PASSKEYS.name, required: true });
  const pin = makeField({ name: 'pin', label: PASSKEYS.pin, kind: 'pin', required: true });
  const submit = h('button', { type: 'submit', class: 'primary' }, PASSKEYS.add);
  const add = async () => {
    if (!me) return;
    /** @type {Asked<Begun>} */
    const { made: begun, answer } = await ask(me.face, 'POST', '/passkeys/begin', { pin: pin.read() });
    pin.write('');
    if (!begun) { tellPage(answer); return; }
    const made = await create(begun);
    if (!made) { tellPage({ kind: 'unsent', message: PASSKEYS.not_made }); return; }
    /** @type {Asked<Passkey>} */
    const { made: kept, answer: refused } = await ask(me.face, 'POST', '/passkeys', { name: name.read(), ...made });
    await read();
    if (!kept) { tellPage(refused); return; }
    name.write('');
    tellDone(PASSKEYS.added);
  };
  form.append(name.row, pin.row, h('div', { class: 'actions' }, submit));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.reportValidity()) once(submit, add);
  });
  show(form, true);
}

if (await read()) {
  if (canHere()) drawForm();
  else {
    say(find('not-here'), PASSKEYS.not_here);
    show(find('not-here'), true);
  }
}
