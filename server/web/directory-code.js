// A code in the hand of whoever gives it: large, with its link as a picture for a camera. It is shown
// once and kept nowhere.

/** @import {Code} from './directory-asked.js' */
import { clockOf, h, show } from './draw.js';
import { HAND } from './words-hand.js';

const SVG = 'http://www.w3.org/2000/svg';
const time = clockOf(undefined);

/** The picture that the server drew, made anew from its one path: nothing else of it comes in. @param {string} drawn */
function picture(drawn) {
  const sent = new DOMParser().parseFromString(drawn, 'image/svg+xml').documentElement;
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', sent.querySelector('path')?.getAttribute('d') ?? '');
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${Number(sent.getAttribute('width'))} ${Number(sent.getAttribute('height'))}`);
  svg.setAttribute('class', 'qr');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', HAND.qr);
  svg.setAttribute('shape-rendering', 'crispEdges');
  svg.append(path);
  return svg;
}

/** @param {HTMLElement} place @param {string} name @param {Code} made */
export function handCode(place, name, { code, expires_at: until, link, qr }) {
  place.replaceChildren(
    h('div', { class: 'told' },
      h('strong', {}, HAND.code_for(name)), h('p', { class: 'code' }, code), h('p', {}, HAND.code_what(location.host, time(until))),
      link ? h('a', { href: link }, link) : null,
      h('div', { class: 'actions' }, h('button', { type: 'button', onclick: () => forgetCode(place) }, HAND.another))),
    ...(qr ? [picture(qr)] : []));
  show(place, true);
  place.scrollIntoView({ block: 'nearest' });
}

/** @param {HTMLElement} place */
export function forgetCode(place) {
  place.replaceChildren();
  show(place, false);
}
