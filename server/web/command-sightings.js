// What people saw (C5), the newest first: danger in words, the picture where there is one.

/** @import {SightingCard} from './types.js' */
/** @import {View} from './view.js' */
import { Panel, button } from './command-panel.js';
import { h, keyed, show, whoWords } from './draw.js';
import { pictureOf } from './pictures.js';
import { askForPicture, reportSighting } from './reports.js';
import { mayAsk } from './view.js';
import { SIGN } from './words.js';
import { DANGER, SIGHTING } from './words-command.js';

/** Drawn at once; the timeline has all of them. */
const DRAWN_MAX = 50;

class Sightings extends Panel {
  #none = h('p', { class: 'none' }, SIGHTING.none);
  #ask = h('div', { class: 'actions' }, button(SIGHTING.report, () => { const desk = this.#desk(); if (desk) reportSighting(desk); }));
  #list = h('ul', { class: 'matters' });

  /** @override @param {View} view */
  heading(view) {
    const n = view.screen.all('sighting').length;
    return n > 0 ? `${SIGHTING.heading} (${n})` : SIGHTING.heading;
  }

  /** @override @param {View} view */
  fill(view) {
    if (!this.#list.parentNode) this.body.append(this.#none, this.#ask, this.#list);
    const seen = view.screen.all('sighting').sort((a, b) => b.at.localeCompare(a.at)).slice(0, DRAWN_MAX);
    this.#none.hidden = seen.length > 0 || !view.trust.reliable;
    show(this.#ask, mayAsk('report_sighting', view));
    keyed(this.#list, seen, (card) => JSON.stringify(card), (card) => this.#row(card, view));
  }

  #desk() {
    return this.view && { campus: this.view.id, face: this.view.face, send: (/** @type {import('./types.js').Command} */ command) => this.send(command), said: this.answer };
  }

  /** @param {SightingCard} card @param {View} view */
  #row(card, view) {
    const of = card.of && view.screen.all('sighting').find(({ id }) => id === card.of);
    const may = mayAsk('report_sighting', view);
    const own = card.by.name === view.you?.name;
    return h('li', { class: `matter sighting danger-${card.danger}` },
      h('div', {},
        h('p', {}, h('strong', { class: 'danger' }, DANGER[card.danger]), card.recorded ? null : h('span', { class: 'mark' }, SIGN.not_recorded)),
        h('p', { class: 'seen' }, [card.seen, card.place && SIGN.where(card.place)].filter(Boolean).join(' \u00b7 ')),
        h('p', { class: 'small' }, [whoWords(card.by), view.time(card.at, true), card.seen_at && SIGHTING.seen_at(view.time(card.seen_at))].filter(Boolean).join(' \u00b7 ')),
        of ? h('p', { class: 'small' }, SIGHTING.updates(of.seen)) : null,
        pictureOf(view.face, view.id, card)),
      may ? h('div', { class: 'actions' },
        button(SIGHTING.update, () => { const desk = this.#desk(); if (desk) reportSighting(desk, { id: card.id, words: card.seen }); }),
        own && !card.picture ? button(SIGHTING.add_picture, () => { const desk = this.#desk(); if (desk) askForPicture(desk, card.id); }) : null) : null);
  }
}

customElements.define('ls-sightings', Sightings);
