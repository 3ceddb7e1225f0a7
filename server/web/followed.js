// One campus that this client follows: its screen, the parts of a snapshot on their way in,
// and how far the newest pulse can be trusted. Never a socket or an element.

/** @import {Card, Position, PulseMark, ServerFrame, Trust} from './types.js' */
import { PULSE_STALE_MS, Screen } from './screen.js';

/** Words about a stale screen must be on it within 5 s of the last pulse, so the check runs ahead. */
const MARGIN_MS = 500;
/** After a gap, pulses that queued up while the machine slept come in a burst: only one that
 * comes at least this long after the first of them shows that the connection lives. */
const BURST_MS = 1000;
/** Events held back while a snapshot is in parts. More than this is a broken server. */
const WAITING_MAX = 1000;

export class Followed {
  /** @param {string} id @param {number} subscribedAt by `performance.now` */
  constructor(id, subscribedAt) {
    this.id = id;
    this.screen = new Screen();
    /** @type {PulseMark | null} */
    this.pulse = null;
    this.degraded = false;
    /** The server's clock at the newest pulse, and this device's then. @type {{at: number, mono: number} | null} */
    this.serverClock = null;
    /** When the newest trusted pulse came, by the device's own clock: what "since" says. @type {Date | null} */
    this.lastGood = null;
    // Two clocks: one stands still in sleep on some machines, the other can be set.
    this.pulseMono = this.openedMono = subscribedAt;
    this.pulseWall = this.openedWall = Date.now();
    /** @type {number | null} */
    this.firstAfterGap = null;
    /** @type {{position: Position, parts: number, cards: Card[], next: number} | null} */
    this.coming = null;
    /** @type {Extract<ServerFrame, {type: 'event'}>[]} */
    this.waiting = [];
  }

  /** A new connection: what it says is fresh by itself. In another role or room what this screen has
   * come to is another view's: the whole is to be had, and until then it keeps what it shows (R3).
   * @param {number} mono @param {boolean | null} [anew] */
  reconnected(mono, anew) {
    if (anew) this.screen.position = null;
    this.openedMono = mono;
    this.openedWall = Date.now();
    this.firstAfterGap = null;
    this.coming = null;
    this.waiting = [];
    if (!this.pulse) {
      this.pulseMono = mono;
      this.pulseWall = Date.now();
    }
  }

  /** The page comes out of the browser's cache: nothing on it is vouched for. */
  mistrust() {
    this.pulse = null;
    this.pulseMono = -Infinity;
  }

  /** By whichever clock says that more time has gone by. @param {number} mono */
  pulseAge(mono) {
    return Math.max(mono - this.pulseMono, Math.abs(Date.now() - this.pulseWall));
  }

  /** @param {Extract<ServerFrame, {type: 'pulse'}>} frame @param {number} mono */
  takePulse(frame, mono) {
    // No pulse is older than the connection that it came by.
    const opened = Math.max(mono - this.openedMono, Math.abs(Date.now() - this.openedWall));
    const gap = Math.min(opened, this.pulseAge(mono)) > PULSE_STALE_MS;
    this.pulse = { position: frame.position, concerns: frame.concerns };
    this.degraded = frame.degraded === true;
    const at = Date.parse(frame.at);
    if (!Number.isNaN(at)) this.serverClock = { at, mono };
    this.pulseMono = mono;
    this.pulseWall = Date.now();
    if (this.firstAfterGap !== null && mono - this.firstAfterGap >= BURST_MS) this.firstAfterGap = null;
    else if (gap && this.firstAfterGap === null && this.lastGood) this.firstAfterGap = mono;
    if (this.firstAfterGap === null) this.lastGood = new Date();
  }

  /** One part; applied when the last is in. @param {Extract<ServerFrame, {type: 'snapshot'}>} frame @returns {boolean} whether the screen changed */
  takePart(frame) {
    if (frame.part === 1) {
      this.coming = { position: frame.position, parts: frame.parts, cards: [], next: 1 };
    }
    const coming = this.coming;
    if (!coming || coming.next !== frame.part || coming.parts !== frame.parts) return false;
    coming.cards.push(...frame.cards);
    coming.next += 1;
    if (frame.part < frame.parts) return false;
    this.coming = null;
    this.screen.takeSnapshot(coming.position, coming.cards);
    const waiting = this.waiting.splice(0);
    for (const event of waiting) this.takeEvent(event);
    return true;
  }

  /** @param {Extract<ServerFrame, {type: 'event'}>} frame @returns {boolean} whether the screen changed */
  takeEvent(frame) {
    if (this.coming) {
      // Behind the snapshot: a newer position now would make the snapshot look old.
      if (!this.overflowing()) this.waiting.push(frame);
      return false;
    }
    // A change of what was never seen: with a pulse it would pass for the whole, and calm.
    if (!this.screen.position) return false;
    return this.screen.takeEvent(frame.position, frame.put ?? [], frame.drop ?? []) !== 'older';
  }

  /** Too much waits behind a snapshot: only a new connection helps. */
  overflowing() {
    return this.waiting.length >= WAITING_MAX;
  }

  /** @param {number} mono @param {boolean} down the connection has been gone for longer than a blink @returns {Trust} */
  trust(mono, down) {
    const since = this.lastGood;
    if (!this.screen.position || !since) return { reliable: false, why: 'never', since: null };
    const age = this.pulseAge(mono) + MARGIN_MS;
    if (this.screen.reliable(this.pulse, age) && !down && this.firstAfterGap === null) {
      return { reliable: true, why: 'ok', since };
    }
    if (down || age > PULSE_STALE_MS || this.firstAfterGap !== null || !this.pulse) {
      return { reliable: false, why: 'not_connected', since };
    }
    return { reliable: false, why: this.screen.held.size > 0 ? 'held' : 'behind', since };
  }

  /** The server's time now: a duty's clock is the server's, whatever this device's own says (T4).
   * @param {number} mono */
  now(mono) {
    return this.serverClock ? this.serverClock.at + mono - this.serverClock.mono : Date.now();
  }

  /** Open raises and threats that the journal does not have yet. */
  notRecorded() {
    return [...this.screen.all('raise'), ...this.screen.all('threat')]
      .filter((card) => !card.recorded)
      .map((card) => card.id);
  }
}
