// What the pages say, without a page: that Spanish says all that English does, and that nothing
// which a person reads stands anywhere but in the tables. That no text is missing in either
// language is the type checker's to find.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

// Of the two languages that modules choose from here, this process speaks Spanish.
Object.defineProperty(globalThis, 'navigator', { value: { languages: ['es-US'] }, configurable: true });

const WEB = new URL('../../server/web/', import.meta.url);
const file = (name) => readFileSync(new URL(name, WEB), 'utf8');
const table = async (name) => (await import(new URL(name, WEB))).default;
const codes = readFileSync(new URL('../../proto/CODES.md', import.meta.url), 'utf8');

const TABLES = ['words', 'words-command', 'words-direct', 'words-hand', 'words-passkey'];

/** Every text of a table, by where it stands. @returns {[string, string | Function][]} */
const textsOf = (value, at = '') => (typeof value === 'object' ? Object.entries(value).flatMap(([key, one]) => textsOf(one, `${at}.${key}`)) : [[at, value]]);

/** What a table holds that no person reads. */
const NO_TEXT = /^\.(OTHER_LANGUAGE|AGENCY\b)|^\.(POLICY|CERTIFICATION)\.\d+\.(name|kind|required|options\.\d+\.0)$/;

/** The texts of both languages side by side, with a number for each value that goes into one. */
const pairs = (await Promise.all(TABLES.map(async (name) => {
  const [english, spanish] = [await table(`${name}-en.js`), await table(`${name}-es.js`)];
  const theirs = new Map(textsOf(spanish));
  const said = (words, values) => (typeof words === 'function' ? words(...values) : String(words));
  return textsOf(english).filter(([at]) => !NO_TEXT.test(at)).map(([at, text]) => {
    // More than one of everything: grammar alone says "one" in places.
    const values = typeof text === 'function' ? [70, 71, 72].slice(0, text.length) : [];
    // The one list that goes into a text.
    if (at.endsWith('.changed')) values[1] = ['71'];
    return { at: `${name}${at}`, en: said(text, values), es: said(theirs.get(at), values), values };
  });
}))).flat();

test('every refusal has Spanish words, beside its English as it stands, and no other has', async () => {
  const known = [...codes.matchAll(/^\| `(\w+)` \| \d+ \| (.+?) \| (.+?) \|$/gm)].map(([, code, message]) => [code, message]);
  assert.ok(known.length > 40);
  const { REFUSAL } = await table('words-es.js');
  assert.deepEqual(Object.entries(REFUSAL).map(([code, { english }]) => [code, english]), known);
  for (const [code, { message, advice }] of Object.entries(REFUSAL)) assert.ok(message && advice, code);
});

test('every close that says "stay away" has Spanish words, and no other has', async () => {
  const known = [...codes.matchAll(/^\| (\d+) \| no \|/gm)].map(([, code]) => code);
  assert.ok(known.length > 2);
  assert.deepEqual(Object.keys((await table('words-es.js')).CLOSED), known);
});

test('a refusal keeps what was said beyond its code, and one without a code of ours all of it', async () => {
  const { REFUSAL } = await table('words-es.js');
  const { refusalWords } = await import(new URL('words.js', WEB));
  const came = { code: 'bad_frame', message: `${REFUSAL.bad_frame.english} number must have 1 to 60 characters.`, advice: 'x', about: ['number'] };
  assert.deepEqual(refusalWords(came), { ...came, message: `${REFUSAL.bad_frame.message} number must have 1 to 60 characters.`, advice: REFUSAL.bad_frame.advice });
  assert.equal(refusalWords({ ...came, message: 'Otherwise.' }).message, `${REFUSAL.bad_frame.message} Otherwise.`);
  const other = { code: 'of_next_year', message: 'Not yet.', advice: 'Wait.' };
  assert.deepEqual(refusalWords(other), other);
});

test('the language is what was chosen, else the first of the browser\u2019s that there are words in, else English', async () => {
  let n = 0;
  const pick = async (chosen, ...languages) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    if (chosen !== undefined) globalThis.localStorage = { getItem: () => chosen };
    Object.defineProperty(globalThis, 'navigator', { value: { languages }, configurable: true });
    try { return (await import(`${new URL('language.js', WEB)}?${n += 1}`)).LANGUAGE; } finally {
      delete globalThis.localStorage;
      Object.defineProperty(globalThis, 'navigator', before);
    }
  };
  assert.equal(await pick(undefined, 'es-MX', 'en-US'), 'es');
  assert.equal(await pick(undefined, 'fr-FR', 'es', 'en'), 'es');
  assert.equal(await pick(undefined, 'en-US', 'es'), 'en');
  assert.equal(await pick(undefined, 'et-EE'), 'en');
  assert.equal(await pick(undefined), 'en');
  assert.equal(await pick('es', 'en-US'), 'es');
  assert.equal(await pick('en', 'es-US'), 'en');
  assert.equal(await pick(null, 'es-US'), 'es');
});

