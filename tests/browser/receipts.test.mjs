// R1: what came in and what was painted is said again until the server says that it is kept. The
// clock, the paint and the way to the server are arguments; nothing waits.
//
// Seen to fail with each of these planted in `receipts.js`: `again` doing nothing, `kept` doing
// nothing, a received that answers for displayed, `forget` doing nothing, an older connection's
// paint said on a newer one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Followed } from '../../server/web/followed.js';
import { Receipts } from '../../server/web/receipts.js';

const at = '2026-11-24T15:42:00Z';
const alerts = {
  call: { card: 'raise', id: 'a', level: 'lock_down', at, recorded: true },
  drill: { card: 'drill', id: 'd', kind: 'lock_down', posture: 'lock_down', instruction: '', since: at, at },
  test: { card: 'drill', id: 't', kind: 'test_alert', posture: 'normal', instruction: '', since: at, at },
};

function client() {
  const campus = new Followed('c', 0);
  const sent = [];
  const paints = [];
  const receipts = new Receipts((frame) => sent.push(`${frame.stage} ${frame.through.seq}`), (then) => paints.push(then));
  const shows = (seq, cards) => campus.takePart({ type: 'snapshot', campus: 'c', position: { epoch: 1, seq }, part: 1, parts: 1, cards });
  return { campus, receipts, shows, applied: (now) => receipts.applied(campus, now), paint: (now) => paints.splice(0).forEach((then) => then(now)),
    again: (now) => receipts.again([campus], now), kept: (stage, seq) => receipts.kept(campus, { campus: 'c', stage, through: { epoch: 1, seq } }), said: () => sent.splice(0) };
}

for (const [kind, card] of Object.entries(alerts)) {
  test(`R1 D5 of a ${kind} both stages are said, and again until both are kept`, () => {
    const one = client();
    one.shows(4, [card]);
    one.applied(0);
    assert.deepEqual(one.said(), ['received 4'], 'nothing is displayed before it is painted');
    one.paint(50);
    one.applied(60);
    assert.deepEqual(one.said(), ['displayed 4'], 'the same is not said twice at once');
    one.again(2000);
    assert.deepEqual(one.said(), []);
    one.again(3100);
    assert.deepEqual(one.said(), ['received 4', 'displayed 4']);
    one.kept('received', 4);
    one.again(60_000);
    assert.deepEqual(one.said(), ['displayed 4'], 'that it came in does not say that it was drawn');
    one.kept('displayed', 3);
    one.again(120_000);
    assert.deepEqual(one.said(), ['displayed 4'], 'an older answer is none');
    one.kept('displayed', 4);
    one.again(600_000);
    assert.deepEqual(one.said(), []);
  });
}

test('R1 on a new connection all is said anew, and an older paint is not', () => {
  const one = client();
  one.shows(4, [alerts.call]);
  one.applied(0);
  one.receipts.forget();
  one.paint(50);
  assert.deepEqual(one.said(), ['received 4']);
  one.applied(100);
  one.paint(150);
  one.kept('displayed', 4);
  one.again(60_000);
  assert.deepEqual(one.said(), ['received 4', 'displayed 4'], 'one answer for both');
});

test('R1 nothing is said of a calm screen, nor of a release', () => {
  const one = client();
  one.shows(4, [{ card: 'release', id: 'r', seq: 4, kind: 'all_clear', at }]);
  one.applied(0);
  one.paint(50);
  one.again(60_000);
  assert.deepEqual(one.said(), []);
});
