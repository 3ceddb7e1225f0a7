// The district's policy: read by whoever answers for a campus, changed by those who may. A change
// is put at the version that was read; where somebody else was faster, what stands now is shown
// beside what was typed, and nothing is overwritten behind anybody's back.

/** @import {Answer} from './types.js' */
/** @import {Field, Made} from './sheet.js' */
import { ask, sayPlain, tellPage, whoAmI } from './direct.js';
import { h, once, say, show } from './draw.js';
import { LOCALE, english } from './language.js';
import { makeField } from './sheet.js';
import { mayDirect } from './view.js';
import { POLICY, POLICY_SAYS } from './words-direct.js';

sayPlain();

/** @typedef {Record<string, string | number | boolean | null>} Policy */
/** @typedef {{version: number, policy: Policy}} Standing */

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ (find('form'));

/** A value as a field holds it, and as people read it. @param {string} key @param {Policy} policy */
const typed = (key, policy) => String(policy[key] ?? '');
/** @param {string} key @param {Policy} policy */
const words = (key, policy) => POLICY.find(({ name }) => name === key)?.options?.find(([value]) => value === typed(key, policy))?.[1]
  ?? (typed(key, policy) === '' ? POLICY_SAYS.never : key === 'immediate_threat_locks_after_s' ? POLICY_SAYS.seconds(typed(key, policy)) : typed(key, policy));

/** Words that the district wrote are shown as it wrote them. @template {HTMLElement} E @param {Field['kind']} kind @param {string} name @param {E} element */
function asWritten(kind, name, element) {
  if (name.endsWith('_es')) element.lang = 'es';
  else if (kind === 'long') english(element);
  return element;
}

/** What a field holds, as the policy has it. Bounds are the server's to judge. @param {Field} field @param {string} value */
function meant({ kind, options }, value) {
  if (kind === 'number') return value === '' ? null : Number(value);
  return options?.some(([key]) => key === 'true') ? value === 'true' : value;
}

/** What the last answer said that stands. @param {Standing} standing */
function drawVersion({ version }) {
  say(find('version'), POLICY_SAYS.version(version, new Date().toLocaleTimeString(LOCALE)));
}

/** @param {Standing} standing */
function drawStanding({ policy }) {
  find('standing').replaceChildren(...POLICY.flatMap(({ name, label, hint, kind }) => [
    h('dt', {}, label), h('dd', {}, asWritten(kind, name, h('strong', {}, words(name, policy))), hint && kind !== 'number' ? h('small', {}, hint) : null)]));
  show(find('standing'), true);
}

/** @param {import('./types.js').Face} face @param {Standing} standing */
function drawForm(face, standing) {
  const fields = POLICY.map((field) => {
    const made = makeField({ ...field, value: typed(field.name, standing.policy) });
    const now = h('small', { class: 'stands-now', hidden: true });
    asWritten(field.kind, field.name, made.input);
    made.row.append(now);
    return { ...made, now };
  });
  const why = makeField({ name: 'reason', label: POLICY_SAYS.why });
  const pin = makeField({ name: 'pin', label: POLICY_SAYS.pin, kind: 'pin', required: true });
  const submit = h('button', { type: 'submit', class: 'primary' }, POLICY_SAYS.change);

  /** Under each value that differs stands what it would take the place of. */
  const compare = () => {
    for (const { field, read, now } of fields) {
      const differs = read() !== typed(field.name, standing.policy);
      say(now, differs ? POLICY_SAYS.now(words(field.name, standing.policy)) : '');
      show(now, differs);
    }
  };
  /** Takes what stands now; what was typed stays where it was typed. @param {Standing} next */
  const take = (next) => {
    for (const { field, read, write } of fields) {
      if (read() === typed(field.name, standing.policy)) write(typed(field.name, next.policy));
    }
    standing = next;
    drawVersion(standing);
    compare();
  };
  const put = async () => {
    const policy = { ...standing.policy, ...Object.fromEntries(fields.map(({ field, read }) => [field.name, meant(field, read())])) };
    if (fields.every(({ now }) => now.hidden)) return tellPage({ kind: 'unsent', message: POLICY_SAYS.same });
    /** @type {import('./direct.js').Asked<Standing & {changes: string[]}>} */
    const { made, answer } = await ask(face, 'PUT', '/policy', { expected: standing.version, policy, reason: why.read() || undefined, pin: pin.read() });
    pin.write('');
    if (made) {
      // What was sent stands, also where the server trimmed it.
      standing = { version: made.version, policy };
      take(made);
      why.write('');
      say(find('said'), POLICY_SAYS.changed(made.version, made.changes));
      find('said').className = 'answer accepted';
      show(find('said'), true);
      return undefined;
    }
    return tellPage(answer.kind === 'refused' && answer.refusal.code === 'version_conflict' ? await conflict(answer) : answer);
  };
  /** @param {Extract<Answer, {kind: 'refused'}>} refused @returns {Promise<Answer>} */
  const conflict = async (refused) => {
    /** @type {import('./direct.js').Asked<Standing>} */
    const { made, answer } = await ask(face, 'GET', '/policy');
    if (!made) return answer;
    take(made);
    return { kind: 'refused', refusal: { ...refused.refusal, advice: POLICY_SAYS.conflict(made.version) } };
  };

  form.append(...fields.map(({ row }) => row), why.row, pin.row, h('div', { class: 'actions' }, submit));
  form.addEventListener('input', compare);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    once(submit, put);
  });
  show(form, true);
}

const me = await whoAmI();
if (me) {
  /** @type {import('./direct.js').Asked<Standing>} */
  const { made: standing, answer } = await ask(me.face, 'GET', '/policy');
  if (standing) {
    drawVersion(standing);
    if (mayDirect('change_policy', me.you.role)) drawForm(me.face, standing);
    else drawStanding(standing);
  } else tellPage(answer);
}
