// The sheets that every signed-in person has, on whatever page: what they saw (C5), an immediate
// threat (A2), and a call for help from outside (E1).

/** @import {Agency, Answer, Basis, Command, Danger, Face, FactId, LineState} from './types.js' */
import { h, say, show } from './draw.js';
import { tell } from './parts.js';
import { sendPicture } from './pictures.js';
import { filled, openSheet } from './sheet.js';
import { AGENCY, AGENCY_CHOICE, BASIS_CHOICE, DANGER_CHOICE, LINE_SAYS, LINE_STATE, NOT_RECORDED, SIGHTING } from './words.js';

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
    title: of ? 'Bring a sighting up to date' : 'Report what you saw',
    intro: of ? `It adds to: ${of.words}` : 'It goes at once to the SRO, SSO and administrators. If somebody is in danger now, report an immediate threat or call 911.',
    fields: [
      { name: 'seen', label: 'What did you see?', required: true, hint: 'Leave out names of students.' },
      { name: 'place', label: 'Where' },
      { name: 'danger', label: 'Is it dangerous?', kind: 'radio', options: DANGER_CHOICE, value: 'unsure' },
      { name: 'picture', label: 'Picture', kind: 'picture', hint: 'It follows after the report. Only if taking it is safe.' },
    ],
    send: 'Report it',
    onsend: async ({ seen = '', place, danger = 'unsure' }, picture) => {
      const answer = await desk.send({ name: 'report_sighting', seen, danger: /** @type {Danger} */ (danger), ...(place ? { place } : {}), ...(of ? { of: of.id } : {}) });
      if (answer.kind === 'accepted') afterSighting(desk, answer.accepted.fact, answer.accepted.holds === 'recorded', picture);
      else if (answer.kind === 'kept' && picture) return { ...answer, message: `${answer.message} ${SIGHTING.picture_waits}` };
      return answer;
    },
  });
}

/** @param {Desk} desk @param {FactId} sighting @param {boolean} recorded @param {File | null} picture */
function afterSighting(desk, sighting, recorded, picture) {
  const words = [SIGHTING.sent, recorded ? '' : `${NOT_RECORDED}.`].filter(Boolean).join(' ');
  if (picture) addPicture(desk, sighting, picture, words);
  else note(desk.said, words);
}

/** @param {Desk} desk @param {FactId} sighting @param {File} picture @param {string} before */
async function addPicture(desk, sighting, picture, before) {
  note(desk.said, `${before} ${SIGHTING.picture_going}`);
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
export function reportThreat({ send, said }, words = 'Report an immediate threat') {
  openSheet({
    title: words,
    intro: 'It goes at once to those who may call lock-down. If you can, call 911 too.',
    fields: [{ name: 'reason', label: 'What is happening' }, { name: 'place', label: 'Where' }],
    send: 'Report it now',
    tone: 'severe',
    onsend: async (values) => {
      const answer = await send({ name: 'report_threat', ...filled(values) });
      if (answer.kind === 'accepted') {
        note(said, `Threat reported.${answer.accepted.holds === 'recorded' ? '' : ` ${NOT_RECORDED}.`} It goes to those who may call lock-down.`, 'kept');
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
    title: 'Ask for 911, PD or SO',
    intro: LINE_SAYS.not_a_dialler,
    fields: [
      { name: 'agency', label: 'Whom?', kind: 'select', options: AGENCY_CHOICE },
      { name: 'basis', label: 'Why?', kind: 'select', options: BASIS_CHOICE },
      { name: 'state', label: 'How far is it?', kind: 'select', options: FIRST_STATES.map((state) => [state, LINE_STATE[state]]) },
      ...(full ? [
        { name: 'decided_by', label: 'Who decided, if not you' },
        { name: 'called_by', label: 'Who calls, if not you' },
        { name: 'number', label: 'Number called' },
        { name: 'incident_number', label: 'Incident number that they gave' },
      ] : []),
      { name: 'note', label: 'Anything else' },
    ],
    send: 'Record it now',
    tone: 'severe',
    onsend: async ({ agency = '911', basis = 'immediate_threat', state = 'requested', ...rest }) => {
      const answer = await send({ name: 'open_escalation', agency: /** @type {Agency} */ (agency), basis: /** @type {Basis} */ (basis), state: /** @type {LineState} */ (state), ...filled(rest) });
      if (answer.kind === 'accepted' && answer.accepted.holds === 'shown_only') tell(said, answer);
      else if (answer.kind === 'accepted') note(said, `${AGENCY[/** @type {Agency} */ (agency)]}: ${LINE_STATE[/** @type {LineState} */ (state)].toLowerCase()}. Lockstep is telling the SRO and the district.`);
      return answer;
    },
  });
}
