// The sheets of whoever answers for a campus, on whatever page: controlled movement (A1) and
// "not clear" (S3).

/** @import {Answer, Command} from './types.js' */
/** @import {View} from './view.js' */
import { tell } from './parts.js';
import { filled, openSheet } from './sheet.js';
import { MOVEMENT, PANEL, SWEEP, THREAT_KIND } from './words-command.js';

/** @param {{send: (command: Command) => Promise<Answer>, said: HTMLElement}} desk @param {View} view as it was drawn when it was asked for */
export function beginMovement({ send, said }, view) {
  // The threats that were drawn when the sheet opened: one that comes in since still waits (A2).
  const answers = view.screen.all('threat').map(({ id }) => id);
  openSheet({
    title: MOVEMENT.title,
    intro: answers.length > 0 ? MOVEMENT.answers(answers.length) : undefined,
    fields: [
      { name: 'kind', label: MOVEMENT.kind, kind: 'select', options: Object.entries(THREAT_KIND) },
      { name: 'place', label: PANEL.where },
      { name: 'seen', label: MOVEMENT.seen },
      { name: 'shareable', label: MOVEMENT.shareable, hint: MOVEMENT.shareable_hint },
    ],
    send: MOVEMENT.send,
    tone: 'severe',
    onsend: async ({ kind = 'other', ...rest }) => {
      const answer = await send({ name: 'begin_controlled_movement', kind: /** @type {keyof typeof THREAT_KIND} */ (kind), answers, ...filled(rest) });
      if (answer.kind === 'accepted') tell(said, answer);
      return answer;
    },
  });
}

/** @param {{send: (command: Command) => Promise<Answer>}} desk */
export function sayNotClear({ send }) {
  openSheet({
    title: SWEEP.not_clear_title, intro: SWEEP.not_clear_intro,
    fields: [{ name: 'reason', label: PANEL.why, required: true }], send: SWEEP.not_clear_send, tone: 'severe',
    onsend: ({ reason = '' }) => send({ name: 'say_not_clear', reason }),
  });
}
