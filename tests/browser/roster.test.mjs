// Rosters on the pages (I4): asked for in an incident alone, by those who answer for the campus, and what
// came shown with its count; in both languages.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PHONE, button, call, close, command, open, openOfficer, reads, server, stage } from './support.mjs';

const NORTH = 'north-high';

stage();

/** The classes of two rooms, put in at the shell. */
function refresh() {
  const folder = join(server.data, 'oneroster');
  mkdirSync(folder);
  const files = {
    'manifest.csv': 'propertyName,value\noneroster.version,1.2\nfile.orgs,bulk\nfile.users,bulk\nfile.roles,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n',
    'orgs.csv': 'sourcedId,name,type,identifier\ns1,North,school,north-high\n',
    'users.csv': 'sourcedId,givenName,familyName\nana.ruiz,Ana,Ruiz\ntom.becker,Tom,Becker\njoy.adams,Joy,Adams\nraj.patel,Raj,Patel\nst1,Quetzal,Zebrowska\nst2,Al,Pupil\n',
    'roles.csv': 'userSourcedId,role,orgSourcedId\nana.ruiz,principal,s1\ntom.becker,principal,s1\njoy.adams,teacher,s1\nraj.patel,teacher,s1\n',
    'classes.csv': 'sourcedId,title,location,schoolSourcedId,periods\nk1,Algebra,N101,s1,1\nk2,Biology,N102,s1,2\n',
    'enrollments.csv': 'classSourcedId,userSourcedId,role\nk1,st1,student\nk1,st2,student\nk2,st2,student\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { status, stderr } = spawnSync(process.env.LOCKSTEP_SERVER_BIN, ['--data', server.data, 'directory', 'refresh', '--oneroster', folder], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

test('i4_a_roster_is_asked_for_in_an_incident_and_shown_with_its_count', async () => {
  refresh();
  const ana = await open('person:ana.ruiz', 'command');
  await ana.locator('ls-rooms').waitFor();
  assert.equal(await button(ana, 'Open a roster\u2026').count(), 0, 'nothing is open');
  await command(server, 'person:ana.ruiz', NORTH, { name: 'call_lock_down' });
  await button(ana, 'Open a roster\u2026').click();
  const dialog = ana.locator('dialog');
  await dialog.getByText('That you read it is on record.').waitFor();
  await dialog.locator('select').selectOption('n101');
  await button(ana, 'Open the roster').click();
  await dialog.getByText('Algebra, Room 101, period 1: 2').waitFor();
  assert.deepEqual(await dialog.locator('li').allInnerTexts(), ['Al Pupil', 'Quetzal Zebrowska']);
  if (process.env.PICTURES) await ana.screenshot({ path: join(process.env.PICTURES, 'roster-laptop.png') });
  await button(ana, 'Close').click();
  assert.equal(await ana.locator('dialog').count(), 0);
  assert.ok(!(await ana.content()).includes('Zebrowska'), 'nothing of it is kept');
  const { entries } = await call(server, 'person:ana.ruiz', `/v1/campuses/${NORTH}/timeline`);
  assert.equal(entries.filter((entry) => JSON.stringify(entry).includes('roster_opened')).length, 1);
  await close(ana);
});

test('i4_an_officer_reads_it_on_a_phone_in_spanish', async () => {
  const sam = await openOfficer('person:sam.cole', { locale: 'es-US' });
  await sam.getByRole('tab', { name: /Salones/ }).or(sam.getByRole('button', { name: /Salones/ })).first().click();
  await button(sam, 'Abra una lista…').click();
  await button(sam, 'Abra la lista').click();
  await sam.locator('dialog').getByText('Biology').waitFor();
  if (process.env.PICTURES) await sam.screenshot({ path: join(process.env.PICTURES, 'roster-phone.png') });
  const wide = await sam.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  assert.ok(!wide, 'it fits');
  await close(sam);
});

test('i4_a_teacher_reads_the_list_of_their_own_room_on_a_dark_phone', async () => {
  const joy = await open('person:joy.adams', 'classroom', { viewport: PHONE });
  await joy.locator('summary').click();
  await button(joy, 'Open your class list\u2026').click();
  const dialog = joy.locator('dialog');
  await dialog.getByText('That you read it is on record.').waitFor();
  assert.deepEqual(await dialog.locator('option').allInnerTexts(), ['Room 101'], 'no other room, and not the campus');
  await button(joy, 'Open the roster').click();
  await dialog.getByText('Algebra, Room 101, period 1: 2').waitFor();
  assert.deepEqual(await dialog.locator('li').allInnerTexts(), ['Al Pupil', 'Quetzal Zebrowska']);
  if (process.env.PICTURES) await joy.screenshot({ path: join(process.env.PICTURES, 'roster-classroom.png') });
  await close(joy);
  const wall = await open('device:north-n102', 'classroom');
  await reads(wall, 'Lock-down');
  assert.equal(await wall.locator('#roster').isVisible(), false, 'a display on a wall has none');
  await close(wall);
});
