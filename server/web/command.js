// The command page: everything of one campus for those who answer for it. This file owns the
// campus picker; the panels are in `command-*.js`.

import { Desk, find } from './desk.js';
import { h, keyed, say } from './draw.js';
import { sayPage } from './said.js';
import { viewOf } from './view.js';
import { PAGE, POSTURE } from './words.js';
import { CONSOLE } from './words-command.js';

sayPage({ ...PAGE, ...CONSOLE });

const desk = new Desk('command', drawCampuses);

/** One button for each campus, with what it is under: another school's alarm is seen from here. */
function drawCampuses() {
  const { link } = desk;
  const nav = find('campuses');
  keyed(nav, link.campuses, ({ id }) => id,
    ({ id }) => h('button', { type: 'button', onclick: () => desk.choose(id) }, h('strong'), h('span')),
    (button, { id, name }) => {
      const { headline, word, beside } = viewOf(link, id);
      button.setAttribute('aria-pressed', String(id === desk.campus));
      button.dataset.headline = headline;
      const [strong, span] = button.children;
      if (strong) say(strong, name);
      if (span) say(span, link.campuses.length > 1 ? [beside, headline === 'drill' ? word : POSTURE[headline]].filter(Boolean).join(' \u2013 ') : '');
    });
  nav.classList.toggle('single', link.campuses.length === 1);
}

desk.start(() => import('./command-panels.js'));
