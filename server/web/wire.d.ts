// The wire's words for the type checker: made by tests/browser/wire-types.mjs of proto/schema/lockstep.v1.json, which
// is made of proto. Nobody edits them, and no browser ever loads them.

/** Where an accepted command is held. */
export interface Accepted {
  /** The command. */
  id: CommandId;
  /** The fact that it made. */
  fact: FactId;
  /** What holds it. `shown_only` is no acknowledgement: keep offering it. */
  holds: Holds;
  /** Its place, once recorded. */
  position?: Position;
}

/** Who is asked for. */
export type Agency = '911' | 'pd' | 'so';

/** One of several who each have to answer. */
export interface Asked {
  /** Their name. */
  name: string;
  /** When they said that they have heard. */
  heard?: Timestamp;
}

/**
 * What an authenticator signed for one command (WebAuthn `get`), and what it was asked with. All bytes are base64url
 * without padding, as browsers give them.
 */
export interface Assertion {
  /** The id of the passkey's credential. */
  credential: string;
  /** The stamp that came with the challenge. */
  stamp: string;
  /** `clientDataJSON`. */
  client_data: string;
  /** `authenticatorData`. */
  authenticator_data: string;
  /** `signature`. */
  signature: string;
}

/** Who a view is made for. Each change is encoded once per audience, never per client. */
export type Audience = 'room' | 'staff' | 'responder' | 'district';

/** Why it is asked for. */
export type Basis = 'escalating' | 'immediate_threat';

/** What does not change from minute to minute. */
export interface CampusCard {
  card: 'campus';
  /** Its id. */
  id: CampusId;
  /** Its name. */
  name: string;
  /** The street address to read out to 911. */
  address: string;
  /** IANA time zone. */
  time_zone: string;
  /** What to do if the fire alarm sounds (L6). */
  fire_alarm_words: string;
  /** How a release reaches the rooms (S5). */
  release: ReleaseMode;
  /** Whether the school may lift (S4). */
  school_lift: boolean;
  /** Where it lies, where the directory says so. */
  coordinates?: Coordinates;
  /** The same in Spanish. */
  fire_alarm_words_es?: string;
  /** The number to call for each agency, where the directory has one (E3). */
  numbers?: Partial<Record<Agency, string>>;
  /** Who may be picked for a contact or to take the lead, by name (C3, C7): for those who answer for the campus. */
  people?: Pickable[];
  /** How a room's screen looks in a lock-down (L4). */
  room_screens?: RoomScreens;
  /** Whether a room's screen sounds when a lock-down is called (L4). */
  room_sound?: boolean;
}

/** One school site. */
export type CampusId = string;

/** A campus that a client may follow. */
export interface CampusName {
  /** Its id. */
  id: CampusId;
  /** Its name. */
  name: string;
  /** Whether this person may call lock-down there (A2, P5). */
  may_lock_down: boolean;
}

/** One thing on a screen. */
export type Card = CampusCard | PostureCard | RaiseCard | ThreatCard | ReleaseCard | CoverCard | RoomCard | PleaCard
  | ZoneCard | VetoCard | ProposalCard | PresenceCard | LineCard | OwnRoomCard | SightingCard | EscalationCard
  | DutyCard | ContactCard | LeadCard | DrillCard | ReachCard | DuressCard;

/** A way to reach a person, in the order of their own list. */
export type Channel = 'screen' | 'outside';

/** What a client sends. */
export type ClientFrame =
  /** Follow these campuses from here on. May be sent again; it replaces the one before. */
  | { type: 'subscribe'; campuses: Subscription[] }
  /** Do something. */
  | { type: 'command'; campus: CampusId; request: CommandRequest }
  /** The wire's own confirmation that alerts came in, or were drawn (R1). */
  | { type: 'receipt'; campus: CampusId; stage: Stage; through: Position; also?: FactId[] };

