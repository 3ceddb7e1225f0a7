// Sheets: a question with its fields, sent once, with the answer in place. A sheet closes by
// itself only when what it asked was accepted; a refusal stays on it, with what to do. What was sent
// is not taken back by closing it, and its button says so.

/** @import {Sign} from './passkey.js' */
/** @import {Answer} from './types.js' */
import { h, once, say, show } from './draw.js';
import { APART_MS } from './keyboard.js';
import { SHEET, answered } from './words.js';

/** `value` is what is chosen at first; a PIN's `passkey` says that one may stand in its place; of `checks` any number, given back with commas between.
 * @typedef {{name: string, label: string, kind?: 'text' | 'long' | 'pin' | 'number' | 'date' | 'select' | 'radio' | 'checks' | 'picture', required?: boolean,
 *   hint?: string, passkey?: boolean, options?: [string, string][], value?: string}} Field */
/** One that `stays` does so until there is a first word on what was sent: nobody leaves a clear that is on its way.
 * @typedef {{title: string, intro?: string, body?: HTMLElement, fields?: Field[], send: string, tone?: 'severe' | 'calm', stays?: boolean,
 *   onsend: (values: Record<string, string>, picture: File | null, passkey?: Sign) => Promise<Answer>, onclose?: () => void}} Question */
/** @typedef {{field: Field, row: HTMLElement, input: HTMLElement, read: () => string, write: (value: string) => void, file?: () => File | null}} Made */

/** The longest free text of one field, in characters, as the server takes it. */
const TEXT_MAX = 500;

