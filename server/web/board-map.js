// Where the campuses lie, each with the shape and colour of what it is under: whoever sends help
// sees what is near. Drawn from the directory's coordinates alone; no tile comes from elsewhere.

/** @import {View} from './view.js' */
import { byName, h, icon, keyed, say, show } from './draw.js';
import { POSTURE } from './words.js';

/** Width to height of the map, as the style has it. */
const ASPECT = 16 / 9;
/** Room for a name beside the outermost. */
const MARGIN = 0.24;

/** So many names have room beside each other; of more campuses those where nothing is the matter have none. */
const NAMED_MAX = 12;

/** @typedef {{view: View, x: number, y: number}} Placed */

/** Degrees, as the directory writes them. @param {View} view */
function placeOf(view) {
  const [latitude, longitude] = (view.campus?.coordinates ?? '').split(',').map(Number);
  return latitude === undefined || longitude === undefined || Number.isNaN(longitude) ? null : { latitude, longitude };
}

/** Places in shares of the map, true to distance. @param {View[]} views @returns {Placed[]} */
function placed(views) {
  const all = views.flatMap((view) => { const place = placeOf(view); return place ? [{ view, ...place }] : []; });
  const middle = (/** @type {number[]} */ values) => (Math.min(...values) + Math.max(...values)) / 2;
  const [lat, lon] = [middle(all.map((one) => one.latitude)), middle(all.map((one) => one.longitude))];
  // Degrees of longitude are shorter the further from the equator.
  const flat = all.map(({ view, latitude, longitude }) => ({ view, x: (longitude - lon) * Math.cos(lat * Math.PI / 180), y: lat - latitude }));
  const reach = Math.max(1e-6, ...flat.map(({ x, y }) => Math.max(Math.abs(x) / ASPECT, Math.abs(y))));
  const share = (0.5 - MARGIN) / reach;
  return flat.map(({ view, x, y }) => ({ view, x: 0.5 + x * share / ASPECT, y: 0.5 + y * share }));
}

export class CampusMap extends HTMLElement {
  #list = h('ul');

  connectedCallback() {
    if (!this.firstChild) this.append(this.#list);
  }

  /** @param {View[]} views */
  draw(views) {
    const all = placed(views);
    show(this, all.length > 1);
    this.classList.toggle('many', all.length > NAMED_MAX);
    // By name, so that a reader of the list finds a campus where it was.
    all.sort((a, b) => byName(a.view, b.view));
    keyed(this.#list, all, ({ view }) => view.id, () => h('li', {}, h('span', { class: 'sign-icon' }), h('strong'), h('span', { class: 'under' })), (li, { view, x, y }) => {
      if (li.dataset.headline !== view.headline || li.dataset.icon !== view.icon) li.querySelector('.sign-icon')?.replaceChildren(icon(view.icon));
      li.dataset.headline = view.headline;
      li.dataset.icon = view.icon;
      li.style.left = `${(x * 100).toFixed(2)}%`;
      li.style.top = `${(y * 100).toFixed(2)}%`;
      const [, name, under] = li.children;
      if (name) say(name, view.name);
      if (under) say(under, view.headline === 'drill' ? view.word : POSTURE[view.headline]);
    });
  }
}

customElements.define('ls-map', CampusMap);