/** Why something was refused. The name is stable; programs go by it. */
export type Code = 'not_allowed' | 'certification_missing' | 'certification_part_time' | 'certification_expired'
  | 'proof_needed' | 'proof_wrong' | 'proof_throttled' | 'sign_in_expired' | 'not_signed_in' | 'revoked'
  | 'code_unknown' | 'sign_on_unavailable' | 'sign_on_refused' | 'sign_on_over' | 'sign_on_unknown'
  | 'sign_on_no_group' | 'sign_on_not_taken' | 'unknown_campus' | 'unknown_thing' | 'room_needed' | 'unnamed_raises'
  | 'new_alarm' | 'not_open' | 'nothing_to_lift' | 'call_open' | 'sweep_incomplete' | 'not_clear_stands'
  | 'objection_stands' | 'off_campus' | 'rooms_unopened' | 'not_released' | 'no_incident' | 'lift_disabled'
  | 'same_person' | 'proposal_void' | 'not_yours' | 'posture_not_normal' | 'pair_not_permitted' | 'drill_running'
  | 'drill_over' | 'version_conflict' | 'head_unknown' | 'journal_unavailable' | 'nothing_known' | 'too_many'
  | 'too_many_wait' | 'id_reused' | 'slow_down' | 'busy' | 'bad_frame' | 'frame_too_large' | 'picture_too_large'
  | 'picture_unreadable' | 'disk_low' | 'not_found' | 'method_not_allowed' | 'wrong_origin' | 'fault';

/** What may be asked. Imperative; the facts that follow are in the past. */
export type Command =
  /** Begin controlled movement (A1, C1). */
  | { name: 'begin_controlled_movement'; kind: ThreatKind; answers?: FactId[]; place?: Text; seen?: Text;
    shareable?: Text }
  /** Call lock-down (A2, L1): one command, no approver, reason and place optional. */
  | { name: 'call_lock_down'; place?: Text; reason?: Text }
  /** Report an immediate threat: everybody may (A2). */
  | { name: 'report_threat'; place?: Text; reason?: Text; room?: RoomId }
  /** Report how a room is (L4). A plea for help is an alarm, the rest are notes. */
  | { name: 'report_room'; report: RoomReport; note?: Text; room?: RoomId }
  /** Report something adverse in a zone: reopens it (S1). */
  | { name: 'report_adverse'; zone: ZoneId; seen: Text }
  /** An on-scene officer's veto of another's all clear (S3). */
  | { name: 'say_not_clear'; reason: Text }
  /** An officer's objection to a school lift (S4). */
  | { name: 'object_to_lift'; reason: Text }
  /** "I have seen what this screen shows" (R1). */
  | { name: 'acknowledge'; through: Position; also?: FactId[]; room?: RoomId }
  /** I am on campus (C6). */
  | { name: 'arrive' }
  /** I have left (C6). */
  | { name: 'leave' }
  /** Say that a call was a mistake (L3). It still takes a release to leave lock-down. */
  | { name: 'annotate_mistake'; call: FactId; note: Text }
  /** Tell a room that its plea was heard. */
  | { name: 'answer_plea'; plea: FactId; note?: Text }
  /** Report what was seen (C5): everybody may. Dangerous or unsure, it is an alarm. */
  | { name: 'report_sighting'; seen: Text; danger: Danger; of?: FactId; place?: Text; seen_at?: Timestamp }
  /**
   * Say that a picture of a sighting was stored (C5). The upload itself goes over HTTP, and never delays the
   * sighting.
   */
  | { name: 'attach_picture'; to: FactId; sha256: Text; kind: PictureKind; bytes: number }
  /** Say that a roster is read (I4). The reading itself goes over HTTP, which alone says this. */
  | { name: 'open_roster'; room?: RoomId }
  /** Ask for 911, the PD or the SO, or record that somebody does (E1). */
  | { name: 'open_escalation'; agency: Agency; basis: Basis; state: LineState; called_by?: Text; decided_by?: Text;
    incident_number?: Text; note?: Text; number?: Text }
  /** Record what became of an escalation (E2). Closed before the release it asks why (E3). */
  | { name: 'record_line'; escalation: FactId; state: LineState; incident_number?: Text; note?: Text }
  /** "I have it": a duty's first answer (E4). */
  | { name: 'acknowledge_duty'; duty: FactId }
  /** Record that a duty was done, also by other means (E5). */
  | { name: 'finish_duty'; duty: FactId; how: Text; done_at?: Timestamp; done_by?: Text }
  /** Record why a duty is not done (E3). */
  | { name: 'decline_duty'; duty: FactId; reason: Text }
  /** "I judge it safe": one of the two of a contact plan (C3). */
  | { name: 'judge_contact_safe'; raise: FactId; with: PersonId }
  /** Withdraw one's own judgement (C3). */
  | { name: 'withdraw_contact'; raise: FactId }
  /** Record a contact that was made (C4). It is marked where it broke a rule. */
  | { name: 'record_contact'; what: Text; by?: PersonId[]; raise?: FactId }
  /** Offer the lead to somebody (C7). */
  | { name: 'offer_lead'; to: PersonId }
  /** Report a room in a drill (D1). */
  | { name: 'report_drill_room'; drill: FactId; report: DrillRoomReport; room?: RoomId }
  /** Take the lead that was offered (C7). */
  | { name: 'take_lead'; offer: FactId }
  /** Start a drill or send a test alert (D1, D5). */
  | { name: 'start_drill'; kind: DrillKind; note?: Text }
  /** Call lock-down within a drill (D3). */
  | { name: 'call_drill_lock_down'; drill: FactId }
  /** Clear a zone in a drill's sweep (D3). */
  | { name: 'clear_drill_zone'; drill: FactId; zone: ZoneId }
  /** Answer an immediate threat with *no threat* (A2). */
  | { name: 'answer_threat'; threat: FactId; reason: Text }
  /** Begin a sweep of all zones: what was cleared before counts no more (S1). */
  | { name: 'start_sweep' }
  /** An officer's word that a zone is clear (S1). */
  | { name: 'clear_zone'; zone: ZoneId }
  /** Withdraw one's own *not clear* (S3). */
  | { name: 'withdraw_not_clear'; not_clear: FactId }
  /** Set another officer's *not clear* aside (S3). */
  | { name: 'set_aside_not_clear'; not_clear: FactId; reason: Text }
  /** Propose a school lift: the first of two people (S4). */
  | { name: 'propose_lift'; statement: Text; lifts: FactId[]; seen: Position }
  /** Withdraw one's own objection (S4). */
  | { name: 'withdraw_objection'; objection: FactId }
  /** Set an objection aside (S4). */
  | { name: 'set_aside_objection'; objection: FactId; reason: Text }
  /** Open one room under `room_by_room` (S5). */
  | { name: 'open_room'; room: RoomId }
  /** Close an incident that never left `normal`. */
  | { name: 'close_incident'; reason: Text }
  /** End controlled movement (A1). */
  | { name: 'end_controlled_movement'; lifts: FactId[]; seen: Position }
  /** Give the all clear (A3). */
  | { name: 'give_all_clear'; lifts: FactId[]; seen: Position; override_reason?: Text }
  /** Confirm a school lift: the second of two people (S4). */
  | { name: 'confirm_lift'; proposal: FactId; lifts: FactId[]; seen: Position }
  /** Return to normal (A7). */
  | { name: 'resume'; lifts: FactId[]; seen: Position; reason?: Text; unopened?: RoomId[] }
  /** Practise the all clear (D3): A3 holds, and it reads DRILL. */
  | { name: 'give_drill_all_clear'; drill: FactId; seen: Position; override_reason?: Text }
  /** End a drill or a test alert (D3). It lifts drill facts only. */
  | { name: 'end_drill'; drill: FactId; seen: Position; note?: Text };

