// The one connection that every face shares: it connects, resumes, keeps pulses, sends
// receipts and commands. It owns the socket and what is followed over it; it never draws.
// Behind the address of the page may be several servers: whichever answers is as good.
//
// Events: `change` (what is followed, or how far it can be trusted, changed), `welcome`.

/** @import {Sign} from './passkey.js' */
/** @import {Accepted, Answer, CampusName, ClientFrame, Command, Face, FactId, OutboxItem, Refusal, ServerFrame, Subscription, Trust, You} from './types.js' */
import { Asked } from './asked.js';
import { Followed } from './followed.js';
import { Outbox, isFact, jittered, newId } from './outbox.js';
import { Receipts } from './receipts.js';
import { ANSWER, CLOSED, refusalWords } from './words.js';

const RECONNECT_MIN_MS = 200;
/** With a try that takes no time, a server that is back is found within this. */
const RECONNECT_MAX_MS = 2000;
/** A connection that does not come up in this time is given up: behind the same address another
 * server may answer. After the first try it may take twice as long, for a slow line. */
const CONNECT_MS = 3000;
/** A connection on which nothing is heard for this long is dead: the second pulse is missing.
 * Another server then has half a second to answer before the screen cannot be relied on. */
const SILENT_MS = 4000;
/** A shorter break is not worth a word: the pulse is still fresh. */
const BLINK_MS = 1500;
/** A campus that is not in step for this long will hardly come into step on this connection. */
const OUT_OF_STEP_MS = 5000;
/** A new connection may not help either, and the other campuses have to do without meanwhile. */
const OUT_OF_STEP_MAX_MS = 60_000;
/** A sign-in lasts for twelve hours after it was used: a page that is open uses its own each four hours
 * at most, so that there are eight before it at any moment. */
const USED_MS = 4 * 60 * 60 * 1000;
const USED_AGAIN_MS = 5 * 60 * 1000;
/** A connection that is older may know of less time than the sign-in has: another page used it as well. */
const KNOWN_MS = 60 * 60 * 1000;
/** How long a ground or clear may go unanswered. */
const ANSWER_MS = 5000;
/** Below the wire's 64 KiB, with room for the frame around it. */
const SUBSCRIBE_MAX = 56 * 1024;
const SEALED_MAX = 64;
/** An id in a list, as JSON. */
const ID_BYTES = 39;
const FOLLOWED_MAX = 256;

/** @type {Answer} */
const UNSENT = { kind: 'unsent', message: ANSWER.unsent };

/** Whether a lost answer means "treat the campus as locked down". @param {Command} command */
const isClear = (command) => 'lifts' in command && command.name !== 'propose_lift';

