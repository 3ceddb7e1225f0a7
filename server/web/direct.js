// What the plain pages share (the district's policy, officers on scene): whose sign-in they use,
// and how they ask. A directory changes by hand and not by the second, so they follow no campus
// and hold no connection: what they show is as of the moment that stands on it.

/** @import {Answer, Face, You} from './types.js' */
import './keyboard.js';
import { h, say, show } from './draw.js';
import { readProblem } from './link.js';
import { sayPage } from './said.js';
import { PAGE, ROLE, answered } from './words.js';
import { NO_ANSWER, PLAIN } from './words-direct.js';

const DEADLINE_MS = 10_000;
/** Those of whom a plain page is ever asked. @type {Face[]} */
const FACES = ['command', 'officer', 'board'];

/** Says what stands on the page, with words that it alone has. @param {Record<string, string>} [own] */
export const sayPlain = (own) => sayPage({ ...PAGE, ...PLAIN, ...own });

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @template T @typedef {{made: T, answer?: undefined} | {made?: undefined, answer: Answer}} Asked */

/** Asks one thing. What no answer came to is not known, if it would have changed something.
 * @template T @param {Face} face @param {'GET' | 'POST' | 'PUT' | 'DELETE'} method @param {string} path @param {unknown} [body] @returns {Promise<Asked<T>>} */
export async function ask(face, method, path, body) {
  try {
    const answer = await fetch(`/v1${path}${path.includes('?') ? '&' : '?'}face=${face}`, {
      method, cache: 'no-store', signal: AbortSignal.timeout(DEADLINE_MS),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (answer.ok) return { made: /** @type {T} */ (answer.status === 204 ? {} : await answer.json()) };
    return { answer: { kind: 'refused', refusal: await readProblem(answer) } };
  } catch {
    return { answer: method === 'GET' ? { kind: 'unsent', message: NO_ANSWER.read } : { kind: 'in_doubt', message: NO_ANSWER.changed } };
  }
}

/** Who looks at the page: by the sign-in of the face that it was opened from, or else of any that
 * this browser has. Says so on the page where nobody is signed in.
 * @returns {Promise<{face: Face, you: You} | null>} */
export async function whoAmI() {
  const from = new URLSearchParams(location.search).get('face');
  const faces = [...FACES].sort((a, b) => Number(b === from) - Number(a === from));
  /** @type {Answer | undefined} */
  let first;
  for (const face of faces) {
    /** @type {Asked<You>} */
    const { made: you, answer } = await ask(face, 'GET', '/me');
    if (you) {
      find('back').setAttribute('href', `/${face}${location.hash}`);
      say(find('you'), `${you.name}, ${ROLE[you.role]}`);
      return { face, you };
    }
    first ??= answer;
  }
  show(find('sign-in'), first?.kind === 'refused');
  tellPage(first ?? null);
  return null;
}

/** Puts the campuses of this sign-in into the page's picker, and answers the one that is meant.
 * @param {Face} face @param {HTMLSelectElement} picker @param {string} wanted @returns {Promise<string>} */
export async function pickCampus(face, picker, wanted) {
  /** @type {Asked<{campuses: {id: string, name: string}[]}>} */
  const { made } = await ask(face, 'GET', '/campuses');
  const campuses = made?.campuses ?? [];
  const campus = campuses.some(({ id }) => id === wanted) ? wanted : campuses[0]?.id ?? wanted;
  picker.replaceChildren(...campuses.map(({ id, name }) => h('option', { value: id, selected: id === campus }, name)));
  show(find('where'), campuses.length > 0);
  picker.disabled = campuses.length < 2;
  return campus;
}

/** Puts an answer at the head of the page. @param {Answer | null} answer */
export function tellPage(answer) {
  tellAt(find('said'), answer);
  if (answer) find('said').scrollIntoView({ block: 'nearest' });
}

/** @param {HTMLElement} place @param {Answer | null} answer */
export function tellAt(place, answer) {
  say(place, answer ? answered(answer) : '');
  place.className = `answer ${answer?.kind ?? ''}`;
  show(place, answer !== null);
}
