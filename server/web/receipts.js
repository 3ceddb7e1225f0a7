// How far alerts came on this client (R1): `received` when they are in, `displayed` once they are
// painted in a visible page, each said again until the server answers that a disk has it. Real
// alerts, drills and test alerts alike (D4, D5). It owns no socket: whoever makes it says how to
// send and when a page is painted.

/** @import {ClientFrame, FactId, Position, ServerFrame} from './types.js' */
/** @import {Followed} from './followed.js' */
import { comparePositions } from './screen.js';

/** The server keeps them about each second. Then ever rarer: one that is never answered costs little. */
const AGAIN_MS = 3000;
const AGAIN_MAX_MS = 60_000;

/** @typedef {'received' | 'displayed'} Stage */
/** @typedef {{through: Position, also: FactId[]}} HowFar */
/** What was said of the alerts that a campus shows now.
 * @typedef {{mark: string, stages: Map<Stage, {through: Position, at: number, wait: number, kept: boolean}>}} Said */

export class Receipts {
  /** On this connection. @type {WeakMap<Followed, Said>} */
  #said = new WeakMap();
  #send;
  #painted;

  /** @param {(frame: ClientFrame) => void} send
   * @param {(then: (now: number) => void) => void} painted calls back after the next paint of a visible page */
  constructor(send, painted) {
    this.#send = send;
    this.#painted = painted;
  }

  /** A new connection: what was said on an older one counts for nothing. */
  forget() {
    this.#said = new WeakMap();
  }

  /** Says what came in, where it is not what was there before. @param {Followed} followed @param {number} now */
  applied(followed, now) {
    const alerts = alertsOf(followed);
    const howFar = howFarOf(followed);
    const mark = JSON.stringify([alerts, howFar?.also]);
    if (!howFar || alerts.length === 0 || this.#said.get(followed)?.mark === mark) return;
    /** @type {Said} */
    const said = { mark, stages: new Map() };
    const connection = this.#said.set(followed, said);
    this.#say(followed.id, said, 'received', howFar, now);
    this.#painted((then) => {
      if (connection === this.#said) this.#say(followed.id, said, 'displayed', howFar, then);
    });
  }

  /** Says again what nobody answered. @param {Iterable<Followed>} campuses @param {number} now */
  again(campuses, now) {
    for (const followed of campuses) {
      const said = this.#said.get(followed);
      const howFar = howFarOf(followed);
      if (!said || !howFar || alertsOf(followed).length === 0) continue;
      for (const [stage, { at, wait, kept }] of said.stages) {
        if (!kept && now - at >= wait) this.#say(followed.id, said, stage, howFar, now, Math.min(wait * 2, AGAIN_MAX_MS));
      }
    }
  }

  /** A disk has it; and what was drawn has come in as well. @param {Followed} followed @param {Extract<ServerFrame, {type: 'receipt_kept'}>} frame */
  kept(followed, { stage, through }) {
    for (const [which, one] of this.#said.get(followed)?.stages ?? []) {
      if ((which === stage || stage === 'displayed') && comparePositions(through, one.through) >= 0) one.kept = true;
    }
  }

  /** @param {string} campus @param {Said} said @param {Stage} stage @param {HowFar} howFar @param {number} now @param {number} [wait] */
  #say(campus, said, stage, howFar, now, wait = AGAIN_MS) {
    said.stages.set(stage, { through: howFar.through, at: now, wait, kept: false });
    this.#send({ type: 'receipt', campus, stage, ...howFar });
  }
}

/** @param {Followed} followed @returns {HowFar | null} */
const howFarOf = (followed) => (followed.screen.position ? { through: followed.screen.position, also: followed.notRecorded() } : null);

/** What a receipt can be about: calls, threats, and the drill. A release is no alert, and nobody
 * answers a receipt for it. @param {Followed} followed */
const alertsOf = ({ screen }) => [...screen.all('raise'), ...screen.all('threat'), screen.drill()].flatMap((card) => (card ? [card.id] : []));