export class Link extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  #attempt = 0;
  #heardMono = 0;
  /** Since when some campus has not been in step, and how long that is borne. */
  #behindMono = 0;
  #patience = OUT_OF_STEP_MS;
  #openedMono = 0;
  #downSince = 0;
  #retry = 0;
  /** The server has spoken on this socket. */
  #welcomed = false;
  /** And on any since this page was opened. */
  #greeted = false;
  /** When the sign-in was used, by a clock that goes on while a laptop sleeps, and how long that is enough. */
  #usedAt = 0;
  #usedFor = 0;
  #openedAt = 0;
  /** It has more time than this connection knows of. */
  #gotTime = false;
  #asked = new Asked((frame) => this.#say(frame));
  #receipts = new Receipts((frame) => this.#say(frame), whenPainted);
  /** @type {string[]} */
  #wanted = [];
  #trustSeen = '';

  /** @param {Face} face */
  constructor(face) {
    super();
    this.face = face;
    // As of the last time, until a server says it anew: a page that opens without a network knows
    // whose it is and where, and a raise from it is one (P7). Nothing that is shown comes from here.
    const { you, campuses } = this.#remembered();
    /** @type {You | null} */
    this.you = you;
    /** @type {CampusName[]} */
    this.campuses = campuses;
    /** @type {Map<string, Followed>} */
    this.followed = new Map();
    /** Why the server wants no more of us, if so. @type {{signedOut: boolean, message: string} | null} */
    this.stopped = null;
    this.outbox = new Outbox(face, (item, deadline) => this.#offer(item, deadline));
    this.outbox.principal = you?.principal ?? '';
  }

  start() {
    this.#downSince = performance.now();
    this.#followAll();
    addEventListener('online', () => this.#connectNow());
    addEventListener('pagehide', () => this.#drop());
    addEventListener('pageshow', (event) => {
      if (!event.persisted) return;
      for (const campus of this.followed.values()) campus.mistrust();
      this.#changed();
      this.#connectNow();
    });
    document.addEventListener('visibilitychange', () => {
      this.#tick();
      if (document.visibilityState === 'visible' && !this.#socket) this.#connectNow();
    });
    setInterval(() => this.#tick(), 250);
    this.#connect();
    this.outbox.pump();
  }

  /** A face follows every campus that it is for. */
  #followAll() {
    this.#wanted = this.campuses.map(({ id }) => id).slice(0, FOLLOWED_MAX);
    for (const id of this.#wanted) {
      if (!this.followed.has(id)) this.followed.set(id, new Followed(id, performance.now()));
    }
    for (const id of this.followed.keys()) if (!this.#wanted.includes(id)) this.followed.delete(id);
  }

  /** Whether the screen of this campus can be relied on now (R2). @param {string} campus @returns {Trust} */
  trust(campus) {
    const followed = this.followed.get(campus);
    if (this.stopped?.signedOut) return { reliable: false, why: 'signed_out', since: followed?.lastGood ?? null };
    return followed?.trust(performance.now(), this.#down()) ?? { reliable: false, why: 'never', since: null };
  }

  /** Asks for something. Raises and notes are kept until something durable has them; grounds
   * and clears are sent once. With `late` one without an answer is asked about until somebody knows.
   * @param {string} campus @param {Command} command
   * @param {{pin?: string, passkey?: Sign, late?: (answer: Answer) => void}} [how] @returns {Promise<Answer>} */
  async send(campus, command, { pin, passkey, late } = {}) {
    if (isFact(command)) return this.outbox.add(campus, command);
    if (!this.#welcomed) return UNSENT;
    const request = { id: newId(), claimed_at: new Date().toISOString(), ...(pin ? { pin } : {}), command };
    const signed = await passkey?.(campus, request);
    if (signed && 'kind' in signed) return signed;
    const lost = { kind: /** @type {const} */ ('in_doubt'), message: isClear(command) ? ANSWER.in_doubt : ANSWER.no_answer };
    return this.#asked.ask({ type: 'command', campus, request: signed ? { ...request, passkey: signed } : request }, { deadline: ANSWER_MS, lost, unsent: UNSENT, late });
  }

  // The connection.

  #connect() {
    clearTimeout(this.#retry);
    if (this.#socket || this.stopped) return;
    const url = new URL(`/v1/ws?face=${this.face}`, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, 'lockstep.v1');
    this.#socket = socket;
    this.#welcomed = false;
    this.#gotTime = false;
    this.#openedAt = Date.now();
    this.#heardMono = this.#openedMono = performance.now();
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return;
      this.#heardMono = performance.now();
      this.#take(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#closed(event.code, event.reason);
    };
  }

  #connectNow() {
    this.#attempt = 0;
    this.#connect();
  }

  /** Lets go of the socket without waiting for its goodbye. */
  #drop() {
    const socket = this.#socket;
    if (!socket) return;
    this.#closed(0, '');
    socket.close();
  }

  /** @param {number} code @param {string} reason */
  #closed(code, reason) {
    if (this.#welcomed) this.#downSince = performance.now();
    const refusedAtTheDoor = !this.#welcomed && code !== 0;
    this.#socket = null;
    this.#welcomed = false;
    this.#receipts.forget();
    this.#asked.gone();
    if (code >= 4500 && code < 5000) {
      this.#stop(code === 4500, CLOSED[code] ?? (reason || ANSWER.stay_away));
      return;
    }
    // A refused upgrade looks like a dead network to a page: only HTTP says which.
    if (refusedAtTheDoor) this.#askWhoIAm();
    const wait = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** this.#attempt);
    this.#attempt = Math.min(this.#attempt + 1, 10);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), Math.max(RECONNECT_MIN_MS, jittered(wait)));
    this.#changed();
  }

  /** @param {boolean} signedOut @param {string} message */
  #stop(signedOut, message) {
    this.stopped = { signedOut, message };
    if (signedOut) this.#forget();
    clearTimeout(this.#retry);
    this.#changed();
  }

  async #askWhoIAm() {
    try {
      const answer = await fetch(`/v1/me?face=${this.face}`, { signal: AbortSignal.timeout(CONNECT_MS), cache: 'no-store' });
      if (answer.status === 401 && !this.#welcomed) {
        this.#stop(true, (await readProblem(answer)).message);
        this.#drop();
      }
    } catch { /* No answer either: the retry goes on. */ }
  }

  /** Uses the sign-in, so that it goes on. A raise never waits for that. */
  async #use() {
    if (Math.abs(Date.now() - this.#usedAt) < this.#usedFor) return;
    this.#usedAt = Date.now();
    this.#usedFor = USED_AGAIN_MS;
    try {
      const answer = await fetch(`/v1/sign-in?face=${this.face}`, { method: 'PUT', signal: AbortSignal.timeout(CONNECT_MS) });
      if (!answer.ok) return;
      this.#usedFor = jittered(USED_MS);
      this.#gotTime = answer.status === 200 || Math.abs(Date.now() - this.#openedAt) > KNOWN_MS;
    } catch { /* Not yet, then. */ }
  }

  /** A connection stands on the sign-in that it was opened with: another one, once no answer is on its way. */
  #takeTime() {
    if (!this.#gotTime || this.#asked.waited) return;
    this.#drop();
    this.#connectNow();
  }

  /** Not connected for longer than a blink. */
  #down() {
    return !this.#welcomed && performance.now() - this.#downSince > BLINK_MS;
  }

  #tick() {
    const now = performance.now();
    // Whatever else is heard: a server that does not welcome is none of ours.
    const over = this.#welcomed ? now - this.#heardMono > SILENT_MS : now - this.#openedMono > (this.#attempt > 1 ? 2 : 1) * CONNECT_MS;
    if (this.#socket && (over || this.#stuck(now))) {
      const good = this.#welcomed;
      this.#drop();
      // At once: pages look at the clock each in their own quarter of a second, so this is no rush.
      if (good) this.#connectNow();
    }
    if (this.#welcomed) {
      this.#receipts.again(this.followed.values(), now);
      this.#asked.again(now);
      this.#use();
      this.#takeTime();
    }
    const seen = [...this.followed.keys()].map((id) => this.trust(id).why).join();
    if (seen !== this.#trustSeen) {
      this.#trustSeen = seen;
      this.#changed();
    }
  }

  /** Welcomed, and yet a snapshot, an event or a pulse does not come. @param {number} now */
  #stuck(now) {
    const behind = [...this.followed.keys()].map((id) => this.trust(id).why).some((why) => why === 'never' || why === 'behind' || why === 'not_connected');
    if (!this.#welcomed || !behind) {
      this.#behindMono = now;
      if (this.#welcomed) this.#patience = OUT_OF_STEP_MS;
      return false;
    }
    if (now - this.#behindMono <= this.#patience) return false;
    this.#behindMono = now;
    this.#patience = Math.min(this.#patience * 2, OUT_OF_STEP_MAX_MS);
    return true;
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  // Frames in.

  /** @param {unknown} data */
  #take(data) {
    const frame = readFrame(data);
    if (!frame) return;
    const mono = performance.now();
    switch (frame.type) {
      case 'welcome': this.#welcome(frame); break;
      case 'snapshot': if (this.followed.get(frame.campus)?.takePart(frame)) this.#applied(frame.campus); break;
      case 'event': this.#event(frame); break;
      case 'pulse':
        this.followed.get(frame.campus)?.takePulse(frame, mono);
        this.#tick();
        break;
      case 'accepted': this.#asked.answered(frame.id, { kind: 'accepted', accepted: frame }); break;
      case 'refused': if (frame.id) this.#asked.answered(frame.id, { kind: 'refused', refusal: refusalWords(frame.refusal) }); break;
      case 'in_doubt': this.#asked.answered(frame.id, { kind: 'in_doubt', message: ANSWER.in_doubt }); break;
      case 'receipt_kept': this.#kept(frame); break;
      case 'bye': break; // The close code that follows says the same.
    }
  }

  /** @param {Extract<ServerFrame, {type: 'welcome'}>} frame */
  #welcome(frame) {
    const before = this.you;
    this.#remember(frame);
    if (before && before.principal !== frame.you.principal && this.#greeted) {
      // Signed in as somebody else in another tab: nothing that was shown is theirs.
      location.reload();
      return;
    }
    this.#welcomed = true;
    this.#greeted = true;
    this.#attempt = 0;
    this.#behindMono = performance.now();
    this.you = frame.you;
    this.campuses = frame.campuses;
    this.outbox.adopt(frame.you.principal, frame.campuses[0]?.id ?? '');
    const anew = before && JSON.stringify(before) !== JSON.stringify(frame.you);
    for (const campus of this.followed.values()) campus.reconnected(performance.now(), anew);
    this.#followAll();
    this.dispatchEvent(new Event('welcome'));
    // Once: each time costs a snapshot.
    if (this.#wanted.length > 0) this.#subscribe();
    this.outbox.hurry();
    this.#asked.again(performance.now());
    this.#changed();
  }

  /** @param {Extract<ServerFrame, {type: 'event'}>} frame */
  #event(frame) {
    const campus = this.followed.get(frame.campus);
    if (campus?.takeEvent(frame)) this.#applied(frame.campus);
    // A snapshot that never ends: what waits behind it can only be had by starting over.
    else if (campus?.overflowing()) this.#drop();
  }

  /** @param {{you: You, campuses: CampusName[]}} who */
  #remember({ you, campuses }) {
    try { localStorage.setItem(`lockstep/who/${this.face}`, JSON.stringify({ you, campuses })); } catch { /* Only without a network is it missed. */ }
  }

  #forget() {
    try { localStorage.removeItem(`lockstep/who/${this.face}`); } catch { /* Then there is nothing to forget. */ }
  }

  /** @returns {{you: You | null, campuses: CampusName[]}} */
  #remembered() {
    try {
      const { you, campuses } = JSON.parse(localStorage.getItem(`lockstep/who/${this.face}`) ?? 'null') ?? {};
      if (typeof you?.principal === 'string' && typeof you.role === 'string' && Array.isArray(campuses)) return { you, campuses };
    } catch { /* Storage is off, or nobody was here yet. */ }
    return { you: null, campuses: [] };
  }

  /** @param {string} campus */
  #applied(campus) {
    this.#changed();
    const followed = this.followed.get(campus);
    if (followed) this.#receipts.applied(followed, performance.now());
  }

  /** @param {Extract<ServerFrame, {type: 'receipt_kept'}>} frame */
  #kept(frame) {
    const followed = this.followed.get(frame.campus);
    if (followed) this.#receipts.kept(followed, frame);
  }

  // Frames out.

  /** @param {ClientFrame} frame @returns {boolean} whether it left */
  #say(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Resumes: what is shown goes along, and the raises as the server sealed them (R3). */
  #subscribe() {
    /** @type {Subscription[]} */
    const campuses = [];
    let size = 0;
    for (const id of this.#wanted) {
      const screen = this.followed.get(id)?.screen;
      /** @type {Subscription & { sealed: string[] }} */
      const one = { campus: id, shows: [], sealed: [] };
      if (screen?.position) one.after = screen.position;
      // What is held first: of that the server must say what became of it.
      const held = (/** @type {FactId} */ item) => Number(screen?.held.has(item) ?? false);
      const shows = screen?.shows().sort((a, b) => held(b) - held(a)) ?? [];
      one.shows = shows.slice(0, Math.max(0, Math.floor((SUBSCRIBE_MAX - size) / ID_BYTES)));
      size += JSON.stringify(one).length;
      for (const seal of screen?.sealed().slice(0, SEALED_MAX) ?? []) {
        if (size + seal.length > SUBSCRIBE_MAX) break;
        size += seal.length + 3;
        one.sealed.push(seal);
      }
      campuses.push(one);
    }
    this.#say({ type: 'subscribe', campuses });
    // Where nothing is missed nothing comes in, and what this screen shows is said all the same.
    for (const followed of this.followed.values()) this.#receipts.applied(followed, performance.now());
  }

  /** One offer of an outbox item: by the socket, or by HTTP where there is none. @param {OutboxItem} item @param {number} deadline @returns {Promise<Answer>} */
  #offer({ campus, request }, deadline) {
    if (this.#welcomed) return this.#asked.ask({ type: 'command', campus, request }, { deadline, lost: UNSENT, unsent: UNSENT });
    return this.#post(campus, JSON.stringify(request), deadline).catch(() => UNSENT);
  }

  /** @param {string} campus @param {string} body @param {number} deadline @returns {Promise<Answer>} */
  async #post(campus, body, deadline) {
    const answer = await fetch(`/v1/campuses/${encodeURIComponent(campus)}/commands?face=${this.face}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(deadline),
    });
    if (!answer.ok) return { kind: 'refused', refusal: await readProblem(answer) };
    const accepted = /** @type {Accepted} */ (await answer.json());
    return { kind: 'accepted', accepted };
  }
}

/** @param {unknown} data @returns {ServerFrame | null} */
function readFrame(data) {
  try {
    const frame = JSON.parse(String(data));
    return typeof frame?.type === 'string' ? frame : null;
  } catch {
    return null;
  }
}

/** The refusal in a problem document, in the page's words; any other error is told as a fault. @param {Response} answer @returns {Promise<Refusal>} */
export async function readProblem(answer) {
  try {
    const problem = await answer.json();
    if (typeof problem.code === 'string' && typeof problem.message === 'string') return refusalWords(problem);
  } catch { /* Not a problem document: a proxy's own page, perhaps. */ }
  return { code: 'fault', message: ANSWER.odd(answer.status), advice: ANSWER.odd_advice };
}

/** Calls back once what was drawn last is on the glass of a visible page (R1). @param {(now: number) => void} then */
function whenPainted(then) {
  if (document.visibilityState !== 'visible') {
    document.addEventListener('visibilitychange', () => whenPainted(then), { once: true });
    return;
  }
  // The first frame draws, the second begins after it was painted.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (document.visibilityState === 'visible') then(performance.now());
    else whenPainted(then);
  }));
}
