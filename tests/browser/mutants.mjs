// Plants a bug in the pages, one at a time, and asks the test that should notice: a test that
// passes with its bug planted shows nothing. No build is needed.
//
//   LOCKSTEP_SERVER_BIN=… node mutants.mjs [words of one name]
import { spawnSync } from 'node:child_process';

/** Test file, words of the test's name, file of the pages, what stands there, what is planted. */
const PLANTED = [
  ['release', 'school lift takes', 'command-attention.js', '.filter(names)', ''],
  ['release', 'school lift takes', 'command-release.js', ' && proposal.by.name !== view.you?.name', ''],
  ['release', 'school lift takes', 'words-en.js', "lifted_by_school: 'Lifted by school administration'", "lifted_by_school: 'All clear'"],
  ['release', 'is shown, and blocks', 'command-attention.js', "...screen.all('veto').sort(newest),", ''],
  ['release', 'is shown, and blocks', 'command-attention.js', 'mine && this.#may(notClear', 'this.#may(notClear'],
  ['release', 'in doubt is treated', 'sheet.js', "answer.kind === 'refused' || answer.kind === 'unsent'", 'true'],
  ['release', 'nobody answers', 'link.js', 'isClear(command) ? ANSWER.in_doubt : ANSWER.no_answer', 'ANSWER.no_answer'],
  ['release', 'no disk has', 'outbox.js', "answer.accepted.holds === 'shown_only'", 'false'],
  ['release', 'no disk has', 'parts.js', 'if (view.notRecorded > 0) marks.push(SIGN.not_recorded);', ''],
  ['release', 'doors open', 'classroom.js', "|| view.headline === 'lock_down') return view", "|| view.headline !== 'all_clear') return view"],
  ['release', 'doors open', 'command-release.js', 'filter((room) => !room.opened)', 'filter(() => true)'],
  ['pages', 'a press on what', 'command-panel.js', 'if (isHeld()) return;', ''],
  ['drill', 'd1_', 'view.js', 'if (!drill) return null;', 'return null;'],
  ['drill', 'd1_', 'words-en.js', '=> `DRILL: ${', '=> `${'],
  ['drill', 'd1_', 'view.js', '/drill/i.test(drill.instruction) ? INSTRUCTION[drill.posture] : ', ''],
  ['drill', 'd1_', 'classroom.js', 'drill ? PAGE.need_help_real : PAGE.need_help', 'PAGE.need_help'],
  ['drill', 'd1_', 'board.js', "say(part('.word'), [view.word,", "say(part('.word'), [POSTURE.normal,"],
  ['drill', 'd2_a_real', 'screen.js', "return this.items().length > 0 ? undefined : this.one('drill')", "return this.one('drill')"],
  ['drill', 'd2_a_real', 'view.js', " || screen.one('drill') !== undefined", ''],
  ['drill', 'd2_a_real', 'words-en.js', "over: 'The drill is over. This is real.'", "over: 'The drill is over.'"],
  ['drill', 'd2_a_plea', 'classroom.js', "drill && state !== 'need_help'", 'drill'],
  ['drill', 'd2_a_plea', 'view.js', "drillOver && headline === 'normal' ? DRILL.over_instruction : ", ''],
  ['drill', 'd2_a_plea', 'classroom.js', '|| pleading ||', '||'],
  ['drill', 'd2_a_drill_on', 'view.js', 'if (!trust.reliable) return { band: DRILL.last_known(word) };', ''],
  ['drill', 'd3_', 'classroom.js', "drill && state !== 'need_help'", 'false'],
  ['drill', 'd3_', 'classroom.js', "show(find('injured-label'), drill === undefined);", ''],
  ['drill', 'd3_', 'command-drill.js', '!clear && may ?', '!clear ?'],
  ['drill', 'd5_', 'view.js', "if (drill.kind === 'test_alert') return", 'if (false) return'],
  ['drill', 'd5_', 'receipts.js', ', screen.drill()]', ']'],
  ['drill', 'r1_d5_', 'link.js', 'if (this.#welcomed) this.#receipts.again(this.followed.values(), now);', ''],
  ['response', 'e3_', 'command-duties.js', "duty.kind === 'call_911' ? this.#whatToSay(duty, view) : ", ''],
  ['response', 'e3_', 'duties.js', 'rank(a) - rank(b)', 'rank(b) - rank(a)'],
  ['response', 'e3_', 'command.js', 'setInterval(() => duties.draw(viewOf(link, campus), send), 1000);', ''],
  ['response', 'e3_', 'command-duties.js', 'mine ? this.#mine(duty, view) : this.#others(view, duty)', 'true ? this.#mine(duty, view) : this.#others(view, duty)'],
  ['response', 'e3_', 'command-duties.js', "this.ask(line ? { name: 'record_line', escalation: line.id, state: 'line_open' }", "this.ask(false ? { name: 'record_line', escalation: line.id, state: 'line_open' }"],
  ['response', 'e4_a_duty_is', 'board.js', 'isMine(duty, view) && !isInMyHand', 'false && !isInMyHand'],
  ['response', 'e4_a_duty_is', 'command-duties.js', "name: 'decline_duty'", "name: 'acknowledge_duty'"],
  ['response', 'e4_a_duty_that', 'duties.js', 'duty.overdue || Date.parse(duty.due) <= view.now()', 'duty.overdue'],
  ['response', 'e4_a_duty_that', 'followed.js', 'this.serverClock.at + mono - this.serverClock.mono', 'Date.now()'],
  ['response', 'e4_a_duty_that', 'board.js', "waits ? ORDER.indexOf('unknown') - 0.5 : Infinity", 'Infinity'],
  ['response', 'e4_a_duty_that', 'words-en.js', '`OVERDUE ${clock}`', 'clock'],
  ['response', 'e2_', 'words-command-en.js', "none: 'requested, nobody has called yet'", "none: 'called'"],
  ['response', 'e2_', 'words-command-en.js', "unknown: 'Whether help is coming is not known.'", "unknown: 'Units are on the way.'"],
  ['response', 'e2_', 'command-lines.js', 'required: why }', 'required: false }'],
  ['response', 'e2_', 'command-lines.js', "line.closed_unexplained ? h('p', { class: 'overdue-words' }", "false ? h('p', { class: 'overdue-words' }"],
  ['response', 'c5_a_teacher', 'words-command-en.js', "yes: 'DANGEROUS'", "yes: 'Red'"],
  ['response', 'c5_a_teacher', 'reports.js', "value: 'unsure'", "value: 'no'"],
  ['response', 'c5_a_teacher', 'command-sightings.js', 'b.at.localeCompare(a.at)', 'a.at.localeCompare(b.at)'],
  ['response', 'c5_a_teacher', 'view.js', "const person = role !== 'monitor' && role !== 'room' && role !== 'operator';", 'const person = true;'],
  ['response', 'c5_a_picture_follows', 'reports.js', 'if (picture) addPicture(desk, sighting, picture, words);', 'if (picture) note(desk.said, PICTURE.sent);'],
  ['response', 'c5_a_picture_is', 'pictures.js', '?face=${face}`;', '`;'],
  ['response', 'c5_a_picture_is', 'pictures.js', 'if (answer.ok) return', 'if (true) return'],
  ['response', 'c1_', 'classroom.js', 'pressing(view).filter((duty) => isMine(duty, view))', 'pressing(view)'],
  ['response', 'c3_', 'command-contact.js', 'plan.stands ? CONTACT.stands', 'true ? CONTACT.stands'],
  ['response', 'c3_', 'command-contact.js', '!plan.sro_here && CONTACT.no_sro', 'false'],
  ['response', 'c7_', 'command-people.js', "offer.to === myId(view) && mayAsk('take_lead', view) ?", "mayAsk('take_lead', view) ?"],
  ['trust', 'server that hangs', 'screen.js', 'PULSE_STALE_MS = 5000', 'PULSE_STALE_MS = 9000'],
  ['trust', 'server never answers', 'view.js', "return { headline: 'unknown', lastKnown }", "return { headline: 'normal', lastKnown }"],
  ['trust', 'a welcome that', 'link.js', 'now - this.#openedMono > (this.#attempt > 1 ? 2 : 1) * CONNECT_MS', 'false'],
  ['trust', 'a snapshot that', 'link.js', 'over || this.#stuck(now)', 'over'],
  ['trust', 'a snapshot that', 'followed.js', 'if (!this.screen.position) return false;', ''],
  ['trust', 'a pulse that', 'link.js', 'over || this.#stuck(now)', 'over'],
  ['trust', 'browser.s cache', 'link.js', "addEventListener('pagehide', () => this.#drop());\n    addEventListener('pageshow', (event) => {\n      if (!event.persisted) return;", "addEventListener('pagehide', () => this.#drop());\n    addEventListener('pageshow', (event) => {\n      this.#downSince = performance.now(); return;"],
  ['trust', 'two years ahead', 'followed.js', 'this.pulseWall = Date.now();\n    if (this.firstAfterGap', 'this.pulseWall = Date.parse(frame.at);\n    if (this.firstAfterGap'],
  ['trust', 'two years behind', 'followed.js', 'this.pulseWall = Date.now();\n    if (this.firstAfterGap', 'this.pulseWall = Date.parse(frame.at);\n    if (this.firstAfterGap'],
  ['trust', 'clock that is set', 'followed.js', ', Math.abs(Date.now() - this.pulseWall)', ''],
  ['trust', 'clock that was ahead', 'outbox.js', 'Math.abs(Date.now() - item.made_at)', 'Date.now() - item.made_at'],
  ['trust', 'severe one keeps', 'view.js', "const severe = shown === 'lock_down' || ", 'const severe = '],
  ['failover', 'is killed', 'link.js', 'one.sealed.push(seal);', ''],
  ['failover', 'that hangs', 'link.js', 'SILENT_MS = 4000', 'SILENT_MS = 8000'],
  ['failover', 'that hangs', 'link.js', ' && !this.#subscribed', ''],
  ['failover', 'whose answer is lost', 'asked.js', '{ ...open.frame.request, again: true }', 'open.frame.request'],
  ['use', 'page of their role', 'enrol.js', '`/${made.face}`', "'/classroom'"],
  ['use', '500 rooms', 'draw.js', 'requestAnimationFrame(() => { due = false; draw(); });', 'setTimeout(() => { due = false; draw(); }, 3000);'],
  ['use', '500 rooms', 'draw.js', 'requestAnimationFrame(() => { due = false; draw(); });', 'requestAnimationFrame(() => { due = false; for (const end = performance.now() + 1500; performance.now() < end;); draw(); });'],
  ['use', 'axe-core', 'command-panel.js', 'this.tabIndex = 0;', ''],
  ['use', 'axe-core', 'lockstep.css', '.panel .summary { color: var(--soft); }', '.panel .summary { color: #b0b0b0; }'],
  ['use', 'comes compressed', 'language.js', "export const LANGUAGE", `// ${Array.from({ length: 3000 }, (_, i) => (i * 2654435761 % 4294967296).toString(36)).join('')}\nexport const LANGUAGE`],
  ['response', 'c1_', 'command-duties.js', 'duty.each?.length ? ofEach(duty.each, view) : state', 'state'],
  ['response', 'c3_', 'people.js', 'of view.campus?.people ?? []', 'of []'],
  ['direct', 'reads the policy', 'view.js', "case 'change_policy': return role", "case 'change_policy': return true || role"],
  ['direct', 'changed with a PIN', 'policy.js', "value === '' ? null : Number(value)", 'Number(value)'],
  ['direct', 'at once', 'policy.js', "if (read() === typed(field.name, standing.policy)) write", 'write'],
  ['direct', 'at once', 'policy.js', "=== 'version_conflict'", "=== 'never'"],
  ['direct', 'a3_an_officer', 'officers.js', 'isMine(waits) ? h(', 'false ? h('],
  ['direct', 'a3_an_officer', 'officers.js', "setInterval(() => { if (document.visibilityState === 'visible') read(); }, AGAIN_MS);", ''],
  ['direct', 'a3_who_made', 'officers.js', 'isMine(waits) ? h(', 'false ? h('],
  ['sound', 'a call, a plea', 'sound.js', 'if (known && n >', 'if (n >'],
  ['sound', 'a call, a plea', 'sound.js', 'isMine(duty, view) && ', ''],
  ['sound', 'a call, a plea', 'sound.js', "localStorage.getItem(KEY) === 'on'", 'false'],
  ['sound', 'a call, a plea', 'sound.js', "([id, 0, 'plea'])", "([id, 0, 'call'])"],
];

const only = process.argv.slice(2).join(' ');
let missed = 0;
for (const [suite, name, file, from, to] of PLANTED) {
  if (!`${suite} ${name}`.includes(only)) continue;
  const { stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', '--test-name-pattern', name, `${suite}.test.mjs`], {
    env: { ...process.env, LOCKSTEP_PLANT: JSON.stringify({ file, from, to }) }, encoding: 'utf8', timeout: 120_000,
  });
  const ran = /^# tests [1-9]/m.test(stdout) && !/has no /.test(stdout);
  const caught = ran && /^not ok/m.test(stdout);
  if (!caught) missed += 1;
  console.log(`${caught ? 'caught' : ran ? 'MISSED' : 'NOT RUN'}: ${suite}, ${name}: ${file}: ${from.split('\n')[0]}`);
}
console.log(missed === 0 ? 'every planted bug was caught' : `${missed} were not caught`);
process.exitCode = missed === 0 ? 0 : 1;
