// How a room stands (L5), as every page reads it that is shown rooms.

/** @import {RoomCard} from './types.js' */
import { reachOf } from './screen.js';

/** How a room stands, the most urgent first. Nothing said is unknown, never safe (L4). */
export const STANDINGS = /** @type {const} */ (['help', 'no_screen', 'not_reached', 'not_acknowledged', 'not_secured', 'unknown', 'secured', 'seen', 'opened']);
/** @typedef {typeof STANDINGS[number]} Standing */

/** @param {RoomCard} room @returns {Standing} */
export function standingOf(room) {
  if (room.plea || room.report?.state === 'need_help') return 'help';
  if (room.opened) return 'opened';
  const reach = reachOf(room);
  if (room.report?.state === 'not_secured') return reach === 'not_reached' ? reach : 'not_secured';
  if (room.report) return 'secured';
  return reach === 'acknowledged' ? 'unknown' : reach;
}