/** What says in English that something is marked, real or no all clear says so in Spanish (D1, D2, S2 to S4, E2). */
const SAID_TOO = [
  [/\bDRILL\b/, /\bSIMULACRO\b/], [/\bREAL\b/, /\bREAL\b/], [/OVERDUE/, /VENCIDA/], [/UNSWEPT/, /RECORRIDO INCOMPLETO/], [/SET ASIDE/, /VETO DESCARTADO/],
  [/GIVEN FROM OFF CAMPUS/, /DADO DESDE FUERA DEL PLANTEL/], [/not a law-enforcement all clear/, /no es un todo despejado de la policía/],
  [/Do not rely on this screen/, /o confíe en esta pantalla/], [/\ball clear\b/i, /todo despejado|levantamiento/i], [/\block-down\b/i, /cierre/i],
  [/\b911\b/, /\b911\b/], [/\bSRO\b/, /\bSRO\b/], [/\bSSO\b/, /\bSSO\b/], [/\bPD\b/, /\bPD\b/], [/\bSO\b/, /\bSO\b/], [/\bPIN\b/, /\bPIN\b/],
  [/not connected|Not connected/, /sin conexión/i], [/[Nn]ot (yet )?recorded/, /sin registrar|no consta/i], [/\u2026$/, /\u2026$/],
];

test('Spanish leaves out no warning and no mark, and puts in none of its own', () => {
  for (const { at, en, es } of pairs) {
    for (const [english, spanish] of SAID_TOO) if (english.test(en)) assert.match(es, spanish, `${at}: ${en}`);
    for (const word of [/SIMULACRO/, /\bREAL\b/, /VENCIDA/]) if (word.test(es)) assert.match(en, /DRILL|\bREAL\b|OVERDUE/, `${at}: ${es}`);
  }
});

test('every value that an English text tells, the Spanish tells too', () => {
  for (const { at, en, es, values } of pairs) {
    for (const value of values) if (en.includes(String(value))) assert.ok(es.includes(String(value)), `${at}: ${es} without ${value}`);
  }
});

test('what fields of the plain pages hold is the same in both languages', async () => {
  const [english, spanish] = await Promise.all(['en', 'es'].map(async (language) => textsOf(await table(`words-direct-${language}.js`))
    .filter(([at]) => /^\.(POLICY|CERTIFICATION)\b/.test(at) && NO_TEXT.test(at))));
  assert.ok(english.length > 20);
  assert.deepEqual(spanish, english);
});

test('nothing in Spanish is left in English', () => {
  const alike = pairs.filter(({ en, es }) => en === es && /\p{L}{2}/u.test(en));
  assert.deepEqual([...new Set(alike.map(({ en }) => en))].sort(), ['No', 'Normal', 'SRO', 'SSO']);
});

// A text for people begins as a sentence does, or has two words beside each other. It stands in a
// table; classes, selectors, names of keys and what only a developer reads may look the same.
const TOKENS = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{[^{}]*\}|[^`\\])*`/g;
const FOR_PEOPLE = /^\p{Lu}\p{Ll}|\p{Ll} \p{L}*\p{Ll}/u;
const FOR_MACHINES = /(class: |\bkey === |className = |querySelector(All)?\(|new Error\()$/;
const NAME = 'Lockstep';

function forPeople(code) {
  return [...code.matchAll(TOKENS)].filter((found) => !/^\/[/*]/.test(found[0]) && !FOR_MACHINES.test(code.slice(0, found.index)))
    .map(([token]) => token.slice(1, -1).replace(/\$\{[^{}]*\}/g, '\u2039\u203a')).filter((text) => text !== NAME && FOR_PEOPLE.test(text));
}

test('a text for people that stands in code is noticed', () => {
  const planted = (line) => forPeople(`/** It's a "comment" of two words. */ const a = 1; // and another's\nh('p', { class: 'answer refused' }, ${line});`);
  for (const line of ["'Needs an answer'", '`Seen at ${time}`', "'Where'", '`${n} rooms left`', '"not yet"']) assert.equal(planted(line).length, 1, line);
  for (const line of ["'click'", '`${name}`', "'pageshow'", 'words.where', "'Lockstep'"]) assert.deepEqual(planted(line), [], line);
});

/** It is for whoever works on the pages, about both languages, in English. */
const DESIGN = /^design\./;

test('no text for people stands in the pages\u2019 code', () => {
  const names = readdirSync(WEB).filter((name) => name.endsWith('.js') && !DESIGN.test(name) && !/^words-.*(en|es|es-refusals)\.js$/.test(name));
  assert.ok(names.length > 30);
  for (const name of names) assert.deepEqual(forPeople(file(name)), [], name);
});

test('no text for people stands in the pages\u2019 HTML, save what must be read without any script', () => {
  const names = readdirSync(WEB).filter((name) => name.endsWith('.html') && !DESIGN.test(name));
  assert.ok(names.length > 7);
  for (const name of names) {
    const html = file(name);
    const body = html.slice(html.indexOf('<body')).replace(/<noscript>[\s\S]*?<\/noscript>/g, '');
    for (const [, attributes, text] of body.matchAll(/<\w+([^>]*)>([^<]*\p{L}[^<]*)</gu)) {
      assert.ok(/data-say="/.test(attributes) || [NAME, 'Unknown \u2013 not connected'].includes(text.trim()), `${name}: ${text}`);
    }
    assert.doesNotMatch(body, / (aria-label|title|alt|placeholder)="/, name);
    assert.match(body, /<button type="button" id="language" class="language" hidden>/, `${name} has a way to the other language`);
    for (const [noscript] of html.matchAll(/<noscript>[\s\S]*?<\/noscript>/g)) assert.match(noscript, /lang="es"/, name);
  }
});
