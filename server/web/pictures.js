// Pictures of sightings: made small enough, sent after their sighting, and shown from this
// server alone. A picture never delays what it shows (C5).

/** @import {Face, SightingCard} from './types.js' */
import { h } from './draw.js';
import { readProblem } from './link.js';
import { PICTURE } from './words.js';

/** The most that the server takes. */
const BYTES_MAX = 5 * 1024 * 1024;
/** The longer side of a picture that was too large. */
const SIDE_MAX = 2048;
/** A phone on a bad line gets this long: nothing waits for it. */
const UPLOAD_MS = 120_000;

/** The picture as the server takes it: as it is, or drawn anew where it is too large or of another
 * format. @param {File} file @returns {Promise<Blob | null>} */
async function fitting(file) {
  if (file.size <= BYTES_MAX && (file.type === 'image/jpeg' || file.type === 'image/png')) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
    const canvas = h('canvas', { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const smaller = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => { canvas.toBlob(done, 'image/jpeg', 0.85); });
    return smaller && smaller.size <= BYTES_MAX ? smaller : null;
  } catch {
    return null;
  }
}

/** Sends a picture, and says what became of it. @param {Face} face @param {string} campus @param {string} sighting @param {File} file
 * @returns {Promise<{sent: boolean, words: string}>} */
export async function sendPicture(face, campus, sighting, file) {
  const body = await fitting(file);
  if (!body) return { sent: false, words: PICTURE.too_large };
  try {
    const answer = await fetch(`/v1/campuses/${encodeURIComponent(campus)}/sightings/${sighting}/picture?face=${face}`, {
      method: 'POST', headers: { 'content-type': body.type }, body, signal: AbortSignal.timeout(UPLOAD_MS),
    });
    if (answer.ok) return { sent: true, words: PICTURE.sent };
    const { message, advice } = await readProblem(answer);
    return { sent: false, words: `${PICTURE.not_sent} ${message} ${advice}` };
  } catch {
    return { sent: false, words: PICTURE.not_sent };
  }
}

/** The picture of a sighting. @param {Face} face @param {string} campus @param {SightingCard} card */
export function pictureOf(face, campus, card) {
  if (!card.picture) return null;
  const gone = h('p', { class: 'none', hidden: true }, PICTURE.gone);
  const address = `/v1/campuses/${encodeURIComponent(campus)}/pictures/${card.picture.sha256}?face=${face}`;
  const image = h('img', { src: address, alt: PICTURE.of(card.seen), loading: 'lazy', onerror: () => { image.hidden = true; gone.hidden = false; } });
  return h('div', { class: 'picture' }, image, gone);
}
