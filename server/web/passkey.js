// A passkey in the place of the PIN (A4), brought once a sheet asks for a proof. The server gives the
// challenge for the very command that is sent; what is signed is good for that one and no other.

/** @import {Answer, Assertion, CommandRequest} from './types.js' */
import { h } from './draw.js';
import { readProblem } from './link.js';
import { PASSKEY } from './words-passkey.js';

/** @typedef {(campus: string, request: CommandRequest) => Promise<Assertion | Answer>} Sign */
/** @typedef {{challenge: string, stamp: string, rp: string, credentials: string[]}} Challenge */

const DEADLINE_MS = 10_000;
/** As long as the server takes a challenge. */
export const GOOD_MS = 120_000;
const face = new URLSearchParams(location.search).get('face') ?? location.pathname.slice(1);

/** Whether this browser makes passkeys at this address: never where the host is a number. */
export const canHere = () => window.PublicKeyCredential !== undefined && !/^[\d.]+$|:/.test(location.hostname);

/** Bytes as the wire has them, and back. @param {ArrayBuffer} bytes */
export const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export const decode = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

/** Puts the button under the PIN of a sheet, where its reader has a passkey for this address.
 * @param {HTMLElement} row the PIN's @param {(sign: Sign) => void} press */
export async function offer(row, press) {
  if (!canHere()) return;
  try {
    const answer = await fetch(`/v1/passkeys?face=${face}`, { cache: 'no-store', signal: AbortSignal.timeout(DEADLINE_MS) });
    if (!answer.ok) return;
    const { passkeys } = /** @type {{passkeys: {rp: string}[]}} */ (await answer.json());
    if (passkeys.some(({ rp }) => rp === location.hostname)) row.after(h('button', { type: 'button', class: 'passkey', onclick: () => press(sign) }, PASSKEY.use));
  } catch { /* The PIN is there. */ }
}

/** What the authenticator signs for this command, or why there is nothing. @type {Sign} */
async function sign(campus, { claimed_at: _, ...request }) {
  /** @type {Challenge} */
  let given;
  try {
    const answer = await fetch(`/v1/campuses/${encodeURIComponent(campus)}/challenges?face=${face}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request), signal: AbortSignal.timeout(DEADLINE_MS),
    });
    if (!answer.ok) return { kind: 'refused', refusal: await readProblem(answer) };
    given = await answer.json();
  } catch {
    return { kind: 'unsent', message: PASSKEY.no_answer };
  }
  try {
    const made = /** @type {PublicKeyCredential | null} */ (await navigator.credentials.get({ publicKey: {
      challenge: decode(given.challenge), rpId: given.rp, timeout: GOOD_MS, userVerification: 'required',
      allowCredentials: given.credentials.map((id) => ({ type: 'public-key', id: decode(id) })),
    } }));
    if (!made) return { kind: 'unsent', message: PASSKEY.not_signed };
    const { clientDataJSON, authenticatorData, signature } = /** @type {AuthenticatorAssertionResponse} */ (made.response);
    return { credential: encode(made.rawId), stamp: given.stamp, client_data: encode(clientDataJSON), authenticator_data: encode(authenticatorData), signature: encode(signature) };
  } catch {
    return { kind: 'unsent', message: PASSKEY.not_signed };
  }
}
