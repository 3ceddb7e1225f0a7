// The wire's words for the type checker: a hand-kept copy of `proto`'s frames, cards and
// commands. Read by `tsc --checkJs` in the tests; no browser ever loads it.

export type FactId = string;
export type CommandId = string;
/** RFC 3339. */
export type Timestamp = string;

export interface Position { epoch: number; seq: number }
export type Posture = 'normal' | 'lifted_by_school' | 'all_clear' | 'controlled_movement' | 'lock_down';
export type Level = 'checking' | 'released' | 'controlled_movement' | 'lock_down';
export type Role = 'administrator' | 'sro' | 'officer' | 'sso' | 'eyes' | 'staff' | 'chief' | 'director'
  | 'superintendent' | 'monitor' | 'room' | 'operator';
export type Audience = 'room' | 'staff' | 'responder' | 'district';
export type Mark = 'unswept' | 'set_aside' | 'given_from_off_campus';
export type ThreatKind = 'person' | 'object' | 'weather' | 'area_police' | 'other';
export type RoomState = 'secured' | 'not_secured' | 'need_help';
export type Taken = 'taken' | 'kept_higher' | 'older';
export type Face = 'classroom' | 'command' | 'board';

export interface Who { name: string; role: Role }
export interface Item { id: FactId; level: Level }
export interface PulseMark { position: Position; concerns: number }
export interface RoomReport { state: RoomState; present?: number; injured?: number; missing?: number; extra?: number }

export interface CampusCard {
  card: 'campus'; id: string; name: string; address: string; time_zone: string;
  fire_alarm_words: string; release: 'announce' | 'room_by_room'; school_lift: boolean;
}
export interface PostureCard {
  card: 'posture'; posture: Posture; since?: Timestamp; checking: boolean; instruction: string;
  incident?: number; calls: number; not_recorded: number; marks?: Mark[]; sweep_since?: Timestamp;
}
export interface RaiseCard {
  card: 'raise'; id: FactId; level: Level; at: Timestamp; recorded: boolean; late?: boolean; sealed?: string;
  by?: Who; kind?: ThreatKind; reason?: string; place?: string; shareable?: string; mistake?: string;
}
export interface ThreatCard {
  card: 'threat'; id: FactId; at: Timestamp; recorded: boolean; sealed?: string;
  by?: Who; room?: string; reason?: string; place?: string;
}
export interface ReleaseCard {
  card: 'release'; id: FactId; seq: number; kind: Posture; at: Timestamp; marks?: Mark[]; by?: Who; radio?: string;
}
export interface CoverCard { card: 'cover'; id: FactId; position: Position; names: FactId[] }
export interface RoomCard {
  card: 'room'; id: string; name: string; zone: string; live: number; reached: boolean; acknowledged?: Timestamp;
  report?: RoomReport; reported_at?: Timestamp; note?: string; plea?: FactId; opened: boolean; stay_locked?: boolean;
}
export interface PleaCard { card: 'plea'; id: FactId; by: Who; at: Timestamp; report: RoomReport; note?: string }
export interface ZoneCard {
  card: 'zone'; id: string; name: string; clear: boolean; cleared_by?: Who; cleared_at?: Timestamp;
  adverse?: string; adverse_at?: Timestamp;
}
export interface VetoCard { card: 'veto'; id: FactId; kind: 'not_clear' | 'objection'; by: Who; at: Timestamp; reason: string }
export interface ProposalCard { card: 'proposal'; id: FactId; by: Who; at: Timestamp; statement: string; lifts: FactId[] }
export interface PresenceCard { card: 'presence'; person: string; who: Who; here: boolean; at: Timestamp }
export interface LineCard { card: 'line'; seq: number; at: Timestamp; by: Who; text: string }
export interface OwnRoomCard {
  card: 'own_room'; id: string; name: string; acknowledged?: Timestamp; report?: RoomReport;
  plea: boolean; plea_answer?: string; stay_locked: boolean;
}
export type Card = CampusCard | PostureCard | RaiseCard | ThreatCard | ReleaseCard | CoverCard | RoomCard
  | PleaCard | ZoneCard | VetoCard | ProposalCard | PresenceCard | LineCard | OwnRoomCard;

