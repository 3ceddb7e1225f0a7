// What became of a ground or clear whose answer did not come: the pages' own rule, without a page.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Asked } from '../../server/web/asked.js';

const LOST = { kind: 'in_doubt', message: 'not known' };
const UNSENT = { kind: 'unsent', message: 'not sent' };
const IN_DOUBT = { kind: 'in_doubt', message: 'not known here either' };
const ACCEPTED = { kind: 'accepted', accepted: { id: 'a', fact: 'f', holds: 'recorded' } };
const refused = (code) => ({ kind: 'refused', refusal: { code, message: code, advice: '' } });
const clear = { type: 'command', campus: 'north-high', request: { id: 'a', pin: '2468', command: { name: 'give_all_clear', lifts: [], seen: { epoch: 1, seq: 4 } } } };

/** One clear on its way, what was sent, and what its author heard. */
function sent({ connected = true, late = true } = {}) {
  const frames = [];
  const heard = [];
  const wire = { connected };
  const asked = new Asked((frame) => wire.connected && frames.push(frame) > 0);
  const first = asked.ask(clear, { deadline: 5000, lost: LOST, unsent: UNSENT, ...(late ? { late: (answer) => heard.push(answer) } : {}) });
  return { asked, frames, heard, wire, first };
}

test.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
test.afterEach(() => mock.timers.reset());

test('what never left is not sent, and not asked about', async () => {
  const { asked, frames, first } = sent({ connected: false });
  assert.equal(await first, UNSENT);
  asked.gone();
  asked.again(performance.now());
  assert.deepEqual(frames, []);
});

test('a lost connection leaves a clear in doubt, and the next one is asked at once, marked so', async () => {
  const { asked, frames, heard, wire, first } = sent();
  wire.connected = false;
  asked.gone();
  assert.equal(await first, LOST);
  asked.again(performance.now());
  wire.connected = true;
  asked.again(performance.now());
  asked.again(performance.now());
  assert.deepEqual(frames, [clear, { ...clear, request: { ...clear.request, again: true } }]);
  asked.answered('a', ACCEPTED);
  assert.deepEqual(heard, [ACCEPTED]);
  asked.again(performance.now() + 10_000);
  assert.equal(frames.length, 2, 'it is known');
});

test('in doubt at one server and its deadline over: it is asked again, until one knows', async () => {
  const { asked, frames, heard, first } = sent();
  mock.timers.tick(5000);
  assert.equal(await first, LOST);
  for (const [after, answer] of [[3000, IN_DOUBT], [6000, refused('busy')], [9000, refused('proof_throttled')], [12_000, refused('unnamed_raises')]]) {
    asked.again(performance.now() + after);
    asked.answered('a', answer);
  }
  assert.equal(frames.length, 5);
  assert.ok(frames.slice(1).every(({ request }) => request.again && request.id === 'a'));
  assert.deepEqual(heard, [refused('unnamed_raises')], 'a server that cannot be asked has refused nothing');
});

test('it is asked about for ten minutes, and not where nobody wants to hear of it', async () => {
  const old = sent();
  old.asked.gone();
  await old.first;
  old.asked.again(performance.now() + 11 * 60_000);
  assert.equal(old.frames.length, 1);
  const unheard = sent({ late: false });
  unheard.asked.gone();
  assert.equal(await unheard.first, LOST);
  unheard.asked.again(performance.now());
  assert.equal(unheard.frames.length, 1);
});

test('the number of those that wait is bounded', () => {
  const frames = [];
  const asked = new Asked((frame) => frames.push(frame) > 0);
  for (let n = 0; n < 300; n += 1) asked.ask({ ...clear, request: { ...clear.request, id: `${n}` } }, { deadline: 5000, lost: LOST, unsent: UNSENT, late: () => {} });
  asked.gone();
  asked.again(performance.now());
  assert.equal(frames.length - 300, 200);
});