/** Made by the sender of a command, so that sending it twice is one act (P6). */
export type CommandId = string;

/** A command on its way in. Who asks is not in it (A5). */
export interface CommandRequest {
  /** Made by the sender; sending the same one again is the same act (P6). */
  id: CommandId;
  /** What is asked. */
  command: Command;
  /**
   * Sent before without an answer. A ground or clear that says so is only looked up, never decided: another instance
   * may still commit it (invariant 13).
   */
  again?: boolean;
  /** When the author's device says that it was (T4). Kept as a claim, never believed. */
  claimed_at?: Timestamp;
  /**
   * A passkey's assertion in the place of a PIN (A4), bound to this very command. Never kept, and never beside a PIN.
   */
  passkey?: Assertion;
  /** The PIN, where the command needs a fresh proof (A4). Never kept. */
  pin?: Pin;
}

/** A contact plan in the making (C3). */
export interface ContactCard {
  card: 'contact';
  /** The raise or threat that the person is. */
  raise: FactId;
  /** Who said "I judge it safe", with whom. */
  judged: Judged[];
  /** Two of a permitted pair judge it safe, and an SRO is here. */
  stands: boolean;
  /** An SRO is recorded as here or arrived. */
  sro_here: boolean;
}

/** Latitude and longitude in degrees (WGS 84), as people copy them out of a map: `40.712776, -74.005974`. */
export type Coordinates = string;

