// The tones that Lockstep has: a call, a plea and a duty each have their own, since one for
// everything gets people hurt.

/** The most pressing first: hertz and seconds of each note, and how it is made.
 * @type {Record<'call' | 'plea' | 'duty', {shape: OscillatorType, notes: [number, number][]}>} */
export const TONES = {
  call: { shape: 'sawtooth', notes: [[880, 0.3], [587, 0.3], [880, 0.3], [587, 0.3]] },
  plea: { shape: 'square', notes: [[1319, 0.1], [0, 0.06], [1319, 0.1], [0, 0.06], [1319, 0.1]] },
  duty: { shape: 'sine', notes: [[523, 0.18], [659, 0.3]] },
};
const LOUD = 0.25;

/** @typedef {keyof typeof TONES} Tone */

/** Plays a tone from a moment on, and answers when it ends. @param {AudioContext} audio @param {Tone} tone @param {number} at */
export function play(audio, tone, at) {
  const { shape: type, notes } = TONES[tone];
  for (const [frequency, seconds] of notes) {
    if (frequency > 0) {
      const voice = new OscillatorNode(audio, { type, frequency });
      voice.connect(new GainNode(audio, { gain: LOUD })).connect(audio.destination);
      voice.start(at);
      voice.stop(at + seconds);
    }
    at += seconds;
  }
  return at;
}
