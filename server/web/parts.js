// Elements that every face draws alike: the posture, the warning that a screen cannot be
// relied on, and what is not sent yet.

/** @import {Answer, OutboxItem, Refusal} from './types.js' */
/** @import {Link} from './link.js' */
/** @import {View} from './view.js' */
import './keyboard.js';
import { clockOf, h, icon, keyed, say, show, whoWords } from './draw.js';
import { LANGUAGE } from './language.js';
import { MARK, OUTBOX, POSTURE, SIGN, TRUST, answered, commandWords, distrust } from './words.js';

/** The posture: shape, word, what to do now, since when. Speaks when it changes. */
export class PostureSign extends HTMLElement {
  #icon = h('div', { class: 'sign-icon' });
  #word = h('h1', { class: 'word' });
  #caveat = h('p', { class: 'caveat' });
  #instruction = h('p', { class: 'instruction' });
  #since = h('p', { class: 'since' });
  #marks = h('ul', { class: 'marks' });
  #checking = h('p', { class: 'checking-too' }, POSTURE.checking);
  #drawn = '';

  connectedCallback() {
    if (this.contains(this.#word)) return;
    const spoken = h('div', { class: 'spoken', 'aria-live': 'assertive', 'aria-atomic': 'true' }, this.#word, this.#caveat, this.#instruction);
    // In place of what stands there for a page whose script never came.
    this.replaceChildren(this.#icon, h('div', { class: 'sign-words' }, spoken, this.#checking, this.#since, this.#marks));
  }

  /** @param {View} view */
  draw(view) {
    if (view.icon !== this.#drawn) {
      this.#drawn = view.icon;
      this.#icon.replaceChildren(icon(view.icon));
    }
    say(this.#word, view.word);
    say(this.#caveat, view.caveat);
    show(this.#caveat, view.caveat !== '');
    say(this.#instruction, [view.instruction, view.lastKnown].filter(Boolean).join(' '));
    say(this.#since, sinceWords(view));
    show(this.#checking, view.checkingToo);
    const marks = view.marks.map((mark) => MARK[mark]);
    if (view.notRecorded > 0) marks.push(SIGN.not_recorded);
    keyed(this.#marks, marks, (mark) => mark, (mark) => h('li', {}, mark));
  }
}

/** Since when, how many calls, and the newest of them for those who may know. @param {View} view */
function sinceWords(view) {
  const raises = view.screen.all('raise').sort((a, b) => b.at.localeCompare(a.at));
  const calls = raises.filter((raise) => raise.level === 'lock_down').length || (view.card?.calls ?? 0);
  const newest = raises[0];
  const latest = newest?.by && [whoWords(newest.by), newest.place].filter(Boolean).join(', ');
  return [
    view.since && SIGN.since(view.time(view.since)),
    view.headline === 'lock_down' && calls > 1 && SIGN.calls(calls),
    latest && (calls > 1 ? SIGN.newest(latest) : latest),
  ].filter(Boolean).join(' \u00b7 ');
}

/** That it is a drill, or that it no longer is one: in words, over the whole width (D1, D2). */
export class DrillBand extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'alert');
  }

  /** @param {View} view */
  draw(view) {
    say(this, view.band);
    show(this, view.band !== '');
    this.classList.toggle('over', view.drillOver);
  }
}

/** "Not connected since 10:42. Do not rely on this screen." */
export class TrustBanner extends HTMLElement {
  #words = h('p');
  #enrol = h('a', { href: '/enrol', hidden: true }, TRUST.sign_in_again);

  connectedCallback() {
    this.setAttribute('role', 'alert');
    if (!this.firstChild) this.append(this.#words, this.#enrol);
  }

  /** @param {Link} link @param {View | null} view */
  draw(link, view) {
    const trust = view?.trust ?? link.trust('');
    const time = view?.time ?? clockOf(undefined);
    let words = distrust(trust, (at) => time(at));
    if (link.stopped) words = `${words} ${link.stopped.message}`;
    const degraded = trust.reliable && view?.degraded === true && view.you?.audience !== 'room' && view.you?.audience !== 'staff';
    if (degraded) words = TRUST.degraded;
    const ranOut = trust.reliable && view?.you?.standing === 'forgiven';
    if (ranOut) words = TRUST.run_out;
    say(this.#words, words);
    show(this, words !== '');
    this.classList.toggle('mild', degraded || ranOut || trust.why === 'never');
    this.#enrol.setAttribute('href', `/enrol?face=${link.face}`);
    show(this.#enrol, ranOut || link.stopped?.signedOut === true);
  }
}

/** What is not sent yet; asks whether an old raise is still needed (P7). */
export class OutboxList extends HTMLElement {
  #list = h('ul');
  #refused = h('p', { class: 'answer refused', role: 'alert', hidden: true });
  /** @type {Link | null} */
  #link = null;

  connectedCallback() {
    if (!this.firstChild) this.append(this.#refused, this.#list);
  }

  /** @param {Link} link */
  bind(link) {
    this.#link = link;
    link.outbox.addEventListener('change', () => this.#draw());
    link.outbox.addEventListener('refused', (event) => {
      const { item, refusal } = /** @type {CustomEvent<{item: OutboxItem, refusal: Refusal}>} */ (event).detail;
      say(this.#refused, `${commandWords(item.request.command)}: ${refusal.message} ${refusal.advice}`);
      show(this.#refused, true);
    });
    this.#draw();
    // A fresh raise is on its way for a moment: only what lingers is worth a line.
    setInterval(() => this.#draw(), 1000);
  }

  #draw() {
    const items = (this.#link?.outbox.items() ?? []).filter((item) => item.state !== 'sending' || Math.abs(Date.now() - item.made_at) > 1500);
    show(this, items.length > 0 || !this.#refused.hidden);
    keyed(this.#list, items, (item) => `${item.request.id} ${item.state}`, (item) => this.#row(item));
  }

  /** @param {OutboxItem} item */
  #row(item) {
    const { id, command } = item.request;
    const at = clockOf(undefined)(new Date(item.made_at));
    const what = OUTBOX.item(commandWords(command), at);
    const outbox = this.#link?.outbox;
    switch (item.state) {
      case 'sending': return h('li', {}, h('strong', {}, OUTBOX.sending(what)), ' ', OUTBOX.sending_more);
      case 'shown_only': return h('li', {}, h('strong', {}, OUTBOX.shown_only(what)), ' ', OUTBOX.shown_only_more);
      case 'asking': return h('li', {}, h('strong', {}, OUTBOX.asking(what)), h('div', { class: 'actions' },
        h('button', { type: 'button', class: 'severe', onclick: () => outbox?.stillNeeded(id) }, OUTBOX.needed),
        h('button', { type: 'button', onclick: () => outbox?.notNeeded(id) }, OUTBOX.not_needed)));
      case 'not_sent': return h('li', {}, h('strong', {}, OUTBOX.not_sent(what)), h('div', { class: 'actions' },
        h('button', { type: 'button', onclick: () => outbox?.remove(id) }, OUTBOX.remove)));
    }
  }
}

/** What to do if the fire alarm sounds (L6), in the page's language where the district wrote it so.
 * @param {HTMLElement} place @param {View} view @param {boolean} locked */
export function drawFire(place, { campus }, locked) {
  const own = LANGUAGE === 'es' ? campus?.fire_alarm_words_es : '';
  place.lang = own ? 'es' : 'en';
  say(place, own || (campus?.fire_alarm_words ?? ''));
  show(place, locked && place.textContent !== '');
}

/** Puts an answer where it was asked for; good news goes away by itself. @param {HTMLElement} place @param {Answer | null} answer */
export function tell(place, answer) {
  say(place, answer ? answered(answer) : '');
  place.className = `answer ${answer?.kind ?? ''}`;
  show(place, answer !== null);
  if (answer?.kind === 'accepted' && answer.accepted.holds === 'recorded') {
    const words = place.textContent;
    setTimeout(() => { if (place.textContent === words) show(place, false); }, 4000);
  }
}

customElements.define('ls-posture', PostureSign);
customElements.define('ls-drill', DrillBand);
customElements.define('ls-trust', TrustBanner);
customElements.define('ls-outbox', OutboxList);