/** A committed clear or answer. Only what the journal has is ever a cover. */
export interface CoverCard {
  card: 'cover';
  /** Its fact. */
  id: FactId;
  /** Its place in the timeline. */
  position: Position;
  /** What it names. */
  names: FactId[];
}

/** Whether a sighting is dangerous, by the word of who saw it (C5). */
export type Danger = 'yes' | 'no' | 'unsure';

/** The tenant. No fact of one district is ever visible to another. */
export type DistrictId = string;

/** Who did something, and when. */
export interface Done {
  /** Who. */
  by: Who;
  /** When. */
  at: Timestamp;
}

/** A drill, or a test alert. Every screen shows it, marked, while nothing real is open (D1, D2). */
export interface DrillCard {
  card: 'drill';
  /** Its fact: what ends it names. */
  id: FactId;
  /** What is practised. */
  kind: DrillKind;
  /** What it shows, beside the word DRILL. */
  posture: Posture;
  /** What to do, in the campus's words. */
  instruction: string;
  /** Since when it shows that. */
  since: Timestamp;
  /** When it began. */
  at: Timestamp;
  /** Who started it, for those who may know. */
  by?: Who;
  /** Zones cleared in its sweep. */
  cleared?: ZoneId[];
  /** What stays on its all clear. */
  marks?: Mark[];
  /** What it is for. */
  note?: string;
  /** Who gave its all clear. */
  released_by?: Who;
}

/** What is practised. */
export type DrillKind = 'lock_down' | 'controlled_movement' | 'test_alert';

/** How a room is in a drill. It has no word for help: that is always real (D2). */
export interface DrillRoomReport {
  /** Locked, lights out, everybody out of sight. */
  secured: boolean;
  /** People in it who belong elsewhere. */
  extra?: number;
  /** People missing from it. */
  missing?: number;
  /** People in the room. */
  present?: number;
}

/**
 * Somebody was forced, as their PIN said (A4). What they asked for was refused, in the words of any other alarm:
 * whoever stands beside them is not to know.
 */
export interface DuressCard {
  card: 'duress';
  /** Names it. */
  id: FactId;
  /** Who. */
  who: Who;
  /** When. */
  at: Timestamp;
  /** The command that they gave, which did nothing. */
  command: string;
}

/** Something that somebody must do. */
export interface DutyCard {
  card: 'duty';
  /** Its id, derived from its cause's. */
  id: FactId;
  /** What. */
  kind: DutyKind;
  /** What it follows from. */
  cause: FactId;
  /** Whom it is asked of, by role. */
  asks: Role[];
  /** Since when its clock runs. */
  since: Timestamp;
  /** From when on it is overdue. */
  due: Timestamp;
  /** It is (E4): the district sees it. */
  overdue: boolean;
  /** What to say or do, in words. */
  say: string;
  /** How often somebody was asked; a client alerts again when it grows. */
  attempts: number;
  /** Who has it in hand, and since when. */
  acknowledged?: Done;
  /** Where everybody who is asked has to answer: who they are, and who has (C1, E6). */
  each?: Asked[];
  /** The newest attempts, newest last. */
  tried?: Tried[];
}

/**
 * What must be done. A duty follows from its cause, with an id that follows from the cause's, so that it cannot be
 * lost between the two (E4).
 */
export type DutyKind = 'call_911' | 'call_sro' | 'answer_threat' | 'answer_plea' | 'see_sighting'
  | 'explain_closed_line' | 'tell_sro' | 'tell_chief_or_director' | 'tell_superintendent' | 'keep_watch';

/** A call for help from outside (E2). It shows what is known, and no more. */
export interface EscalationCard {
  card: 'escalation';
  /** Its fact. */
  id: FactId;
  /** Who was asked for. */
  agency: Agency;
  /** Why. */
  basis: Basis;
  /** Who recorded it. */
  by: Who;
  /** Since when. */
  at: Timestamp;
  /** The last word on the line, */
  line: Line;
  /** and when it was said. */
  line_at: Timestamp;
  /** How far help is known to have come. */
  response: Response;
  /** The last thing recorded of it, with its words. */
  last: LineState;
  /** The number to call, by the directory (E3). */
  call?: string;
  /** Who called, where it was not the author. */
  called_by?: string;
  /** It was closed before the release, and nobody has said why (E3). */
  closed_unexplained?: boolean;
  /** Who decided, where it was not the author. */
  decided_by?: string;
  /** The incident number that the agency gave. */
  incident_number?: string;
  /** Its words. */
  note?: string;
  /** The number called. */
  number?: string;
  /** When that was said. */
  response_at?: Timestamp;
  /** Sightings since it was opened: what the caller has to tell (C5). The newest five. */
  to_tell?: FactId[];
}

