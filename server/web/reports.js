// The sheets that every signed-in person has, on whatever page: what they saw (C5), an immediate
// threat (A2), and a call for help from outside (E1).

/** @import {Agency, Answer, Basis, Command, Danger, Face, FactId, LineState} from './types.js' */
import { h, say, show } from './draw.js';
import { tell } from './parts.js';
import { sendPicture } from './pictures.js';
import { filled, openSheet } from './sheet.js';
import { AGENCY, AGENCY_CHOICE, BASIS_CHOICE, DANGER_CHOICE, HELP_SHEET, LINE_STATE, PAGE, PICTURE, SIGHTING_SHEET, SIGN, THREAT_SHEET, inside } from './words.js';

/** Where a sheet sends to, and where it says what came of it.
 * @typedef {{campus: string, face: Face, send: (command: Command) => Promise<Answer>, said: HTMLElement}} Desk */

/** Says something that is no answer: a picture's way, a word of thanks. @param {HTMLElement} place @param {string} words @param {string} [tone] */
function note(place, words, tone = '') {
  say(place, words);
  place.className = `answer ${tone}`;
  show(place, words !== '');
}

/** @param {Desk} desk @param {{id: FactId, words: string}} [of] what it brings up to date */
export function reportSighting(desk, of) {
  openSheet({
    title: of ? SIGHTING_SHEET.update : PAGE.sighting,
    intro: of ? SIGHTING_SHEET.adds_to(of.words) : SIGHTING_SHEET.intro,
    fields: [
      { name: 'seen', label: SIGHTING_SHEET.seen, required: true, hint: SIGHTING_SHEET.seen_hint },
      { name: 'place', label: SIGHTING_SHEET.place },
      { name: 'danger', label: SIGHTING_SHEET.danger, kind: 'radio', options: Object.entries(DANGER_CHOICE), value: 'unsure' },
      { name: 'picture', label: SIGHTING_SHEET.picture, kind: 'picture', hint: SIGHTING_SHEET.picture_hint },
    ],
    send: SIGHTING_SHEET.send,
    onsend: async ({ seen = '', place, danger = 'unsure' }, picture) => {
      const answer = await desk.send({ name: 'report_sighting', seen, danger: /** @type {Danger} */ (danger), ...(place ? { place } : {}), ...(of ? { of: of.id } : {}) });
      if (answer.kind === 'accepted') afterSighting(desk, answer.accepted.fact, answer.accepted.holds === 'recorded', picture);
      else if (answer.kind === 'kept' && picture) return { ...answer, message: `${answer.message} ${PICTURE.waits}` };
      return answer;
    },
  });
}

/** @param {Desk} desk @param {FactId} sighting @param {boolean} recorded @param {File | null} picture */
function afterSighting(desk, sighting, recorded, picture) {
  const words = [SIGHTING_SHEET.sent, recorded ? '' : `${SIGN.not_recorded}.`].filter(Boolean).join(' ');
  if (picture) addPicture(desk, sighting, picture, words);
  else note(desk.said, words);
}

/** @param {Desk} desk @param {FactId} sighting @param {File} picture @param {string} before */
async function addPicture(desk, sighting, picture, before) {
  note(desk.said, `${before} ${PICTURE.going}`);
  const { sent, words } = await sendPicture(desk.face, desk.campus, sighting, picture);
  note(desk.said, sent ? `${before} ${words}` : words, sent ? '' : 'refused');
}

/** For a sighting that is in already. @param {Desk} desk @param {FactId} sighting */
export function askForPicture(desk, sighting) {
  const input = h('input', { type: 'file', accept: 'image/*' });
  input.addEventListener('change', () => { const [file] = input.files ?? []; if (file) addPicture(desk, sighting, file, ''); });
  input.click();
}

/** @param {Desk} desk */
export function reportThreat({ send, said }, words = PAGE.threat) {
  openSheet({
    title: words,
    intro: THREAT_SHEET.intro,
    fields: [{ name: 'reason', label: THREAT_SHEET.reason }, { name: 'place', label: THREAT_SHEET.place }],
    send: THREAT_SHEET.send,
    tone: 'severe',
    onsend: async (values) => {
      const answer = await send({ name: 'report_threat', ...filled(values) });
      if (answer.kind === 'accepted') {
        note(said, answer.accepted.holds === 'recorded' ? THREAT_SHEET.reported : THREAT_SHEET.reported_not_recorded, 'kept');
      }
      return answer;
    },
  });
}

/** How far it is when it is asked for: what its author knows, and no more (E2). */
const FIRST_STATES = /** @type {const} */ (['requested', 'calling', 'line_open', 'accepted', 'units_on_the_way', 'on_scene']);

/** @param {Desk} desk @param {{full?: boolean}} [how] the full form also asks who decided and who called */
export function askForHelp({ send, said }, { full = false } = {}) {
  openSheet({
    title: PAGE.escalate,
    intro: HELP_SHEET.intro,
    fields: [
      { name: 'agency', label: HELP_SHEET.agency, kind: 'select', options: Object.entries(AGENCY_CHOICE) },
      { name: 'basis', label: HELP_SHEET.basis, kind: 'select', options: Object.entries(BASIS_CHOICE) },
      { name: 'state', label: HELP_SHEET.state, kind: 'select', options: FIRST_STATES.map((state) => [state, LINE_STATE[state]]) },
      ...(full ? [
        { name: 'decided_by', label: HELP_SHEET.decided_by },
        { name: 'called_by', label: HELP_SHEET.called_by },
        { name: 'number', label: HELP_SHEET.number },
        { name: 'incident_number', label: HELP_SHEET.incident_number },
      ] : []),
      { name: 'note', label: HELP_SHEET.note },
    ],
    send: HELP_SHEET.send,
    tone: 'severe',
    onsend: async ({ agency = '911', basis = 'immediate_threat', state = 'requested', ...rest }) => {
      const answer = await send({ name: 'open_escalation', agency: /** @type {Agency} */ (agency), basis: /** @type {Basis} */ (basis), state: /** @type {LineState} */ (state), ...filled(rest) });
      if (answer.kind === 'accepted' && answer.accepted.holds === 'shown_only') tell(said, answer);
      else if (answer.kind === 'accepted') note(said, HELP_SHEET.recorded(AGENCY[/** @type {Agency} */ (agency)], inside(LINE_STATE[/** @type {LineState} */ (state)])));
      return answer;
    },
  });
}
