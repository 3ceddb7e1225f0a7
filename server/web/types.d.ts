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

export type Danger = 'yes' | 'no' | 'unsure';
export type Agency = '911' | 'pd' | 'so';
export type Basis = 'escalating' | 'immediate_threat';
export type LineState = 'requested' | 'calling' | 'line_open' | 'accepted' | 'units_on_the_way' | 'on_scene'
  | 'line_dropped' | 'closed';
/** The line itself, by the last word on it; `HelpState` is how far help is known to have come. */
export type Line = 'none' | 'calling' | 'open' | 'dropped' | 'closed';
export type HelpState = 'unknown' | 'accepted' | 'on_the_way' | 'on_scene';
export type DutyKind = 'call_911' | 'call_sro' | 'answer_threat' | 'answer_plea' | 'see_sighting' | 'explain_closed_line'
  | 'tell_sro' | 'tell_chief_or_director' | 'tell_superintendent' | 'keep_watch';
export type DrillKind = 'lock_down' | 'controlled_movement' | 'test_alert';

export interface Who { name: string; role: Role }
export interface Item { id: FactId; level: Level }
export interface PulseMark { position: Position; concerns: number }
export interface RoomReport { state: RoomState; present?: number; injured?: number; missing?: number; extra?: number }
/** A room in a drill: it has no word for help, which is always real (D2). */
export interface DrillRoomReport { secured: boolean; present?: number; missing?: number; extra?: number }

export interface CampusCard {
  card: 'campus'; id: string; name: string; address: string; time_zone: string;
  fire_alarm_words: string; release: 'announce' | 'room_by_room'; school_lift: boolean;
  numbers?: Partial<Record<Agency, string>>;
  /** Who may be picked for a contact or to take the lead. */
  people?: { id: string; name: string; role: Role }[];
}
export interface PostureCard {
  card: 'posture'; posture: Posture; since?: Timestamp; checking: boolean; instruction: string;
  incident?: number; calls: number; not_recorded: number; marks?: Mark[]; sweep_since?: Timestamp;
  drill_over?: boolean;
  record_lost?: boolean;
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
  on_scene?: { code_by: Who; certified_by: Who };
}
export interface CoverCard { card: 'cover'; id: FactId; position: Position; names: FactId[] }
export interface RoomCard {
  card: 'room'; id: string; name: string; zone: string; live: number; reached: boolean; acknowledged?: Timestamp;
  report?: RoomReport; reported_at?: Timestamp; note?: string; plea?: FactId; opened: boolean; stay_locked?: boolean;
  drill?: DrillRoomReport;
}
export type RoomReach = 'no_screen' | 'not_reached' | 'not_acknowledged' | 'acknowledged';
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
  plea: boolean; plea_answer?: string; stay_locked: boolean; drill?: DrillRoomReport;
}
export interface SightingCard {
  card: 'sighting'; id: FactId; by: Who; at: Timestamp; seen_at?: Timestamp; seen: string; place?: string;
  danger: Danger; of?: FactId; picture?: { sha256: string; kind: 'image/jpeg' | 'image/png'; bytes: number }; recorded: boolean;
}
export interface EscalationCard {
  card: 'escalation'; id: FactId; agency: Agency; basis: Basis; by: Who; at: Timestamp; decided_by?: string; called_by?: string;
  number?: string; incident_number?: string; line: Line; line_at: Timestamp; response: HelpState; response_at?: Timestamp;
  last: LineState; note?: string; closed_unexplained?: boolean; to_tell?: FactId[];
  call?: string;
}
export interface DutyCard {
  card: 'duty'; id: FactId; kind: DutyKind; cause: FactId; asks: Role[]; since: Timestamp; due: Timestamp; overdue: boolean;
  say: string; acknowledged?: { by: Who; at: Timestamp }; attempts: number;
  tried?: { person: string; name?: string; channel: 'screen' | 'outside'; outcome: 'sent' | 'not_reached'; at: Timestamp }[];
  each?: { name: string; heard?: Timestamp }[];
}
export interface ContactCard {
  card: 'contact'; raise: FactId; judged: { person: string; who: Who; with: string; at: Timestamp }[]; stands: boolean; sro_here: boolean;
}
export interface LeadCard {
  card: 'lead'; lead?: { person: string; who: Who; since: Timestamp }; offers?: { id: FactId; by: Who; to: string; at: Timestamp }[];
}
export interface DrillCard {
  card: 'drill'; id: FactId; kind: DrillKind; posture: Posture; instruction: string; since: Timestamp; at: Timestamp; by?: Who;
  note?: string; cleared?: string[]; marks?: Mark[]; released_by?: Who;
}
/** Milliseconds until half, 95 % and all of them; none where it has not been. */
export interface Shares { half?: number; most?: number; all?: number }
export interface ReachCard {
  card: 'reach'; alert: FactId; at: Timestamp; sent: number; received: number; displayed: number; rooms: number;
  acknowledged: number; received_ms: Shares; acknowledged_ms: Shares;
}
export type Card = CampusCard | PostureCard | RaiseCard | ThreatCard | ReleaseCard | CoverCard | RoomCard
  | PleaCard | ZoneCard | VetoCard | ProposalCard | PresenceCard | LineCard | OwnRoomCard | SightingCard
  | EscalationCard | DutyCard | ContactCard | LeadCard | DrillCard | ReachCard;

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
  | { type: 'receipt_kept'; campus: string; stage: 'received' | 'displayed'; through: Position }
  | { type: 'bye'; code: number; message: string; come_back: boolean };

export interface Subscription { campus: string; after?: Position; shows: FactId[]; sealed: string[] }
export type ClientFrame =
  | { type: 'subscribe'; campuses: Subscription[] }
  | { type: 'command'; campus: string; request: CommandRequest }
  | { type: 'receipt'; campus: string; stage: 'received' | 'displayed'; through: Position; also: FactId[] };

/** `again`: sent before without an answer. A ground or clear that says so is only looked up, never decided (invariant 13). */
export interface CommandRequest { id: CommandId; claimed_at?: Timestamp; pin?: string; again?: boolean; command: Command }
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
  | { name: 'report_sighting'; seen: string; place?: string; seen_at?: Timestamp; danger: Danger; of?: FactId }
  | { name: 'open_escalation'; agency: Agency; basis: Basis; state: LineState; decided_by?: string; called_by?: string;
      number?: string; incident_number?: string; note?: string }
  | { name: 'record_line'; escalation: FactId; state: LineState; incident_number?: string; note?: string }
  | { name: 'acknowledge_duty'; duty: FactId }
  | { name: 'finish_duty'; duty: FactId; how: string; done_by?: string; done_at?: Timestamp }
  | { name: 'decline_duty'; duty: FactId; reason: string }
  | { name: 'judge_contact_safe'; raise: FactId; with: string }
  | { name: 'withdraw_contact'; raise: FactId }
  | { name: 'record_contact'; raise?: FactId; by?: string[]; what: string }
  | { name: 'offer_lead'; to: string }
  | { name: 'report_drill_room'; drill: FactId; room?: string; report: DrillRoomReport }
  | { name: 'take_lead'; offer: FactId }
  | { name: 'start_drill'; kind: DrillKind; note?: string }
  | { name: 'call_drill_lock_down'; drill: FactId }
  | { name: 'clear_drill_zone'; drill: FactId; zone: string }
  | { name: 'give_drill_all_clear'; drill: FactId; seen: Position; override_reason?: string }
  | { name: 'end_drill'; drill: FactId; seen: Position; note?: string }
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
