// How a list is brought up to date: what stays where it is when others move around it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rising } from '../../server/web/draw.js';

/** How long the longest rising run is, the slow way. */
function longest(places) {
  const ends = places.map(() => 0);
  places.forEach((place, i) => {
    if (place >= 0) ends[i] = 1 + Math.max(0, ...ends.slice(0, i).filter((_, j) => places[j] >= 0 && places[j] < place));
  });
  return Math.max(0, ...ends);
}

test('as few move as can be, whatever the order was', () => {
  const random = (n) => Math.floor(Math.random() * n);
  for (let round = 0; round < 2000; round += 1) {
    const places = Array.from({ length: random(12) }, (_, i) => i).sort(() => Math.random() - 0.5).map((place) => (random(4) === 0 ? -1 : place));
    const stay = [...rising(places)].sort((a, b) => a - b).map((i) => places[i]);
    assert.ok(stay.every((place, i) => place >= 0 && (i === 0 || place > stay[i - 1])), `${places}: ${stay}`);
    assert.equal(stay.length, longest(places), `${places}: ${stay}`);
  }
});

test('one that goes to the end, or comes from there, moves alone', () => {
  assert.equal(rising([1, 2, 3, 4, 0]).size, 4);
  assert.equal(rising([4, 0, 1, 2, 3]).size, 4);
  assert.equal(rising([]).size, 0);
  assert.equal(rising([-1, -1]).size, 0);
});
