// The pages' types for the type checker: the wire's, which follow from `proto`, and the pages' own. Read by
// `tsc --checkJs` in the tests; no browser ever loads it.

import type * as wire from './wire.js';

export * from './wire.js';
/** Elsewhere in a browser a `Response` is something else. */
export type HelpState = wire.Response;
/** What a page asks. That a picture is stored is said by its upload alone (C5), that a roster is read by its reading (I4). */
export type Command = Exclude<wire.Command, { name: 'attach_picture' | 'open_roster' }>;
export interface CommandRequest extends wire.CommandRequest { command: Command }

export type Taken = 'taken' | 'kept_higher' | 'older';
export type Face = 'classroom' | 'command' | 'officer' | 'board';
export type RoomReach = 'no_screen' | 'not_reached' | 'not_acknowledged' | 'acknowledged';

/** An open item, whatever its card. */
export interface Item { id: wire.FactId; level: wire.Level }
/** What a screen keeps of the newest pulse. */
export interface PulseMark { position: wire.Position; concerns: number }

/** What came of a command. `unsent`: it never left this device, and will not. */
export type Answer =
  | { kind: 'accepted'; accepted: wire.Accepted }
  | { kind: 'refused'; refusal: wire.Refusal }
  | { kind: 'in_doubt'; message: string }
  | { kind: 'kept'; message: string }
  | { kind: 'unsent'; message: string };

/** A raise or note on its way: kept until something durable has it. */
export interface OutboxItem {
  campus: string; principal: string; request: CommandRequest; made_at: number;
  /** `asking`: older than ten minutes, so its author is asked first (P7). */
  state: 'sending' | 'shown_only' | 'asking' | 'not_sent';
}

/** Whether a screen can vouch for what it shows, and if not, why and since when. */
export interface Trust {
  reliable: boolean;
  why: 'ok' | 'never' | 'not_connected' | 'behind' | 'held' | 'signed_out';
  since: Date | null;
}
