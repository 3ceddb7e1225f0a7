// R3 and R2: the browser's copy of the screen's rule against the cases that every copy
// passes, `proto/cases/screen.json` (`proto/tests/screen_cases.rs` runs them in Rust).
//
// Seen to fail with each of these planted in `screen.js`: `<=` for `<` in the check for
// older positions, the hold left out of `takeEvent` or `takeSnapshot`, covers read as
// naming everything, `held` not cleared when an item is offered again, the first release's
// words in place of the newest's, `reliable` without its look at `held`, `drill` without its
// look at what is real.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Screen, keyOf, reachOf } from '../../server/web/screen.js';

const file = new URL('../../proto/cases/screen.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8'));

function take(screen, step) {
  assert.equal(Object.keys(step).length, 1);
  if (step.snapshot) return screen.takeSnapshot(step.snapshot.position, step.snapshot.cards);
  return screen.takeEvent(step.event.position, step.event.put, step.event.drop);
}

function start({ position, cards, held }) {
  const screen = new Screen();
  screen.position = position;
  screen.cards = new Map(cards.map((card) => [keyOf(card), card]));
  screen.held = new Set(held);
  return screen;
}

test('no case went missing', () => assert.ok(cases.length > 30));

for (const { name, rule, start: from, steps, expect } of cases) {
  test(`${rule} ${name}`, () => {
    const screen = start(from);
    assert.deepEqual(steps.map((step) => take(screen, step)), expect.taken, 'taken');
    assert.equal(screen.posture(), expect.posture, 'posture');
    assert.equal(screen.checking(), expect.checking, 'checking');
    assert.deepEqual(screen.shows().sort(), expect.items, 'items');
    assert.deepEqual([...screen.held].sort(), expect.held, 'held');
    assert.deepEqual(screen.position, expect.position, 'position');
    if (expect.drills) assert.deepEqual([screen.drill()?.id].filter(Boolean), expect.drills, 'drills');
    if (expect.open_raises) assert.deepEqual(screen.openRaises().sort(), expect.open_raises);
    if (expect.open_releases) assert.deepEqual(screen.openReleases().sort(), expect.open_releases);
    if (expect.sealed) assert.deepEqual(screen.sealed(), expect.sealed);
    if (expect.sealed_first) assert.equal(screen.sealed()[0], expect.sealed_first);
    for (const { pulse, pulse_age_ms: age, is } of expect.reliable ?? []) {
      assert.equal(screen.reliable(pulse, age), is, 'reliable');
    }
  });
}

// L5: the same for how a room stands (`proto/tests/room_cases.rs` runs these in Rust).
const rooms = JSON.parse(readFileSync(new URL('../../proto/cases/rooms.json', import.meta.url), 'utf8'));

test('no case of a room went missing', () => assert.ok(rooms.length > 6));

for (const { name, room, reach } of rooms) test(`L5 ${name}`, () => assert.equal(reachOf(room), reach));
