// What a screen may show next: rule R3, the browser's copy of `proto/src/screen.rs`.
//
// Owns what one client shows of one campus; never a socket, a clock or an element. Both
// copies pass the same cases, `proto/cases/screen.json`.
//
// A screen takes nothing that lowers what it shows unless a committed clear in it names
// every item that it showed; otherwise it keeps the item, says so, and hands it back.

/** @import {Card, FactId, Item, Position, Posture, PulseMark, RoomCard, RoomReach, Taken} from './types.js' */

/** A screen whose newest pulse is older than this cannot be relied on (R2). */
export const PULSE_STALE_MS = 5000;

/** Where a card stands in its view. @param {Card} card @returns {string} */
export function keyOf(card) {
  switch (card.card) {
    case 'raise':
    case 'threat':
    case 'release': return itemKey(card.id);
    case 'cover': return `cover/${card.id}`;
    case 'room': return `room/${card.id}`;
    case 'plea': return `plea/${card.id}`;
    case 'zone': return `zone/${card.id}`;
    case 'veto': return `veto/${card.id}`;
    case 'proposal': return `proposal/${card.id}`;
    case 'presence': return `presence/${card.person}`;
    // Padded, so that keys sort as numbers do.
    case 'line': return `line/${String(card.seq).padStart(12, '0')}`;
    case 'sighting': return `sighting/${card.id}`;
    case 'escalation': return `escalation/${card.id}`;
    case 'duty': return `duty/${card.id}`;
    case 'duress': return `duress/${card.id}`;
    case 'contact': return `contact/${card.raise}`;
    case 'campus':
    case 'posture':
    case 'own_room':
    case 'lead':
    case 'drill':
    case 'reach': return card.card;
  }
}

/** The key of an open item's card. @param {FactId} id */
export const itemKey = (id) => `item/${id}`;

/** The open item that a card stands for, if it stands for one. @param {Card} card @returns {Item | null} */
export function itemOf(card) {
  if (card.card === 'raise') return { id: card.id, level: card.level };
  if (card.card === 'threat') return { id: card.id, level: 'checking' };
  if (card.card === 'release') return { id: card.id, level: 'released' };
  return null;
}

/** How far the newest alert came in a room (L5), in exactly one of these words: the pages' copy of
 * `RoomCard::reach`, with its cases in `proto/cases/rooms.json`.
 * @param {Pick<RoomCard, 'live' | 'reached' | 'acknowledged'>} room @returns {RoomReach} */
export function reachOf({ live, reached, acknowledged }) {
  if (live === 0) return 'no_screen';
  if (acknowledged) return 'acknowledged';
  return reached ? 'not_acknowledged' : 'not_reached';
}

/** Negative, zero or positive: a later epoch is later whatever its sequence. @param {Position} a @param {Position} b */
export const comparePositions = (a, b) => a.epoch - b.epoch || a.seq - b.seq;

/** What one client shows of one campus. */
export class Screen {
  constructor() {
    /** How far it has come. @type {Position | null} */
    this.position = null;
    /** What it shows. @type {Map<string, Card>} */
    this.cards = new Map();
    /** Items that it keeps although the server no longer offers them. @type {Set<FactId>} */
    this.held = new Set();
  }

  /** Takes a whole snapshot. An older one never overwrites a newer. @param {Position} position @param {Card[]} cards @returns {Taken} */
  takeSnapshot(position, cards) {
    if (this.position && comparePositions(position, this.position) < 0) return 'older';
    const next = new Map(cards.map((card) => [keyOf(card), card]));
    const dropped = [...this.cards].filter(([key]) => !next.has(key)).map(([, card]) => card);
    this.cards = next;
    this.position = position;
    for (const item of this.items()) this.held.delete(item.id);
    return this.#keepWhatNothingLifts(dropped);
  }

  /** Takes a change. An older one never overwrites a newer, and a change is no whole view: of
   * an older one, and of one that comes before any snapshot, only what no position speaks for
   * is taken, raises that are not recorded yet. @param {Position} position @param {Card[]} put @param {string[]} drop @returns {Taken} */
  takeEvent(position, put, drop) {
    if (!this.position || comparePositions(position, this.position) < 0) {
      return this.#addUnrecorded(put);
    }
    for (const card of put) {
      // What the server offers again is held against nobody.
      const item = itemOf(card);
      if (item) this.held.delete(item.id);
      this.cards.set(keyOf(card), card);
    }
    const dropped = [];
    for (const key of drop) {
      const card = this.cards.get(key);
      if (card) dropped.push(card);
      this.cards.delete(key);
    }
    this.position = position;
    return this.#keepWhatNothingLifts(dropped);
  }