export interface Refusal { code: string; message: string; advice: string; about?: string[]; retry_after_ms?: number }
export interface You {
  principal: string; name: string; role: Role; district: string; audience: Audience;
  standing: 'forgiven' | 'live' | 'fresh'; room?: string;
}
export interface CampusName { id: string; name: string; may_lock_down: boolean }
export interface Accepted {
  id: CommandId; fact: FactId; holds: 'shown_only' | 'spooled' | 'recorded'; position?: Position;
}

export type ServerFrame =
  | { type: 'welcome'; server: string; at: Timestamp; you: You; campuses: CampusName[] }
  | { type: 'snapshot'; campus: string; position: Position; part: number; parts: number; cards: Card[] }
  | { type: 'event'; campus: string; position: Position; put?: Card[]; drop?: string[] }
  | { type: 'pulse'; campus: string; at: Timestamp; position: Position; concerns: number; head?: string; degraded?: boolean }
  | ({ type: 'accepted' } & Accepted)
  | { type: 'refused'; id?: CommandId; refusal: Refusal }
  | { type: 'in_doubt'; id: CommandId; message: string }
  | { type: 'bye'; code: number; message: string; come_back: boolean };

export interface Subscription { campus: string; after?: Position; shows: FactId[]; sealed: string[] }
export type ClientFrame =
  | { type: 'subscribe'; campuses: Subscription[] }
  | { type: 'command'; campus: string; request: CommandRequest }
  | { type: 'receipt'; campus: string; stage: 'received' | 'displayed'; through: Position; also: FactId[] };

export interface CommandRequest { id: CommandId; claimed_at?: Timestamp; pin?: string; command: Command }
export type Command =
  | { name: 'begin_controlled_movement'; kind: ThreatKind; place?: string; seen?: string; shareable?: string; answers?: FactId[] }
  | { name: 'call_lock_down'; reason?: string; place?: string }
  | { name: 'report_threat'; reason?: string; place?: string; room?: string }
  | { name: 'report_room'; room?: string; report: RoomReport; note?: string }
  | { name: 'report_adverse'; zone: string; seen: string }
  | { name: 'say_not_clear'; reason: string }
  | { name: 'object_to_lift'; reason: string }
  | { name: 'acknowledge'; room?: string; through: Position; also?: FactId[] }
  | { name: 'arrive' }
  | { name: 'leave' }
  | { name: 'annotate_mistake'; call: FactId; note: string }
  | { name: 'answer_plea'; plea: FactId; note?: string }
  | { name: 'answer_threat'; threat: FactId; reason: string }
  | { name: 'start_sweep' }
  | { name: 'clear_zone'; zone: string }
  | { name: 'withdraw_not_clear'; not_clear: FactId }
  | { name: 'set_aside_not_clear'; not_clear: FactId; reason: string }
  | { name: 'propose_lift'; statement: string; lifts: FactId[]; seen: Position }
  | { name: 'withdraw_objection'; objection: FactId }
  | { name: 'set_aside_objection'; objection: FactId; reason: string }
  | { name: 'open_room'; room: string }
  | { name: 'close_incident'; reason: string }
  | { name: 'end_controlled_movement'; lifts: FactId[]; seen: Position }
  | { name: 'give_all_clear'; lifts: FactId[]; seen: Position; override_reason?: string }
  | { name: 'confirm_lift'; proposal: FactId; lifts: FactId[]; seen: Position }
  | { name: 'resume'; lifts: FactId[]; seen: Position; unopened?: string[]; reason?: string };

/** What came of a command. `unsent`: it never left this device, and will not. */
export type Answer =
  | { kind: 'accepted'; accepted: Accepted }
  | { kind: 'refused'; refusal: Refusal }
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