/** Asks. @param {Question} question @returns {{dialog: HTMLDialogElement, answer: (answer: Answer) => void}} */
export function openSheet({ title, intro, body, fields = [], send, tone = 'calm', stays = false, onsend, onclose }) {
  const inputs = fields.map(makeField);
  const note = h('p', { class: 'answer', role: 'alert', hidden: true });
  const opened = performance.now();
  // The press of Enter that opened it, made twice, sends nothing; a mouse is elsewhere by then.
  const submit = h('button', { type: 'submit', class: tone === 'severe' ? 'severe' : 'primary', onclick: (/** @type {MouseEvent} */ event) => {
    if (event.detail === 0 && performance.now() - opened < APART_MS) event.preventDefault();
  } }, send);
  const cancel = h('button', { type: 'button', onclick: () => dialog.close() }, SHEET.cancel);
  const form = h('form', { class: 'sheet' },
    h('h2', {}, title), intro ? h('p', {}, intro) : null, body, ...inputs.map(({ row }) => row), note,
    h('div', { class: 'actions' }, submit, cancel));
  const dialog = h('dialog', { 'aria-label': title }, form);

  /** Neither its button nor Escape closes it, pressed twice either; a browser that does not know `closedby` is
   * held by the first press alone. @param {boolean} held */
  const hold = (held) => {
    cancel.disabled = held;
    dialog.setAttribute('closedby', held ? 'none' : 'closerequest');
  };
  /** @param {Answer} answer */
  const answer = (answer) => {
    if (answer.kind === 'accepted' && answer.accepted.holds !== 'shown_only') { dialog.close(); return; }
    say(note, answered(answer));
    note.className = `answer ${answer.kind}`;
    show(note, true);
    // What is in doubt or kept is not to be sent a second time under a new id.
    const again = answer.kind === 'refused' || answer.kind === 'unsent';
    show(submit, again);
    say(cancel, again ? SHEET.cancel : SHEET.close);
    for (const { field, input } of inputs) if (field.kind === 'pin' && input instanceof HTMLInputElement) input.value = '';
    if (!again) cancel.focus();
    note.scrollIntoView({ block: 'nearest' });
  };
  /** @param {Sign} [sign] */
  const ask = (sign) => once(submit, async () => {
    say(cancel, SHEET.close);
    hold(stays);
    const values = Object.fromEntries(inputs.filter(({ file }) => !file).map(({ field, read }) => [field.name, read()]));
    const picture = inputs.map(({ file }) => file?.() ?? null).find(Boolean) ?? null;
    const sent = onsend(sign ? { ...values, pin: '' } : values, picture, sign);
    answer(await sent.finally(() => hold(false)));
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  const pin = inputs.find(({ field }) => field.passkey);
  // Brought only now: what a page begins with stays small.
  if (pin && window.PublicKeyCredential) {
    import('./passkey.js').then(({ offer }) => offer(pin.row, (sign) => {
      // Everything else that is asked for has to be there.
      pin.input.toggleAttribute('required', false);
      if (form.reportValidity()) ask(sign);
      pin.input.toggleAttribute('required', true);
    })).catch(() => {});
  }
  dialog.addEventListener('cancel', (event) => { if (cancel.disabled) event.preventDefault(); });
  dialog.addEventListener('close', () => { dialog.remove(); onclose?.(); });
  document.body.append(dialog);
  dialog.showModal();
  // The first thing to fill in; where nothing must be, the button that sends.
  const first = inputs.find(({ field }) => field.required)?.input ?? (tone === 'severe' ? submit : inputs[0]?.input) ?? submit;
  // That button is in sight wherever the sheet is scrolled to: what is asked stays in sight as well.
  first.focus({ preventScroll: first === submit });
  return { dialog, answer };
}

/** @param {Field} field @returns {Made} */
export function makeField(field) {
  const { name, label, kind = 'text', required = false, hint, options = [], value } = field;
  const more = hint ? h('small', {}, hint) : null;
  if (kind === 'radio' || kind === 'checks') return makeChoice(field, more);
  if (kind === 'select') {
    const input = h('select', { name }, ...options.map(([key, words]) => h('option', { value: key, selected: key === value }, words)));
    return { field, input, row: h('label', { class: 'field' }, h('span', {}, label), input, more), read: () => input.value, write: (to) => { input.value = to; } };
  }
  const input = kind === 'picture' ? h('input', { name, type: 'file', accept: 'image/*' })
    : kind === 'pin' ? h('input', { name, type: 'password', inputmode: 'numeric', autocomplete: 'off', required, maxlength: 32 })
      : kind === 'number' ? h('input', { name, type: 'number', inputmode: 'numeric', min: 0, max: 9999, step: 1, required, value })
        : kind === 'date' ? h('input', { name, type: 'date', required })
          : kind === 'long' ? h('textarea', { name, rows: 4, required, maxlength: TEXT_MAX }, value)
            : h('input', { name, type: 'text', autocomplete: 'off', required, maxlength: TEXT_MAX, value });
  const row = h('label', { class: 'field' }, h('span', {}, required ? label : SHEET.optional(label)), input, more);
  const write = (/** @type {string} */ to) => { input.value = to; };
  return { field, input, row, read: () => input.value.trim(), write, ...(input.type === 'file' ? { file: () => /** @type {HTMLInputElement} */ (input).files?.[0] ?? null } : {}) };
}

/** One of several, or any of them, each with a target that a thumb hits.
 * @param {Field} field @param {HTMLElement | null} more @returns {Made} */
function makeChoice({ name, label, kind, options = [], value, required, ...rest }, more) {
  const type = kind === 'radio' ? 'radio' : 'checkbox';
  const boxes = options.map(([key]) => h('input', { type, name, value: key, checked: key === value, required: kind === 'radio' && required }));
  const row = h('fieldset', { class: 'field choice' }, h('legend', {}, label),
    ...options.map(([, words], i) => h('label', {}, boxes[i], h('span', {}, words))), more);
  const read = () => boxes.filter((box) => box.checked).map((box) => box.value).join(',');
  const write = (/** @type {string} */ to) => { for (const box of boxes) box.checked = to.split(',').includes(box.value); };
  return { field: { name, label, kind, options, value, required, ...rest }, input: boxes[0] ?? row, row, read, write };
}

/** The fields that were filled in, and no others. @param {Record<string, string>} values */
export const filled = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