/**
 * Names one fact for ever. It follows from who said it and under which command id, so that every instance gives the
 * same fact the same name and nobody can take another's.
 */
export type FactId = string;

/** What holds an accepted command. */
export type Holds = 'shown_only' | 'spooled' | 'recorded';

/** One judgement of a contact plan. */
export interface Judged {
  /** Who. */
  person: PersonId;
  /** Their name and role. */
  who: Who;
  /** Together with whom. */
  with: PersonId;
  /** When. */
  at: Timestamp;
}

/** The one who has it. */
export interface Lead {
  /** The person. */
  person: PersonId;
  /** Their name and role. */
  who: Who;
  /** Since when. */
  since: Timestamp;
}

/** Who has the lead of the incident (C7). The lead gains no rights. */
export interface LeadCard {
  card: 'lead';
  /** Who; none where nobody is recorded as here to have it. */
  lead?: Lead;
  /** Offers that nobody took yet. */
  offers?: Offer[];
}

/** What an open item holds a campus at. The posture is the maximum over the open items. */
export type Level = 'checking' | 'released' | 'controlled_movement' | 'lock_down';

/** The line, by the last word on it. */
export type Line = 'none' | 'calling' | 'open' | 'dropped' | 'closed';

/** A line of the timeline. */
export interface LineCard {
  card: 'line';
  /** Its number. */
  seq: number;
  /** When it was accepted. */
  at: Timestamp;
  /** Who. */
  by: Who;
  /** What happened, as a sentence. */
  text: string;
}

/** What somebody recorded of an escalation. Nothing shows as further than this (E2). */
export type LineState = 'requested' | 'calling' | 'line_open' | 'accepted' | 'units_on_the_way' | 'on_scene'
  | 'line_dropped' | 'closed';

/** What stays on a release for ever, because of how it was given. */
export type Mark = 'unswept' | 'set_aside' | 'given_from_off_campus';

/** An offer of the lead. */
export interface Offer {
  /** Its fact: what the taker names. */
  id: FactId;
  /** Who offers. */
  by: Who;
  /** To whom. */
  to: PersonId;
  /** When. */
  at: Timestamp;
}

/** The two people who enrolled an officer on scene (A3). They are never the same. */
export interface OnScene {
  /** Who made the code. */
  code_by: Vouched;
  /** Who entered agency, badge and certification. */
  certified_by: Vouched;
}

/** What became of one attempt to reach a person. Never more than the evidence (E2). */
export type Outcome = 'sent' | 'not_reached';

/** This client's own room. */
export interface OwnRoomCard {
  card: 'own_room';
  /** Its id. */
  id: RoomId;
  /** Its name. */
  name: string;
  /** Its plea is open. */
  plea: boolean;
  /** "Stay locked until your door is opened" (S5). */
  stay_locked: boolean;
  /** When it acknowledged the newest open raise. */
  acknowledged?: Timestamp;
  /** Its word in the drill that is running (D1). */
  drill?: DrillRoomReport;
  /** Somebody answered its plea. */
  plea_answer?: string;
  /** Its own last word in this incident. */
  report?: RoomReport;
}

/** A person of the district's directory. */
export type PersonId = string;

/** Somebody who may be picked. */
export interface Pickable {
  /** What a command names. */
  id: PersonId;
  /** Their name. */
  name: string;
  /** Their role. */
  role: Role;
}

/** A picture, by which it is read (`GET /v1/campuses/{campus}/pictures/{sha256}`). */
export interface Picture {
  /** Lower-case hex SHA-256 of its bytes. */
  sha256: string;
  /** Its format. */
  kind: PictureKind;
  /** Its size in bytes. */
  bytes: number;
}

/** A picture's format, by its bytes and not by its name. */
export type PictureKind = 'image/jpeg' | 'image/png';

/** A PIN on its way to be checked: it never shows in a debug print. */
export type Pin = string;

/** A plea for help from no room that the campus knows (P2): it stands until a person answers. */
export interface PleaCard {
  card: 'plea';
  /** Its fact: what an answer names. */
  id: FactId;
  /** Who asks. */
  by: Who;
  /** Since when. */
  at: Timestamp;
  /** What they said. */
  report: RoomReport;
  /** In their own words. */
  note?: string;
}

