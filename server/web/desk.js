// What the command page and the officer's page are alike in: one campus at a time, its sign, the
// raise that is always in the same place, and panels. What makes a person safe is drawn first and
// needs the least script; the panels come after it, and in turns, so that it is never late for them.

/** @import {Answer, Command, Face} from './types.js' */
/** @import {DrillBand, OutboxList, PostureSign, TrustBanner} from './parts.js' */
/** @import {TwoPress} from './two-press.js' */
/** @import {Panel} from './command-panel.js' */
/** @import {View} from './view.js' */
import './two-press.js';
import { onRelease } from './command-panel.js';
import { beginMovement } from './desk-sheets.js';
import { eachFrame, h, keyed, say, show, whoWords } from './draw.js';
import { keepThisPage } from './keep.js';
import { Link } from './link.js';
import { drawFire } from './parts.js';
import { reportThreat } from './reports.js';
import { Sound } from './sound.js';
import { mayAsk, viewOf } from './view.js';
import { PAGE, ROLE } from './words.js';
import { ATTENTION, CONSOLE } from './words-command.js';

/** How long panels may take of one frame; those that are left come with the next. */
const TURN_MS = 10;

export const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const sign = /** @type {PostureSign} */ (document.querySelector('ls-posture'));
const trust = /** @type {TrustBanner} */ (document.querySelector('ls-trust'));
const band = /** @type {DrillBand} */ (document.querySelector('ls-drill'));
const lockDown = /** @type {TwoPress} */ (find('lock-down'));

export class Desk {
  campus = location.hash.slice(1);
  /** Those whose turn has not come. @type {Set<Panel>} */
  #waiting = new Set();
  /** @type {Panel[]} */
  #panels = [];
  #more;
  /** At most once a frame, however often the page is drawn meanwhile. */
  #nextTurns;
  #sound = new Sound(find('sound'));

  /** @param {Face} face @param {(view: View) => void} more what this page draws besides, before any panel */
  constructor(face, more) {
    this.link = new Link(face);
    this.#more = more;
    this.draw = eachFrame(() => this.#draw());
    this.#nextTurns = eachFrame(() => this.#turns());
    lockDown.act = () => this.send({ name: 'call_lock_down' });
    find('movement').addEventListener('click', () => beginMovement(this.forms(), this.view()));
    find('threat').addEventListener('click', () => reportThreat(this.forms(), find('threat').textContent ?? PAGE.threat));
  }

  /** @param {() => Promise<unknown>} panels brings the panels' script */
  start(panels) {
    const { link } = this;
    const settle = () => {
      if (!link.campuses.some(({ id }) => id === this.campus)) this.campus = link.campuses[0]?.id ?? '';
    };
    link.addEventListener('welcome', settle);
    settle();
    link.addEventListener('change', this.draw);
    /** @type {OutboxList} */ (document.querySelector('ls-outbox')).bind(link);
    onRelease(this.draw);
    link.start();
    this.draw();
    this.#bring(panels);
    keepThisPage();
  }

  /** A line that fails for a moment fails the script as well: it is asked for until it comes.
   * @param {() => Promise<unknown>} panels */
  #bring(panels) {
    panels().then(() => {
      this.#panels = /** @type {Panel[]} */ ([...document.querySelectorAll('.panel')]);
      this.draw();
      // A duty becomes overdue by time alone.
      const duties = /** @type {Panel | null} */ (document.querySelector('ls-duties'));
      setInterval(() => { if (duties && shown(duties)) duties.draw(this.view(), this.send); }, 1000);
    }, () => setTimeout(() => this.#bring(panels), 2000));
  }

  view() { return viewOf(this.link, this.campus); }

  /** @param {string} id */
  choose(id) {
    this.campus = id;
    history.replaceState(null, '', `#${id}`);
    this.draw();
  }

  /** @param {Command} command @param {Parameters<Link['send']>[2]} [how] @returns {Promise<Answer>} */
  send = (command, how) => this.link.send(this.campus, command, how);

  /** What the forms that a page opens want of it. */
  forms() { return { campus: this.campus, face: this.link.face, send: this.send, said: find('said') }; }

  #draw() {
    const view = this.view();
    document.documentElement.dataset.headline = view.headline;
    document.title = [view.beside, view.word, view.name || 'Lockstep'].filter(Boolean).join(' \u2013 ');
    sign.draw(view);
    trust.draw(this.link, view);
    band.draw(view);
    // Every lock-down screen says it, this one as well: who answers for a campus is asked first (L6).
    drawFire(find('fire'), view, view.headline === 'lock_down');
    say(find('you'), view.you ? `${view.you.name}, ${ROLE[view.you.role]}` : '');
    drawRaise(view);
    drawForced(view);
    document.body.toggleAttribute('data-drill', view.drill !== undefined);
    this.#more(view);
    this.#sound.hear(this.link.campuses.map(({ id }) => viewOf(this.link, id)));
    for (const panel of this.#panels) this.#waiting.add(panel);
    this.#turns();
  }

  /** Draws panels until the frame is full. */
  #turns() {
    const end = performance.now() + TURN_MS;
    const view = this.view();
    for (const panel of this.#waiting) {
      this.#waiting.delete(panel);
      if (shown(panel)) panel.draw(view, this.send);
      if (performance.now() > end) break;
    }
    if (this.#waiting.size > 0) this.#nextTurns();
  }
}

/** A panel behind another is drawn once somebody turns to it. @param {Panel} panel */
const shown = (panel) => panel.closest('.behind') === null;

/** Whoever is forced is read wherever somebody turned to (A4). @param {View} view */
function drawForced(view) {
  const forced = view.screen.all('duress').sort((a, b) => b.at.localeCompare(a.at));
  keyed(find('forced'), forced, ({ id }) => id, ({ who, at }) => h('li', { class: 'matter duress' },
    h('div', {}, h('strong', {}, ATTENTION.duress), h('p', {}, [whoWords(who), view.time(at), ATTENTION.duress_says].join(' \u00b7 ')))));
  show(find('forced'), forced.length > 0);
}

/** In a drill the raise is real all the same, and says so (D2). @param {View} view */
function drawRaise(view) {
  const practice = view.drill !== undefined;
  show(lockDown, mayAsk('call_lock_down', view));
  lockDown.reword(practice ? CONSOLE.call_lock_down_real : CONSOLE.call_lock_down, practice ? CONSOLE.call_lock_down_real_again : CONSOLE.call_lock_down_again);
  show(find('movement'), mayAsk('begin_controlled_movement', view));
  say(find('movement'), practice ? CONSOLE.controlled_movement_real : CONSOLE.controlled_movement);
  show(find('threat'), !mayAsk('call_lock_down', view) && mayAsk('report_threat', view));
  say(find('threat'), practice ? PAGE.threat_real : PAGE.threat);
}