  /** From an instance that is behind: what stands in no journal yet is not old, however far
   * that instance has come, and no clear can have named it. What the screen knows stays.
   * @param {Card[]} put @returns {Taken} */
  #addUnrecorded(put) {
    const covered = this.#covered();
    let added = false;
    for (const card of put) {
      const raises = card.card === 'raise' || card.card === 'threat';
      if (!raises || card.recorded || covered.has(card.id) || this.cards.has(keyOf(card))) continue;
      this.cards.set(keyOf(card), card);
      added = true;
    }
    return added ? this.#taken() : 'older';
  }

  /** @returns {Taken} */
  #taken() {
    return this.held.size === 0 ? 'taken' : 'kept_higher';
  }

  /** The items that the covers on the screen name. @returns {Set<FactId>} */
  #covered() {
    return new Set(this.all('cover').flatMap((cover) => cover.names));
  }

  /** The releases whose clear is in no journal any more: it was dropped with them, and all that
   * it had lifted is open again, so that the screen comes no lower without them.
   * @param {Card[]} dropped @returns {Set<FactId>} */
  #takenBack(dropped) {
    const open = new Set(this.items().map((item) => item.id));
    const undone = dropped.flatMap((card) => card.card === 'cover' ? [card] : []).filter(
      ({ names }) => names.length > 0 && names.every((id) => open.has(id)));
    return new Set(undone.map((cover) => cover.id));
  }

  /** Puts back every dropped item that no cover on the screen names. @param {Card[]} dropped @returns {Taken} */
  #keepWhatNothingLifts(dropped) {
    const covered = this.#covered();
    const takenBack = this.#takenBack(dropped);
    for (const card of dropped) {
      const item = itemOf(card);
      if (item && !covered.has(item.id) && !takenBack.has(item.id)) {
        this.held.add(item.id);
        this.cards.set(keyOf(card), card);
      }
    }
    // What was held and is covered now goes.
    for (const id of this.held) {
      if (!covered.has(id)) continue;
      this.held.delete(id);
      this.cards.delete(itemKey(id));
    }
    return this.#taken();
  }

  /** The open items on the screen. @returns {Item[]} */
  items() {
    const items = [];
    for (const card of this.cards.values()) {
      const item = itemOf(card);
      if (item) items.push(item);
    }
    return items;
  }

  /** All cards of a kind. @template {Card['card']} K @param {K} kind @returns {Extract<Card, {card: K}>[]} */
  all(kind) {
    /** @type {Extract<Card, {card: K}>[]} */
    const found = [];
    for (const card of this.cards.values()) {
      if (card.card === kind) found.push(/** @type {Extract<Card, {card: K}>} */ (card));
    }
    return found;
  }

  /** The one card of a kind that there is one of. @template {Card['card']} K @param {K} kind @returns {Extract<Card, {card: K}> | undefined} */
  one(kind) {
    return this.all(kind)[0];
  }

  /** What the screen shows as the posture: the maximum over its items, held ones included. @returns {Posture} */
  posture() {
    const levels = this.items().map((item) => item.level);
    if (levels.includes('lock_down')) return 'lock_down';
    if (levels.includes('controlled_movement')) return 'controlled_movement';
    if (levels.includes('released')) return this.newestRelease()?.kind ?? 'normal';
    return 'normal';
  }

  /** The newest open release gives the words. */
  newestRelease() {
    return this.all('release').sort((a, b) => b.seq - a.seq)[0];
  }

  /** "Threat reported, being checked": while it holds, no screen reads `normal` (A2). */
  checking() {
    return this.items().some((item) => item.level === 'checking');
  }

  /** The drill that the screen may show: none from the first real item on, also where the
   * server has not said so yet (D2). A release that nobody resumed from is real as well. */
  drill() {
    return this.items().length > 0 ? undefined : this.one('drill');
  }

  /** The posture raises that a clear from this screen would name. @returns {FactId[]} */
  openRaises() {
    return this.items()
      .filter(({ level }) => level === 'lock_down' || level === 'controlled_movement')
      .map(({ id }) => id);
  }

  /** The releases that a resume from this screen would name. @returns {FactId[]} */
  openReleases() {
    return this.all('release').map((card) => card.id);
  }

  /** What a `subscribe` hands back: every item shown. @returns {FactId[]} */
  shows() {
    return this.items().map((item) => item.id);
  }

  /** The sealed raises to hand back, those that are held first. @returns {string[]} */
  sealed() {
    /** @type {{held: boolean, seal: string}[]} */
    const seals = [];
    for (const card of this.cards.values()) {
      if ((card.card === 'raise' || card.card === 'threat') && card.sealed) {
        seals.push({ held: this.held.has(card.id), seal: card.sealed });
      }
    }
    return seals.sort((a, b) => Number(b.held) - Number(a.held)).map(({ seal }) => seal);
  }

  /** Whether the screen can vouch for what it shows (R2): a fresh pulse, everything that
   * concerns it applied, and nothing held against the server's word.
   * @param {PulseMark | null} pulse @param {number} pulseAgeMs */
  reliable(pulse, pulseAgeMs) {
    return pulse !== null && this.position !== null
      && pulseAgeMs <= PULSE_STALE_MS
      && this.position.epoch === pulse.position.epoch
      && this.position.seq >= pulse.concerns
      && this.held.size === 0;
  }
}