/** Epoch and sequence. Ordered: a later epoch is later whatever its sequence. */
export interface Position {
  /** Counts the times that a journal came back without its tail. Starts at 1. */
  epoch: number;
  /**
   * Entries of the campus so far: the newest entry's number, 0 before the first. Below 2^53: a position that somebody
   * names becomes part of an entry, which must be writable.
   */
  seq: number;
}

/**
 * The five postures, lowest first: the order is the maximum that DESIGN speaks of, except that `AllClear` and
 * `LiftedBySchool` are one level with two names.
 */
export type Posture = 'normal' | 'lifted_by_school' | 'all_clear' | 'controlled_movement' | 'lock_down';

/** The headline. */
export interface PostureCard {
  card: 'posture';
  /** What the campus is under. */
  posture: Posture;
  /** An immediate threat waits for its answer (A2): no screen reads `normal`. */
  checking: boolean;
  /** What to do now, in the campus's words. */
  instruction: string;
  /** Open calls of lock-down. */
  calls: number;
  /** Raises on this screen that the journal does not have yet. */
  not_recorded: number;
  /** A drill was running when something real came in: "The drill is over. This is real." (D2) */
  drill_over?: boolean;
  /** The number of the incident, where one is open. */
  incident?: number;
  /** What stays on the release. */
  marks?: Mark[];
  /**
   * The journal lost its end after what is open was called: [`RECORD_LOST_WORDS`]. For people who answer for others,
   * not for a room's display.
   */
  record_lost?: boolean;
  /** Since when. */
  since?: Timestamp;
  /** When the last sweep began. */
  sweep_since?: Timestamp;
}

/** Somebody who recorded their presence (C6). */
export interface PresenceCard {
  card: 'presence';
  /** Who. */
  person: PersonId;
  /** Their name and role. */
  who: Who;
  /** Whether they are here. */
  here: boolean;
  /** Since when. */
  at: Timestamp;
}

/** Who is asking: taken from the authenticated connection only (A5). */
export type Principal = string;

/** A school lift that waits for its second person. */
export interface ProposalCard {
  card: 'proposal';
  /** Its fact. */
  id: FactId;
  /** Who proposed it. */
  by: Who;
  /** When: it stands for five minutes. */
  at: Timestamp;
  /** The responsibility statement. */
  statement: string;
  /** What it would lift. */
  lifts: FactId[];
}

/** An open posture raise. */
export interface RaiseCard {
  card: 'raise';
  /** Its fact: what a clear names. */
  id: FactId;
  /** What it holds the campus at. */
  level: Level;
  /** When it was accepted. */
  at: Timestamp;
  /** Whether the journal has it. */
  recorded: boolean;
  /** Who raised it. */
  by?: Who;
  /** What the threat is, for controlled movement. */
  kind?: ThreatKind;
  /** Accepted long before the journal took it: "A call of 10:42 by … arrived late" (P7). */
  late?: boolean;
  /** Annotated as a mistake (L3). It still holds the campus. */
  mistake?: string;
  /** Where. */
  place?: string;
  /** Why, or what was seen. */
  reason?: string;
  /** The raise sealed by the server, for a screen to hand back to another instance (R3). */
  sealed?: string;
  /** The description that its raiser shared with all staff. */
  shareable?: string;
}

/** How far the newest alert came (R1), in the counting of the whole campus. */
export interface ReachCard {
  card: 'reach';
  /** The alert: the newest open raise, or the drill. */
  alert: FactId;
  /** When it was accepted. */
  at: Timestamp;
  /** Clients that it was handed to. */
  sent: number;
  /** Those that say that it came in. */
  received: number;
  /** Those that say that it was drawn. */
  displayed: number;
  /** Rooms of the campus, */
  rooms: number;
  /** and those that acknowledged it. */
  acknowledged: number;
  /** Milliseconds until 50, 95 and 100 % of the clients had received it. */
  received_ms: Shares;
  /** Milliseconds until 50, 95 and 100 % of the rooms had acknowledged it. */
  acknowledged_ms: Shares;
}

/** A refusal with what its reader needs to look again. */
export interface Refusal {
  /** Stable name. */
  code: Code;
  /** One plain sentence. */
  message: string;
  /** What to do. */
  advice: string;
  /** What the refusal is about: raises not named, zones not cleared, rooms not opened. */
  about?: string[];
  /** Milliseconds to wait before sending again, where waiting helps. */
  retry_after_ms?: number;
}

