// A campus taken through every posture that a page shows, for whoever looks at pages: the pictures
// of `pictures.mjs` and what `axe.test.mjs` finds are of the same moments.
import { PIN, call, command, drawnBy } from './support.mjs';

export const CAMPUS = 'north-high';

/** As somebody, without a page. */
const as = (server, person) => (what, pin) => command(server, `person:${person}`, CAMPUS, what, pin);

/** The moments in their order: a name, what every page then reads in English and Spanish, and how the campus
 * gets there from the moment before. @type {[string, [string, string], (server: any) => Promise<void>][]} */
export const MOMENTS = [
  ['normal', ['Normal', 'Normal'], async () => {}],
  ['checking', ['Threat reported, being checked', 'Amenaza'], async (server) => {
    await as(server, 'joy.adams')({ name: 'report_threat', reason: 'Bangs in the hall', place: 'By the gym' });
  }],
  ['movement', ['Controlled movement', 'Movimiento controlado'], async (server) => {
    const { cards } = await call(server, 'person:ana.ruiz', `/v1/campuses/${CAMPUS}`);
    const answers = cards.filter(({ card }) => card === 'threat').map(({ id }) => id);
    await as(server, 'ana.ruiz')({ name: 'begin_controlled_movement', kind: 'person', place: 'Lot B', shareable: 'A man in a grey jacket', answers });
  }],
  ['lock-down', ['Lock-down', 'Cierre de emergencia'], async (server) => {
    await as(server, 'ana.ruiz')({ name: 'call_lock_down', place: 'Gym', reason: 'He is inside' });
    await as(server, 'sam.cole')({ name: 'arrive' });
    await as(server, 'sam.cole')({ name: 'start_sweep' });
    await as(server, 'sam.cole')({ name: 'clear_zone', zone: 'a-wing' });
    await as(server, 'sam.cole')({ name: 'report_adverse', zone: 'gym', seen: 'Door forced' });
    for (const [room, report] of /** @type {const} */ ([['n101', { state: 'need_help', injured: 1 }], ['n102', { state: 'secured', present: 24 }], ['n103', { state: 'not_secured' }]])) {
      await command(server, `device:north-${room}`, CAMPUS, { name: 'report_room', report });
    }
    await as(server, 'joy.adams')({ name: 'report_sighting', seen: 'A man in a grey jacket, walking to the gym', place: 'Bus loop', danger: 'yes' });
    await as(server, 'ana.ruiz')({ name: 'open_escalation', agency: '911', basis: 'immediate_threat', state: 'line_open' });
  }],
  ['all-clear', ['All clear', 'Todo despejado'], async (server) => {
    await as(server, 'sam.cole')({ name: 'give_all_clear', override_reason: 'Gym searched by hand', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'raise') }, PIN);
  }],
  ['lifted', ['Lifted by school administration', 'Levantado por la administraci\u00f3n escolar'], async (server) => {
    await as(server, 'sam.cole')({ name: 'resume', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'release') });
    await as(server, 'ana.ruiz')({ name: 'call_lock_down' });
    const lift = await drawnBy(server, 'person:ana.ruiz', CAMPUS, 'raise');
    await as(server, 'ana.ruiz')({ name: 'propose_lift', statement: 'It was a car', ...lift }, PIN);
    const { cards, position } = await call(server, 'person:tom.becker', `/v1/campuses/${CAMPUS}`);
    await as(server, 'tom.becker')({ name: 'confirm_lift', proposal: cards.find(({ card }) => card === 'proposal').id, lifts: lift.lifts, seen: position }, PIN);
  }],
  ['drill', ['DRILL: lock-down', 'SIMULACRO'], async (server) => {
    await as(server, 'sam.cole')({ name: 'resume', ...await drawnBy(server, 'person:sam.cole', CAMPUS, 'release') });
    await as(server, 'ana.ruiz')({ name: 'start_drill', kind: 'lock_down' }, PIN);
  }],
  ['stale', ['Unknown', 'Se desconoce'], async (server) => { server.freeze(); }],
];
