// Sound on the command page and the board: off until it is asked for, a tone of its own for a call, a
// plea and a duty, and never in a classroom. Seen in the notes that a page plays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PIN, browser, button, call, close, command, complaints, enrol, newPage, reads, server, stage } from './support.mjs';

const NORTH = 'north-high';
const [CALL, PLEA, DUTY] = [880, 1319, 659];

stage();

async function open(principal, face) {
  const page = await newPage(browser);
  await page.addInitScript(() => {
    window.heard = [];
    const Real = window.OscillatorNode;
    window.OscillatorNode = class extends Real {
      constructor(audio, how) { super(audio, how); window.heard.push(how.frequency); }
    };
  });
  page.heard = () => page.evaluate(() => window.heard.splice(0));
  page.hears = (note) => page.waitForFunction((wanted) => window.heard.includes(wanted), note);
  return enrol(page, server, principal, face);
}

test('a call, a plea and a duty each have their own tone, on command and board, once somebody asked for sound', async () => {
  const [sam, lee, wall, room] = await Promise.all([open('person:sam.cole', 'command'), open('person:lee.park', 'command'), open('person:wall', 'board'), open('device:north-n101', 'classroom')]);
  await Promise.all([sam, lee, room].map((page) => reads(page, 'Normal')));
  for (const page of [sam, wall]) {
    await button(page, 'Turn sound on').click();
    assert.ok((await page.heard()).includes(DUTY), 'whoever turns it on hears that it is on');
  }
  // A drill sounds like nothing real.
  const { fact: drill } = await command(server, 'person:sam.cole', NORTH, { name: 'start_drill', kind: 'lock_down' }, PIN);
  await Promise.all([sam, wall].map((page) => page.getByText('DRILL: lock-down').first().waitFor()));
  assert.deepEqual([...await sam.heard(), ...await wall.heard()], [], `drill ${drill}`);

  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down', place: 'Gym' });
  await Promise.all([sam.hears(CALL), wall.hears(CALL)]);
  await sam.hears(DUTY);
  assert.ok(!(await wall.heard()).includes(DUTY), 'a duty is heard by whom it asks');
  assert.ok(!(await sam.heard()).includes(PLEA));
  await command(server, 'device:north-n101', NORTH, { name: 'report_room', report: { state: 'need_help' } });
  await Promise.all([sam.hears(PLEA), wall.hears(PLEA)]);

  // It is remembered in this browser; what a page finds as it opens makes no sound.
  await sam.reload();
  await reads(sam, 'Lock-down');
  await button(sam, 'Press for sound').waitFor();
  await sam.locator('ls-posture').click();
  await button(sam, 'Turn sound off').waitFor();
  assert.ok(!(await sam.heard()).includes(CALL));
  await command(server, 'person:tom.becker', NORTH, { name: 'call_lock_down', place: 'Library' });
  await sam.hears(CALL);
  await button(sam, 'Turn sound off').click();
  await sam.heard();
  await command(server, 'person:kim.ortega', NORTH, { name: 'call_lock_down', place: 'Field' });
  await sam.getByText('3 calls').first().waitFor();
  assert.deepEqual(await sam.heard(), []);

  // Who never asked hears nothing, and a classroom cannot ask.
  assert.deepEqual([...await lee.heard(), ...await room.heard()], []);
  assert.equal(await room.getByRole('button', { name: /sound/i }).count(), 0);
  await close(sam, lee, wall, room);
});

test('no page broke the policy, asked elsewhere or threw', () => {
  assert.deepEqual(complaints, []);
});