/** A release that nobody resumed from yet. */
export interface ReleaseCard {
  card: 'release';
  /** Its fact: what a resume names. */
  id: FactId;
  /** Its number in the timeline: of several, the highest gives the words. */
  seq: number;
  /** `all_clear` or `lifted_by_school`. */
  kind: Posture;
  /** When it was given. */
  at: Timestamp;
  /** Who gave it. */
  by?: Who;
  /** What stays on it. */
  marks?: Mark[];
  /** Who vouched for its giver, where they were enrolled on scene (A3). */
  on_scene?: OnScene;
  /** The sentence to say on the radio (S6). */
  radio?: string;
}

/** How a release reaches the rooms (S5). */
export type ReleaseMode = 'announce' | 'room_by_room';

/** How far help is known to have come. Unknown reads as unknown. */
export type Response = 'unknown' | 'accepted' | 'on_the_way' | 'on_scene';

/** What a person (or a room's device) is to the district. */
export type Role = 'administrator' | 'sro' | 'officer' | 'sso' | 'eyes' | 'staff' | 'chief' | 'director'
  | 'superintendent' | 'monitor' | 'room' | 'operator';

/** A room, for those who answer for all of them (L5). */
export interface RoomCard {
  card: 'room';
  /** Its id. */
  id: RoomId;
  /** Its name. */
  name: string;
  /** Its zone. */
  zone: ZoneId;
  /** Screens that this instance serves for it now. */
  live: number;
  /** Whether a screen of it has shown the newest open raise (R1). */
  reached: boolean;
  /** Opened after the release (S5). */
  opened: boolean;
  /** When it acknowledged the newest open raise. */
  acknowledged?: Timestamp;
  /** Its word in the drill that is running (D1). */
  drill?: DrillRoomReport;
  /** In its own words. */
  note?: string;
  /** Its plea for help, until a person answers it. */
  plea?: FactId;
  /** How it is, by its own last word in this incident. Nothing said is *unknown*, never safe. */
  report?: RoomReport;
  /** When it said so. */
  reported_at?: Timestamp;
  /** Stays locked until an officer opens it, whatever the posture is (S5). */
  stay_locked?: boolean;
}

/** A room of a campus, which a classroom client reports for. */
export type RoomId = string;

/** How a room is (L4). What is not said is unknown, and unknown is never safe. */
export interface RoomReport {
  /** The room's own word for itself. */
  state: RoomState;
  /** People in it who belong elsewhere. */
  extra?: number;
  /** People injured. */
  injured?: number;
  /** People missing from it. */
  missing?: number;
  /** People in the room. */
  present?: number;
}

/** How a room's screen looks in a lock-down: a lit one shows through a window where people hide. */
export type RoomScreens = 'dark' | 'bright';

/** A room's own word for itself. */
export type RoomState = 'secured' | 'not_secured' | 'need_help';

/** What the server sends. */
export type ServerFrame =
  /** First frame. */
  | { type: 'welcome'; server: string; at: Timestamp; you: You; campuses: CampusName[] }
  /**
   * Everything that this audience sees of a campus. In parts where one frame is too small: a client applies it when
   * the last part is in.
   */
  | { type: 'snapshot'; campus: CampusId; position: Position; part: number; parts: number; cards: Card[] }
  /** What changed. */
  | { type: 'event'; campus: CampusId; position: Position; drop?: string[]; put?: Card[] }
  /** Every two seconds: without one a screen cannot be relied on (R2). */
  | { type: 'pulse'; campus: CampusId; at: Timestamp; position: Position; concerns: number; degraded?: boolean;
    head?: string }
  /** A command was accepted. */
  | { type: 'accepted' } & Accepted
  /** A command was refused, or a frame made no sense. */
  | { type: 'refused'; refusal: Refusal; id?: CommandId }
  /** A clear was sent to the journal and not answered. Treat the campus as it was. */
  | { type: 'in_doubt'; id: CommandId; message: string }
  /**
   * What this client confirmed is kept: a kill of the server loses nothing of it (R1). Receipts are kept together,
   * about each second, and only while an alert is open that they can be about. One frame answers all that came before
   * it, and one for `displayed` answers those for `received` as well. A receipt without an answer may be sent again.
   */
  | { type: 'receipt_kept'; campus: CampusId; stage: Stage; through: Position }
  /** The server closes the connection next. */
  | { type: 'bye'; code: number; message: string; come_back: boolean };

