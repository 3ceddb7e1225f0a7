// The officer's page: a phone in one hand, in a corridor. What a thumb reaches stands at the foot
// (raise, not clear, what was seen, and five places to turn to); the sweep is where it opens while
// something is open. What cannot be sent says so, and facts wait in the outbox (P7).

/** @import {View} from './view.js' */
import { Desk, find } from './desk.js';
import { h, keyed, say, show } from './draw.js';
import { isMine } from './duties.js';
import { tell } from './parts.js';
import { isHere } from './people.js';
import { sayNotClear } from './desk-sheets.js';
import { reportSighting } from './reports.js';
import { sayPage } from './said.js';
import { mayAsk, swept } from './view.js';
import { PAGE } from './words.js';
import { CONSOLE, OFFICER } from './words-command.js';

sayPage({ ...PAGE, ...CONSOLE, ...OFFICER.page });

/** @typedef {'now' | 'sweep' | 'rooms' | 'seen' | 'lower'} Tab */
const TABS = /** @type {Tab[]} */ (Object.keys(OFFICER.tabs));

const picker = /** @type {HTMLSelectElement} */ (find('campus'));
/** What somebody turned to; until then the page turns by itself. @type {Tab | null} */
let chosen = null;

const desk = new Desk('officer', (view) => {
  drawCampuses();
  drawHere(view);
  // Once something is open, or in a drill, the foot is for what an officer does then.
  if (swept(view) || view.drill) show(find('movement'), false);
  show(find('not-clear'), swept(view) && mayAsk('say_not_clear', view));
  show(find('saw'), mayAsk('report_sighting', view));
  drawTabs(view);
});

function drawCampuses() {
  const { campuses } = desk.link;
  keyed(picker, campuses, ({ id }) => id, ({ id, name }) => h('option', { value: id }, name));
  picker.value = desk.campus;
  show(picker, campuses.length > 0);
}

/** Where somebody is decides what an all clear of theirs is worth (A3, C6). @param {View} view */
function drawHere(view) {
  show(find('away'), swept(view) && !isHere(view) && mayAsk('arrive', view));
}

/** @param {View} view */
function drawTabs(view) {
  const at = chosen ?? (swept(view) && mayAsk('clear_zone', view) ? 'sweep' : 'now');
  keyed(find('tabs'), TABS, (tab) => tab,
    (tab) => h('button', { type: 'button', onclick: () => turnTo(tab) }, h('span', {}, OFFICER.tabs[tab]), h('strong', { class: 'badge' })),
    (button, tab) => {
      if (tab === at) button.setAttribute('aria-current', 'page');
      else button.removeAttribute('aria-current');
      const badge = button.lastElementChild;
      const words = badgeOf(tab, view);
      if (badge) { say(badge, words); show(badge, words !== ''); }
    });
  for (const section of document.querySelectorAll('[data-tab]')) section.classList.toggle('behind', /** @type {HTMLElement} */ (section).dataset.tab !== at);
}

/** What waits there, in a word. @param {Tab} tab @param {View} view */
function badgeOf(tab, view) {
  const { screen } = view;
  const count = (/** @type {number} */ n) => (n > 0 ? String(n) : '');
  switch (tab) {
    case 'now': return count(screen.all('duty').filter((duty) => isMine(duty, view) && !duty.acknowledged).length
      + screen.all('threat').length + screen.all('veto').length);
    case 'sweep': {
      const zones = screen.all('zone');
      return swept(view) && zones.length > 0 ? `${zones.filter(({ clear }) => clear).length}/${zones.length}` : '';
    }
    case 'rooms': return count(screen.all('room').filter(({ plea, report }) => plea || report?.state === 'need_help').length);
    case 'seen': return count(screen.all('sighting').length);
    case 'lower': return '';
  }
}

/** @param {Tab} tab */
function turnTo(tab) {
  chosen = tab;
  scrollTo(0, 0);
  desk.draw();
}

picker.addEventListener('change', () => desk.choose(picker.value));
find('arrive').addEventListener('click', async () => tell(find('said'), await desk.send({ name: 'arrive' })));
find('not-clear').addEventListener('click', () => sayNotClear(desk.forms()));
find('saw').addEventListener('click', () => reportSighting(desk.forms()));
desk.start(() => import('./officer-panels.js'));
