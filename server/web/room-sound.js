// A room's screen is silent (L4). Where the district's policy says that it sounds, it does so once
// for each lock-down that is called, and for nothing else. A display's browser has to allow it.

/** @import {View} from './view.js' */
import { play } from './tones.js';

/** Three hundred calls at once are one alarm. */
const PAUSE_S = 5;

export class RoomSound {
  /** What was there already. @type {Set<string> | null} */
  #known = null;
  /** @type {AudioContext | null} */
  #audio = null;
  #until = 0;

  /** @param {View} view */
  hear({ screen, campus }) {
    if (!screen.position) return;
    const calls = screen.all('raise').filter(({ level }) => level === 'lock_down').map(({ id }) => id);
    const fresh = this.#known !== null && calls.some((id) => !this.#known?.has(id));
    this.#known = new Set(calls);
    if (!fresh || !campus?.room_sound) return;
    const audio = this.#audio ??= new AudioContext();
    if (audio.currentTime < this.#until) return;
    this.#until = play(audio, 'call', audio.currentTime) + PAUSE_S;
  }
}