/** Milliseconds until a share was reached; none where it has not been. */
export interface Shares {
  /** All. */
  all?: number;
  /** Half. */
  half?: number;
  /** 95 %. */
  most?: number;
}

/** Something that somebody saw (C5). */
export interface SightingCard {
  card: 'sighting';
  /** Its fact. */
  id: FactId;
  /** Who saw it. */
  by: Who;
  /** When it was reported. */
  at: Timestamp;
  /** What. */
  seen: string;
  /** Whether it is dangerous. */
  danger: Danger;
  /** Whether the journal has it. */
  recorded: boolean;
  /** The sighting that it brings up to date. */
  of?: FactId;
  /** Its picture. */
  picture?: Picture;
  /** Where. */
  place?: string;
  /** When it was seen, as its author says. */
  seen_at?: Timestamp;
}

/** How far an alert got on a client (R1). */
export type Stage = 'received' | 'displayed';

/** What a sign-in is good for at this moment. */
export type Standing = 'forgiven' | 'live' | 'fresh';

/** One campus to follow, and what the client shows of it already (R3). */
export interface Subscription {
  /** The campus. */
  campus: CampusId;
  /** The position that the client has applied. */
  after?: Position | null;
  /** Its raises as the server sealed them, for an instance that never had them. */
  sealed?: string[];
  /** The open items that it shows: the answer says of each whether it is open or covered. */
  shows?: FactId[];
}

/** One to 500 characters as somebody typed them: trimmed, no control characters but newlines. */
export type Text = string;

/** An immediate threat that nobody answered yet. */
export interface ThreatCard {
  card: 'threat';
  /** Its fact: what an answer names. */
  id: FactId;
  /** When it was accepted. */
  at: Timestamp;
  /** Whether the journal has it. */
  recorded: boolean;
  /** Who reported it. */
  by?: Who;
  /** Where. */
  place?: string;
  /** What is happening. */
  reason?: string;
  /** From which room. */
  room?: RoomId;
  /** The threat sealed by the server, for a screen to hand back (R3). */
  sealed?: string;
}

/** What a prospective threat is (C1). */
export type ThreatKind = 'person' | 'object' | 'weather' | 'area_police' | 'other';

/** RFC 3339. */
export type Timestamp = string;

/** One attempt to reach somebody. */
export interface Tried {
  /** Whom. */
  person: PersonId;
  /** How. */
  channel: Channel;
  /** What became of it. */
  outcome: Outcome;
  /** When. */
  at: Timestamp;
  /** Their name, where the directory has them. */
  name?: string;
}

/** A standing *not clear* or objection. */
export interface VetoCard {
  card: 'veto';
  /** Its fact. */
  id: FactId;
  /** What it is against. */
  kind: VetoKind;
  /** Who said it. */
  by: Who;
  /** When. */
  at: Timestamp;
  /** Why. */
  reason: string;
}

/** What a veto is against. */
export type VetoKind = 'not_clear' | 'objection';

/** Somebody who vouched for an officer, as they were then. */
export interface Vouched {
  /** The person. */
  person: PersonId;
  /** Their name. */
  name: string;
  /** Their role. */
  role: Role;
  /** When. */
  at: Timestamp;
}

/** Who did something, for those who may know. */
export interface Who {
  /** Their name. */
  name: string;
  /** Their role. */
  role: Role;
}

/** Who the server takes the client for (A5). */
export interface You {
  /** The principal. */
  principal: Principal;
  /** The name that the directory has for it. */
  name: string;
  /** Its role. */
  role: Role;
  /** Its district. */
  district: DistrictId;
  /** What it is shown. */
  audience: Audience;
  /** What its sign-in is good for. */
  standing: Standing;
  /** The room that it speaks for. */
  room?: RoomId;
}

/** A zone of the sweep (S1). */
export interface ZoneCard {
  card: 'zone';
  /** Its id. */
  id: ZoneId;
  /** Its name. */
  name: string;
  /** Clear now: cleared in this sweep and later than anything adverse. */
  clear: boolean;
  /** The last adverse report in it. */
  adverse?: string;
  /** When. */
  adverse_at?: Timestamp;
  /** When. */
  cleared_at?: Timestamp;
  /** Who cleared it last. */
  cleared_by?: Who;
}

/** What a sweep clears: a building, floor or field of a campus. */
export type ZoneId = string;
