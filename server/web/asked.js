// What was asked over the connection and has no last word yet: who waits for it, how long, and
// what is asked about again. A ground or clear that may have been recorded is asked about, marked
// so, on whatever connection there is, until somebody knows: never sent as new (invariant 13).

/** @import {Answer, ClientFrame, Refusal} from './types.js' */

const OPEN_MAX = 200;
/** How often what is in doubt is asked about, and how long: by then its author has looked and given another. */
const AGAIN_MS = 2000;
const AGAIN_FOR_MS = 10 * 60 * 1000;
/** Refusals of the asking: they say nothing of what was sent before. */
const OF_THE_ASKING = new Set(['sign_in_expired', 'not_signed_in', 'revoked', 'unknown_campus', 'proof_needed', 'proof_wrong',
  'proof_throttled', 'slow_down', 'busy', 'bad_frame', 'not_found', 'fault']);

/** `late` hears what came after the first word; without it nobody asks again.
 * @typedef {Extract<ClientFrame, {type: 'command'}>} Sent
 * @typedef {{frame: Sent, lost: Answer, timer: number, first: ((answer: Answer) => void) | null, late?: (answer: Answer) => void,
 *   again: boolean, nextAt: number, until: number}} Open */

export class Asked {
  /** By id. @type {Map<string, Open>} */
  #open = new Map();
  #say;

  /** @param {(frame: ClientFrame) => boolean} say */
  constructor(say) { this.#say = say; }

  /** Sends it, and gives the first word: an answer, or `lost` where none came. @param {Sent} frame
   * @param {{deadline: number, lost: Answer, unsent: Answer, late?: (answer: Answer) => void}} how @returns {Promise<Answer>} */
  ask(frame, { deadline, lost, unsent, late }) {
    return new Promise((first) => {
      const { id } = frame.request;
      if (!this.#say(frame)) { first(unsent); return; }
      const timer = setTimeout(() => { const open = this.#open.get(id); if (open) this.#doubt(id, open, lost); }, deadline);
      this.#open.set(id, { frame, lost, timer, first, late, again: false, nextAt: Infinity, until: performance.now() + AGAIN_FOR_MS });
      const oldest = this.#open.keys().next();
      if (this.#open.size > OPEN_MAX && !oldest.done) this.#open.delete(oldest.value);
    });
  }

  /** @param {string} id @param {Answer} answer */
  answered(id, answer) {
    const open = this.#open.get(id);
    if (!open) return;
    // In doubt is not the last word: the server tells what it read back.
    if (answer.kind === 'in_doubt') { this.#doubt(id, open, answer); return; }
    if (open.again && answer.kind === 'refused' && OF_THE_ASKING.has(answer.refusal.code)) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    (open.first ?? open.late)?.(answer);
  }

  /** Whether somebody waits for a first word. */
  get waited() { return [...this.#open.values()].some((open) => open.first); }

  /** The connection is gone, and with it every answer that was on its way. */
  gone() {
    for (const [id, open] of [...this.#open]) {
      if (open.first) this.#doubt(id, open, open.lost);
      // Whoever is connected to next is asked at once.
      open.nextAt = 0;
    }
  }

  /** Asks about what is in doubt and due. @param {number} now */
  again(now) {
    for (const [id, open] of [...this.#open]) {
      if (now > open.until) this.#open.delete(id);
      else if (!open.first && open.nextAt <= now && this.#say({ ...open.frame, request: { ...open.frame.request, again: true } })) {
        open.again = true;
        open.nextAt = now + AGAIN_MS;
      }
    }
  }

  /** Nobody knows: whoever waits is told once, and it is asked about where somebody wants to hear of it.
   * @param {string} id @param {Open} open @param {Answer} answer */
  #doubt(id, open, answer) {
    clearTimeout(open.timer);
    open.first?.(answer);
    open.first = null;
    open.nextAt = performance.now() + AGAIN_MS;
    if (!open.late) this.#open.delete(id);
  }
}
