// Draws the design page from the pages' own tables and elements, so that it cannot be older than
// they are: signs, colours with their contrast, pieces, and the words in each language.

/** @import {Headline} from './words.js' */
import { TwoPress } from './two-press.js';
import { h, icon } from './draw.js';
import desk from './words-command-en.js';
import english from './words-en.js';
import spanish from './words-es.js';

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const HEADLINES = /** @type {Headline[]} */ (Object.keys(english.POSTURE));

find('signs').append(...HEADLINES.map((headline) => h('li', { 'data-headline': headline },
  h('div', { class: 'sign-icon' }, icon(headline)),
  h('div', {}, h('p', { class: 'word' }, english.POSTURE[headline]), h('p', { class: 'word', lang: 'es' }, spanish.POSTURE[headline]), h('p', {}, english.INSTRUCTION[headline])))));

/** Ink and ground, as they meet on the pages. @type {[string, string][]} */
const PAIRS = [['--text', '--page'], ['--text', '--panel'], ['--soft', '--panel'], ['--soft', '--page'], ['--text', '--button'], ['--on-primary', '--primary'],
  ['--on-severe', '--severe'], ['--text', '--severe-soft'], ['--text', '--warn-soft'], ['--good', '--panel'], ['--warn', '--panel'], ['--focus', '--panel']];

/** @param {string} rgb */
const parts = (rgb) => (rgb.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);

/** WCAG's relative luminance. @param {string} rgb */
function luminance(rgb) {
  const [r = 0, g = 0, b = 0] = parts(rgb).map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function drawColours() {
  find('colours').querySelector('tbody')?.replaceChildren(...PAIRS.map(([ink, ground]) => {
    const drawn = h('td', { class: 'drawn' }, 'Locks, lights, out of sight');
    drawn.style.color = `var(${ink})`;
    drawn.style.background = `var(${ground})`;
    const cell = h('td');
    const row = h('tr', {}, h('th', { scope: 'row' }, h('code', {}, `${ink} on ${ground}`)), drawn, cell);
    requestAnimationFrame(() => {
      const { color, backgroundColor } = getComputedStyle(drawn);
      const [high = 0, low = 0] = [luminance(color), luminance(backgroundColor)].sort((a, b) => b - a);
      const contrast = (high + 0.05) / (low + 0.05);
      cell.textContent = `${contrast.toFixed(1)} : 1`;
      cell.classList.toggle('short', contrast < (ink === '--focus' ? 3 : 4.5));
    });
    return row;
  }));
}
drawColours();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawColours);

/** @param {string} tag @param {string} words */
function piece(tag, words) {
  const made = document.createElement(tag);
  made.textContent = words;
  return made;
}

/** @param {string} kind @param {string} words */
const answer = (kind, words) => h('p', { class: `answer ${kind}` }, words);
const raise = new TwoPress();
raise.reword(desk.CONSOLE.call_lock_down, desk.CONSOLE.call_lock_down_again);
find('pieces').append(
  h('p', {}, 'The raise: two presses, the second within four seconds and no double click. Here it calls nothing.'), h('div', { class: 'raise' }, raise),
  h('p', {}, 'What a press came to: done; kept until it can be sent; refused, with what to do; in doubt, which is treated as locked down.'),
  answer('accepted', english.ANSWER.recorded), answer('kept', english.ANSWER.spooled), answer('refused', 'Your role may not do this. Ask somebody who may.'), answer('in_doubt', 'Not known whether this was recorded. Treat the campus as locked down.'),
  h('p', {}, 'What stands over everything: a screen that may be old, and a drill.'),
  piece('ls-trust', english.TRUST.not_connected), piece('ls-drill', english.POSTURE.drill),
  h('p', {}, 'Buttons: what is asked first, what is severe, and the rest.'),
  h('div', { class: 'actions' }, h('button', { type: 'button', class: 'primary' }, 'I have it'), h('button', { type: 'button', class: 'severe' }, 'Report it now'), h('button', { type: 'button' }, 'Cancel')));

find('words').querySelector('tbody')?.append(...HEADLINES.flatMap((headline) => [
  h('tr', {}, h('th', { scope: 'row' }, headline), h('td', {}, english.POSTURE[headline]), h('td', { lang: 'es' }, spanish.POSTURE[headline])),
  h('tr', {}, h('td'), h('td', {}, english.INSTRUCTION[headline]), h('td', { lang: 'es' }, spanish.INSTRUCTION[headline]))]));
