// Sheets: a question with its fields, sent once, with the answer in place. A sheet closes by
// itself only when what it asked was accepted; a refusal stays on it, with what to do.

/** @import {Answer} from './types.js' */
import { h, say, show } from './draw.js';
import { answered } from './words.js';

/** @typedef {{name: string, label: string, kind?: 'text' | 'pin' | 'number' | 'select', required?: boolean, hint?: string,
 *   options?: [string, string][]}} Field */
/** @typedef {{title: string, intro?: string, body?: HTMLElement, fields?: Field[], send: string, tone?: 'severe' | 'calm',
 *   onsend: (values: Record<string, string>) => Promise<Answer>, onclose?: () => void}} Question */

/** The longest free text of one field, in characters, as the server takes it. */
const TEXT_MAX = 500;

/** Asks. @param {Question} question @returns {{dialog: HTMLDialogElement, answer: (answer: Answer) => void}} */
export function openSheet({ title, intro, body, fields = [], send, tone = 'calm', onsend, onclose }) {
  const inputs = fields.map(makeField);
  const note = h('p', { class: 'answer', role: 'alert', hidden: true });
  const submit = h('button', { type: 'submit', class: tone === 'severe' ? 'severe' : 'primary' }, send);
  const cancel = h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel');
  const form = h('form', { class: 'sheet' },
    h('h2', {}, title), intro ? h('p', {}, intro) : null, body, ...inputs.map(({ row }) => row), note,
    h('div', { class: 'actions' }, submit, cancel));
  const dialog = h('dialog', { 'aria-label': title }, form);

  /** @param {Answer} answer */
  const answer = (answer) => {
    if (answer.kind === 'accepted' && answer.accepted.holds !== 'shown_only') { dialog.close(); return; }
    say(note, answered(answer));
    note.className = `answer ${answer.kind}`;
    show(note, true);
    // What is in doubt or kept is not to be sent a second time under a new id.
    const again = answer.kind === 'refused' || answer.kind === 'unsent';
    show(submit, again);
    say(cancel, again ? 'Cancel' : 'Close');
    for (const { field, input } of inputs) if (field.kind === 'pin') /** @type {HTMLInputElement} */ (input).value = '';
    note.scrollIntoView({ block: 'nearest' });
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const values = Object.fromEntries(inputs.map(({ field, input }) => [field.name, input.value.trim()]));
    try {
      answer(await onsend(values));
    } finally {
      submit.disabled = false;
    }
  });
  dialog.addEventListener('close', () => { dialog.remove(); onclose?.(); });
  document.body.append(dialog);
  dialog.showModal();
  // The first thing to fill in; where nothing must be, the button that sends.
  const first = inputs.find(({ field }) => field.required)?.input ?? (tone === 'severe' ? submit : inputs[0]?.input) ?? submit;
  first.focus();
  return { dialog, answer };
}

/** @param {Field} field */
function makeField(field) {
  const { name, label, kind = 'text', required = false, hint } = field;
  /** @type {HTMLInputElement | HTMLSelectElement} */
  let input;
  if (kind === 'select') {
    input = h('select', { name }, ...(field.options ?? []).map(([value, words]) => h('option', { value }, words)));
  } else if (kind === 'pin') {
    input = h('input', { name, type: 'password', inputmode: 'numeric', autocomplete: 'off', required, maxlength: 32 });
  } else if (kind === 'number') {
    input = h('input', { name, type: 'number', inputmode: 'numeric', min: 0, max: 9999, step: 1, required });
  } else {
    input = h('input', { name, type: 'text', autocomplete: 'off', required, maxlength: TEXT_MAX });
  }
  const row = h('label', { class: 'field' }, h('span', {}, required || kind === 'select' ? label : `${label} (optional)`), input,
    hint ? h('small', {}, hint) : null);
  return { field, input, row };
}

/** The fields that were filled in, and no others. @param {Record<string, string>} values */
export const filled = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
