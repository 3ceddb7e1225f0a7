// Sound for those who watch: on the command page and the board, and never in a classroom, where it
// betrays a room. Off until somebody turns it on in this browser. A call, a plea and a duty each
// have a tone of their own: one for everything gets people hurt. Drills have none.

/** @import {Tone} from './tones.js' */
/** @import {View} from './view.js' */
import { isInMyHand, isMine } from './duties.js';
import { say, show } from './draw.js';
import { TONES, play } from './tones.js';
import { SOUND } from './words-command.js';

const KEY = 'lockstep/sound';
/** Three hundred calls at once are one alarm. */
const PAUSE_S = 1.5;

export class Sound {
  #button;
  #on = false;
  /** @type {AudioContext | null} */
  #audio = null;
  /** Until when each tone plays, with its pause. @type {Partial<Record<Tone, number>>} */
  #until = {};
  /** What was there already, by campus: how often each was said. @type {Map<string, Map<string, number>>} */
  #known = new Map();

  /** @param {HTMLElement} button */
  constructor(button) {
    this.#button = button;
    try { this.#on = localStorage.getItem(KEY) === 'on'; } catch { /* Off. */ }
    button.addEventListener('click', () => this.#turn(!this.#on));
    // A browser lets a page sound only after somebody has touched it, also where it is remembered.
    for (const gesture of ['pointerup', 'keydown']) addEventListener(gesture, () => this.#wake());
    show(button, true);
    this.#draw();
  }

  /** Sounds what is new since the last time, and nothing for what a page finds as it opens.
   * @param {View[]} views */
  hear(views) {
    /** @type {Set<Tone>} */
    const tones = new Set();
    for (const view of views) {
      if (!view.screen.position) continue;
      const now = asks(view);
      const known = this.#known.get(view.id);
      for (const [key, n, tone] of now) if (known && n > (known.get(key) ?? -1)) tones.add(tone);
      this.#known.set(view.id, new Map(now.map(([key, n]) => [key, n])));
    }
    for (const tone of /** @type {Tone[]} */ (Object.keys(TONES))) if (tones.has(tone)) this.#play(tone);
  }

  /** @param {boolean} on */
  #turn(on) {
    this.#on = on;
    try { localStorage.setItem(KEY, on ? 'on' : 'off'); } catch { /* Only as long as the page is open. */ }
    if (!on) {
      this.#audio?.close();
      this.#audio = null;
    } else {
      this.#wake();
      // So that whoever turned it on knows that it can be heard.
      this.#play('duty');
      this.#until = {};
    }
    this.#draw();
  }

  #wake() {
    if (!this.#on) return;
    if (this.#audio) { this.#audio.resume(); return; }
    this.#audio = new AudioContext();
    this.#until = {};
    this.#draw();
  }

  /** @param {Tone} tone */
  #play(tone) {
    const audio = this.#audio;
    if (!audio || (this.#until[tone] ?? 0) > audio.currentTime) return;
    const at = Math.max(audio.currentTime, ...Object.values(this.#until).map((until) => until - PAUSE_S));
    this.#until[tone] = play(audio, tone, at) + PAUSE_S;
  }

  #draw() {
    this.#button.setAttribute('aria-pressed', String(this.#on));
    this.#button.title = SOUND.hint;
    say(this.#button, this.#on ? (this.#audio ? SOUND.turn_off : SOUND.waits) : SOUND.turn_on);
  }
}

/** What is heard of a campus: a key, how often it was asked, its tone. A duty is heard by whom it
 * asks, until they have it. That somebody is forced is heard by nobody: a tone beside them, in the very
 * second in which they give their PIN, would tell whoever forces them (A4).
 * @param {View} view @returns {[string, number, Tone][]} */
function asks(view) {
  const { screen } = view;
  const pleas = [...screen.all('plea').map(({ id }) => id), ...screen.all('room').flatMap(({ plea }) => (plea ? [plea] : []))];
  const duties = screen.all('duty').filter((duty) => isMine(duty, view) && !isInMyHand(duty, view));
  return [
    ...[...screen.all('raise'), ...screen.all('threat')].map(({ id }) => /** @type {[string, number, Tone]} */ ([id, 0, 'call'])),
    ...pleas.map((id) => /** @type {[string, number, Tone]} */ ([id, 0, 'plea'])),
    ...duties.map(({ id, attempts }) => /** @type {[string, number, Tone]} */ ([id, attempts, 'duty'])),
  ];
}
