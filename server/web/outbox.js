// Raises and notes on their way out (P7): kept in the browser's storage until something
// durable has them, offered again under the same id (P6). Never a clear or a ground: those
// are sent once, by a person who looks at the answer (`asked.js`).

/** @import {Answer, Command, CommandRequest, OutboxItem, Refusal, ServerFrame} from './types.js' */
import { ANSWER } from './words.js';

/** A raise that was not sent for this long is not sent by itself (P7). */
export const ASK_AFTER_MS = 10 * 60 * 1000;
/** What one device keeps. The oldest acknowledgements give way first. */
const ITEMS_MAX = 100;
/** How long an answer may take before the item is offered again. */
const ANSWER_MS = 4000;
/** How long a person waits before being told that it is not sent yet. */
const PATIENCE_MS = 2500;
const RETRY_MS = [500, 1000, 2000];
/** Refusals that say "not now" rather than "no". */
const LATER = new Set(['busy', 'slow_down', 'fault']);

/** An id for a command; `randomUUID` is missing where a page is not on HTTPS or loopback. */
export function newId() {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whether a command is a fact: accepted without a journal, and so kept and offered again. @param {Command} command */
export function isFact(command) {
  switch (command.name) {
    case 'begin_controlled_movement':
    case 'call_lock_down':
    case 'report_threat':
    case 'report_room':
    case 'report_adverse':
    case 'say_not_clear':
    case 'object_to_lift':
    case 'acknowledge':
    case 'arrive':
    case 'leave':
    case 'annotate_mistake':
    case 'answer_plea':
    case 'report_sighting':
    case 'open_escalation':
    case 'record_line':
    case 'acknowledge_duty':
    case 'finish_duty':
    case 'decline_duty':
    case 'judge_contact_safe':
    case 'withdraw_contact':
    case 'record_contact':
    case 'offer_lead':
    case 'report_drill_room': return true;
    case 'take_lead':
    case 'start_drill':
    case 'call_drill_lock_down':
    case 'clear_drill_zone':
    case 'give_drill_all_clear':
    case 'end_drill':
    case 'answer_threat':
    case 'start_sweep':
    case 'clear_zone':
    case 'withdraw_not_clear':
    case 'set_aside_not_clear':
    case 'propose_lift':
    case 'withdraw_objection':
    case 'set_aside_objection':
    case 'open_room':
    case 'close_incident':
    case 'end_controlled_movement':
    case 'give_all_clear':
    case 'confirm_lift':
    case 'resume': return false;
  }
}

/** A wait with a bit of chance in it, so that a school does not knock all at once. @param {number} ms */
export const jittered = (ms) => ms * (0.5 + Math.random() / 2);

/** How old an item is, by a clock that may have been set: one that seems to come from the future
 * is as old as it is early, so that no clock sends last week's raise (P7). @param {OutboxItem} item */
const ageOf = (item) => Math.abs(Date.now() - item.made_at);

/** Whether somebody may still read this: not an acknowledgement of long ago. @param {OutboxItem} item */
const outlived = (item) => item.request.command.name === 'acknowledge' && ageOf(item) > ASK_AFTER_MS;

export class Outbox extends EventTarget {
  /** @type {Map<string, OutboxItem>} */
  #items = new Map();
  /** What is being offered now, by id. @type {Map<string, {tries: number, nextAt: number, busy: boolean}>} */
  #tries = new Map();
  /** Who waits for the first word about an item. @type {Map<string, (answer: Answer) => void>} */
  #askers = new Map();
  #timer = 0;
  #prefix;
  #offer;

  /** @param {string} face @param {(item: OutboxItem, deadlineMs: number) => Promise<Answer>} offer */
  constructor(face, offer) {
    super();
    this.#prefix = `lockstep/outbox/${face}/`;
    this.#offer = offer;
    /** Whose items are sent: another person's stay until they sign in again (A5). */
    this.principal = '';
    this.#load();
  }

  /** What its author should know of. @returns {OutboxItem[]} */
  items() {
    return [...this.#items.values()]
      .filter((item) => item.principal === this.principal && item.request.command.name !== 'acknowledge')
      .sort((a, b) => a.made_at - b.made_at);
  }

  /** Keeps it, offers it, and answers with the first that is known. @param {string} campus @param {Command} command @returns {Promise<Answer>} */
  add(campus, command) {
    /** @type {CommandRequest} */
    const request = { id: newId(), claimed_at: new Date().toISOString(), command };
    /** @type {OutboxItem} */
    const item = { campus, principal: this.principal, request, made_at: Date.now(), state: 'sending' };
    this.#makeRoom();
    this.#keep(item);
    /** @type {Promise<Answer>} */
    const first = new Promise((resolve) => {
      this.#askers.set(request.id, resolve);
      setTimeout(() => this.#tell(request.id, { kind: 'kept', message: ANSWER.kept }), PATIENCE_MS);
    });
    this.pump();
    return first;
  }

  /** Its author says that it is needed now. @param {string} id */
  stillNeeded(id) {
    const item = this.#items.get(id);
    if (!item) return;
    this.#keep({ ...item, state: 'sending', made_at: Date.now() });
    this.pump();
  }

  /** Its author says that it is not: it is kept as *not sent*. @param {string} id */
  notNeeded(id) {
    const item = this.#items.get(id);
    if (item) this.#keep({ ...item, state: 'not_sent' });
  }

  /** @param {string} id */
  remove(id) {
    this.#items.delete(id);
    this.#tries.delete(id);
    try { localStorage.removeItem(this.#prefix + id); } catch { /* Storage is off: memory was all there was. */ }
    this.dispatchEvent(new Event('change'));
  }

  /** Offers all that is due. Called when the connection comes up, and by its own clock while anything is left. */
  pump() {
    clearTimeout(this.#timer);
    const now = performance.now();
    for (const item of [...this.#items.values()]) {
      if (item.principal !== this.principal || !item.campus) continue;
      if (outlived(item)) { this.remove(item.request.id); continue; }
      // What screens have already is offered on; what nobody had for ten minutes is asked about.
      if (item.state === 'sending' && ageOf(item) > ASK_AFTER_MS) this.#keep({ ...item, state: 'asking' });
      else if (item.state === 'sending' || item.state === 'shown_only') this.#try(item, now);
    }
    const left = [...this.#items.values()].some((item) => item.state === 'sending' || item.state === 'shown_only');
    if (left) this.#timer = setTimeout(() => this.pump(), 250);
  }

  /** What was raised before any server had said whose this page is, and where: it is theirs who turn
   * out to be signed in here. @param {string} principal @param {string} campus */
  adopt(principal, campus) {
    this.principal = principal;
    for (const item of this.#items.values()) {
      if (item.principal && item.campus) continue;
      this.#keep({ ...item, principal: item.principal || principal, campus: item.campus || campus });
    }
  }

  /** The connection came up: nothing waits for its next turn. */
  hurry() {
    for (const tries of this.#tries.values()) tries.nextAt = 0;
    this.pump();
  }

  /** @param {OutboxItem} item @param {number} now */
  async #try(item, now) {
    const { id } = item.request;
    const tries = this.#tries.get(id) ?? { tries: 0, nextAt: 0, busy: false };
    this.#tries.set(id, tries);
    if (tries.busy || tries.nextAt > now) return;
    tries.busy = true;
    const answer = await this.#offer(item, ANSWER_MS);
    tries.busy = false;
    tries.nextAt = performance.now() + jittered(RETRY_MS[Math.min(tries.tries, RETRY_MS.length - 1)] ?? 2000);
    tries.tries += 1;
    if (this.#items.has(id)) this.#settle(item, answer, tries);
  }

  /** @param {OutboxItem} item @param {Answer} answer @param {{nextAt: number}} tries */
  #settle(item, answer, tries) {
    const { id } = item.request;
    if (answer.kind === 'accepted') {
      if (answer.accepted.holds === 'shown_only') {
        // No acknowledgement: it is offered until something durable has it.
        this.#keep({ ...item, state: 'shown_only' });
      } else {
        this.remove(id);
      }
      this.#tell(id, answer);
    } else if (answer.kind === 'refused' && LATER.has(answer.refusal.code)) {
      tries.nextAt = performance.now() + (answer.refusal.retry_after_ms ?? 500);
    } else if (answer.kind === 'refused') {
      this.remove(id);
      const told = this.#tell(id, answer);
      if (!told) this.dispatchEvent(new CustomEvent('refused', { detail: { item, refusal: answer.refusal } }));
    }
  }

  /** @param {string} id @param {Answer} answer @returns {boolean} whether somebody was waiting */
  #tell(id, answer) {
    const asker = this.#askers.get(id);
    this.#askers.delete(id);
    asker?.(answer);
    return asker !== undefined;
  }

  /** @param {OutboxItem} item */
  #keep(item) {
    this.#items.set(item.request.id, item);
    try { localStorage.setItem(this.#prefix + item.request.id, JSON.stringify(item)); } catch { /* Full or off: memory keeps it. */ }
    this.dispatchEvent(new Event('change'));
  }

  #makeRoom() {
    if (this.#items.size < ITEMS_MAX) return;
    const items = [...this.#items.values()].sort((a, b) => a.made_at - b.made_at);
    const least = items.find((item) => item.request.command.name === 'acknowledge')
      ?? items.find((item) => item.state === 'not_sent') ?? items[0];
    if (least) this.remove(least.request.id);
  }

  #load() {
    try {
      for (let i = 0; i < localStorage.length; i += 1) {
        const key = localStorage.key(i);
        if (!key?.startsWith(this.#prefix)) continue;
        const item = readItem(localStorage.getItem(key));
        if (item) this.#items.set(item.request.id, item);
      }
    } catch { /* Storage is off: the outbox lives as long as the page. */ }
  }
}

/** @param {string | null} text @returns {OutboxItem | null} */
function readItem(text) {
  try {
    const item = JSON.parse(text ?? 'null');
    const whole = typeof item?.campus === 'string' && typeof item.principal === 'string'
      && typeof item.request?.id === 'string' && typeof item.request.command?.name === 'string'
      && typeof item.made_at === 'number';
    return whole ? item : null;
  } catch {
    return null;
  }
}
