// The description of the socket, as AsyncAPI's own parser reads it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Parser } from '@asyncapi/parser';

const TEXT = readFileSync(new URL('../../proto/schema/asyncapi.json', import.meta.url), 'utf8');

/** Errors and warnings: that a newer form exists is neither. */
const faults = (/** @type {{ severity: number }[]} */ diagnostics) => diagnostics.filter((one) => one.severity <= 1);

test('AsyncAPI 3 describes the socket: both directions, and every frame a known type', async () => {
  const { document, diagnostics } = await new Parser().parse(TEXT);
  assert.deepEqual(faults(diagnostics), []);
  assert.ok(document);
  assert.equal(document.version(), '3.0.0');
  const messages = document.messages().all().map((message) => message.name()).sort();
  assert.deepEqual(messages, ['ClientFrame', 'ServerFrame']);
  for (const message of document.messages().all()) assert.ok(message.payload()?.oneOf()?.length, `${message.name()} says nothing`);
});

test('the parser would notice a reference to nothing', async () => {
  const broken = TEXT.replace('#/components/schemas/ServerFrame', '#/components/schemas/NoFrame');
  const { diagnostics } = await new Parser().parse(broken);
  assert.notEqual(faults(diagnostics).length, 0);
});
