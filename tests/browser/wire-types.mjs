// The pages' types of the wire, `server/web/wire.d.ts`, follow from its JSON Schema. This writes them
// (UPDATE_WIRE=1), or fails where they are not what it would write.
//
// An emitter of our own: json-schema-to-typescript drops what stands beside a `$ref`, so that every card was left
// with its tag alone, and has a `Position1` to `Position13` for one `Position`. It knows the words of JSON Schema
// that `proto/src/schema.rs` brings forth, and no others.

import { readFileSync, writeFileSync } from 'node:fs';

const WIDTH = 118;
const SCHEMA = new URL('../../proto/schema/lockstep.v1.json', import.meta.url);
const TYPES = new URL('../../server/web/wire.d.ts', import.meta.url);
const HEAD = `// The wire's words for the type checker: made by tests/browser/wire-types.mjs of proto/schema/lockstep.v1.json, which
// is made of proto. Nobody edits them, and no browser ever loads them.
`;

const { oneOf: frames, $defs } = JSON.parse(readFileSync(SCHEMA, 'utf8'));
const names = reached(frames);
names.forEach(tagWithin);
const wanted = HEAD + names.map((name) => `\n${definition(name, $defs[name])}`).join('');
if (process.env.UPDATE_WIRE) writeFileSync(TYPES, wanted);
else if (readFileSync(TYPES, 'utf8') !== wanted) {
  console.error('server/web/wire.d.ts differs from proto/schema/lockstep.v1.json: UPDATE_WIRE=1 npm run types');
  process.exit(1);
}

/** The names of all that the frames are made of: what HTTP alone carries is not for the pages. */
function reached(frames) {
  const names = new Set();
  const visit = (it) => {
    if (it === null || typeof it !== 'object') return;
    const name = it.$ref && refers(it);
    if (name && !names.has(name)) {
      names.add(name);
      visit($defs[name]);
    }
    Object.values(it).forEach(visit);
  };
  visit(frames);
  return [...names].sort();
}

/** No card stands anywhere without its tag, so the tag is part of it: who takes cards of a few kinds narrows by it. */
function tagWithin(name) {
  const ones = $defs[name].oneOf ?? [];
  if (!ones.every((one) => one.$ref && one.properties)) return;
  for (const one of ones) {
    if (JSON.stringify($defs).split(`"${one.$ref}"`).length > 2) throw new Error(`${one.$ref} stands without its tag as well`);
    const it = $defs[refers(one)];
    it.properties = { ...one.properties, ...it.properties };
    it.required = [...one.required, ...(it.required ?? [])];
    delete one.properties;
  }
}

function definition(name, it) {
  const doc = comment(it.description, '');
  if (it.properties) {
    const fields = members(it).map(([field, type]) => `${comment(it.properties[field].description, '  ')}  ${field}${type};\n`);
    return `${doc}export interface ${name} {\n${fields.join('')}}\n`;
  }
  if (it.oneOf?.some((one) => one.properties)) {
    const ones = it.oneOf.map((one) => `\n${comment(one.description, '  ')}  | ${wrapped(type(one), '    ', /(?<=;) /)}`);
    return `${doc}export type ${name} =${ones.join('')};\n`;
  }
  return `${doc}${wrapped(`export type ${name} = ${type(it)};`, '  ', / (?=\|)/)}\n`;
}

/** A schema as an expression. */
function type(it) {
  const among = it.oneOf ?? it.anyOf;
  if (it.$ref) return it.properties ? `${object(it)} & ${refers(it)}` : refers(it);
  if (it.const) return `'${it.const}'`;
  if (among) return among.map(type).join(' | ');
  if (it.enum) return it.enum.map((one) => `'${one}'`).join(' | ');
  if (it.properties) return object(it);
  if (it.propertyNames) return `Partial<Record<${type(it.propertyNames)}, ${type(it.additionalProperties)}>>`;
  if (it.type === 'array') return `${type(it.items)}[]`;
  if (it.type === 'integer') return 'number';
  if (['string', 'boolean', 'null'].includes(it.type)) return it.type;
  throw new Error(`no type for ${JSON.stringify(it)}`);
}

function object(it) {
  return `{ ${members(it).map(([name, type]) => name + type).join('; ')} }`;
}

/** What must be there first, as proto lists it. */
function members({ properties, required = [] }) {
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  return [...required.map((name) => [name, `: ${type(properties[name])}`]), ...optional.map((name) => [name, `?: ${type(properties[name])}`])];
}

function refers({ $ref }) {
  return $ref.replace('#/$defs/', '');
}

function comment(text, indent) {
  if (!text) return '';
  const line = text.replace(/\s+/g, ' ');
  if (indent.length + line.length + 7 <= WIDTH) return `${indent}/** ${line} */\n`;
  return `${indent}/**\n${indent} * ${wrapped(line, `${indent} * `, / /)}\n${indent} */\n`;
}

/** The text in lines that fit, each but the first after the indent. */
function wrapped(text, indent, gap) {
  const lines = [];
  for (const word of text.split(gap)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length && indent.length + longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join(`\n${indent}`);
}
