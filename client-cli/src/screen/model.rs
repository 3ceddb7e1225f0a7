//! What there is to draw. No I/O, no clock: `now` is handed in with each refresh.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use lockstep_proto::Timestamp;
use lockstep_proto::frame::You;
use lockstep_proto::id::{CampusId, FactId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::role::Audience;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{
    Card, ContactCard, DrillCard, DuressCard, DutyCard, EscalationCard, LeadCard, LineCard,
    OwnRoomCard, PleaCard, PostureCard, PresenceCard, ProposalCard, RaiseCard, ReachCard,
    ReleaseCard, RoomCard, RoomReach, SightingCard, ThreatCard, VetoCard, ZoneCard,
};
use tokio::time::Instant;

use crate::link::{Connection, LinkState, Trust};
use crate::words;

/// The most notices that are kept.
const NOTICES_MAX: usize = 8;

/// The most duties that have a number: one digit each.
const NUMBERED_MAX: usize = 9;

/// Which screen this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Posture in huge letters, and what to do.
    Classroom,
    /// Calls, rooms, sweep, timeline.
    Responder,
    /// All campuses, worst first.
    Board,
}

impl Form {
    /// The form for an audience.
    #[must_use]
    pub fn of(audience: Audience) -> Self {
        match audience {
            Audience::Room | Audience::Staff => Self::Classroom,
            Audience::Responder | Audience::District => Self::Responder,
        }
    }
}

/// One campus as it is drawn.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its id.
    pub id: CampusId,
    /// Its name.
    pub name: String,
    /// What came in, by R3.
    pub screen: Screen,
    /// How far it can be relied on (R2).
    pub trust: Trust,
    /// The journal cannot be written.
    pub degraded: bool,
    /// The campus's time zone.
    pub zone: TimeZone,
}

/// Something said to the one who looks: the answer to their own act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// It is bad news, and stays until the next answer.
    pub bad: bool,
}

/// A key that takes two presses, and the first one's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Armed {
    /// Which.
    pub key: char,
    /// When it was pressed first.
    pub at: Timestamp,
    /// The duty that its number stood for then: a list that moves in between changes nothing.
    pub duty: Option<FactId>,
}

/// Which clear a sheet would send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetKind {
    /// End of controlled movement.
    EndMovement,
    /// All clear.
    AllClear,
    /// Resume.
    Resume,
    /// An all clear that is practised (D3).
    DrillAllClear,
    /// End of a drill or test alert.
    EndDrill,
}

/// An open confirm sheet. It names what was drawn when it opened, whatever comes in after (P4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Where.
    pub campus: CampusId,
    /// Which clear.
    pub kind: SheetKind,
    /// What it names.
    pub lifts: Vec<FactId>,
    /// The same, as lines.
    pub lines: Vec<String>,
    /// The head that was drawn when it opened.
    pub seen: Position,
    /// What was typed of the PIN. Drawn as dots.
    pub pin: String,
}

/// Everything that is drawn.
#[derive(Debug, Clone)]
pub struct Model {
    /// Which screen this is.
    pub form: Form,
    /// The time of day.
    pub now: Timestamp,
    /// Whether colours may be used.
    pub colour: bool,
    /// Who this is, once known.
    pub you: Option<You>,
    /// How the link stands.
    pub connection: Connection,
    /// Since when there is a link.
    pub started: Timestamp,
    /// The campuses, worst first.
    pub campuses: Vec<Shown>,
    /// What was answered.
    pub notices: VecDeque<Notice>,
    /// A key that waits for its second press.
    pub armed: Option<Armed>,
    /// An open confirm sheet.
    pub sheet: Option<Sheet>,
    /// Raises in the outbox that are not sent by themselves any more (P7).
    pub unsent: usize,
    /// Something real was open at the last look.
    was_real: bool,
}

impl Model {
    /// An empty screen.
    #[must_use]
    pub fn new(form: Form, now: Timestamp, colour: bool) -> Self {
        Self {
            form,
            now,
            colour,
            you: None,
            connection: Connection::Trying {
                why: "connecting".to_owned(),
            },
            started: now,
            campuses: Vec::new(),
            notices: VecDeque::new(),
            armed: None,
            sheet: None,
            unsent: 0,
            was_real: false,
        }
    }

    /// Takes what the link knows, and the time.
    pub fn refresh(&mut self, state: &LinkState, now: Timestamp, monotonic: Instant) {
        self.now = now;
        self.connection = state.connection.clone();
        self.started = state.started;
        self.you = state.welcome.as_ref().map(|welcome| welcome.you.clone());
        self.campuses = state
            .campuses
            .iter()
            .map(|(id, follow)| {
                let named = state
                    .welcome
                    .iter()
                    .flat_map(|welcome| welcome.campuses.iter())
                    .find(|named| named.id == *id);
                Shown {
                    id: id.clone(),
                    name: named.map_or_else(|| id.to_string(), |named| named.name.clone()),
                    zone: words::zone(&follow.screen),
                    screen: follow.screen.clone(),
                    trust: follow.trust(monotonic),
                    degraded: follow.degraded,
                }
            })
            .collect();
        self.campuses.sort_by(|a, b| {
            b.severity()
                .cmp(&a.severity())
                .then_with(|| a.id.cmp(&b.id))
        });
        self.forget_drills();
    }

    /// Under something real no word of a drill stays (D2): neither a sheet that would end one, nor the
    /// answer to a report for one.
    fn forget_drills(&mut self) {
        let real = |shown: &Shown| shown.screen.items().next().is_some();
        let sheet = self.sheet.as_ref().filter(|sheet| sheet.kind.is_of_drill());
        let ended = sheet.is_some_and(|sheet| {
            let campus = self.campuses.iter().find(|shown| shown.id == sheet.campus);
            campus.is_none_or(|shown| shown.screen.drill().is_none())
        });
        if ended {
            self.sheet = None;
            self.notice("The sheet was closed. Nothing was sent".to_owned(), true);
        }
        let real_came = self.campuses.first().is_some_and(real);
        if real_came && !self.was_real {
            self.notices
                .retain(|notice| notice.bad || !notice.text.to_lowercase().contains("drill"));
        }
        self.was_real = real_came;
    }

    /// Says something to the one who looks.
    pub fn notice(&mut self, text: String, bad: bool) {
        self.notices.push_front(Notice {
            at: self.now,
            text,
            bad,
        });
        self.notices.truncate(NOTICES_MAX);
    }

    /// The campus of `watch`.
    #[must_use]
    pub fn campus(&self) -> Option<&Shown> {
        self.campuses.first()
    }
}

/// Everything of one campus as a responder looks at it.
#[derive(Debug, Default)]
pub struct Sorted<'a> {
    /// Open posture raises.
    pub raises: Vec<&'a RaiseCard>,
    /// Who was forced.
    pub duress: Vec<&'a DuressCard>,
    /// Threats that wait.
    pub threats: Vec<&'a ThreatCard>,
    /// Releases not resumed.
    pub releases: Vec<&'a ReleaseCard>,
    /// Rooms, those that need somebody first.
    pub rooms: Vec<&'a RoomCard>,
    /// Pleas for help from no known room, the oldest first.
    pub pleas: Vec<&'a PleaCard>,
    /// Zones of the sweep.
    pub zones: Vec<&'a ZoneCard>,
    /// Vetoes.
    pub vetoes: Vec<&'a VetoCard>,
    /// Proposals of a school lift.
    pub proposals: Vec<&'a ProposalCard>,
    /// Who recorded their presence.
    pub presence: Vec<&'a PresenceCard>,
    /// Timeline, newest first.
    pub lines: Vec<&'a LineCard>,
    /// This client's own room.
    pub own: Option<&'a OwnRoomCard>,
    /// The headline.
    pub posture: Option<&'a PostureCard>,
    /// What people saw.
    pub sightings: Vec<&'a SightingCard>,
    /// Calls for help from outside.
    pub escalations: Vec<&'a EscalationCard>,
    /// What somebody must do.
    pub duties: Vec<&'a DutyCard>,
    /// Contact plans in the making.
    pub contacts: Vec<&'a ContactCard>,
    /// Who has the lead.
    pub lead: Option<&'a LeadCard>,
    /// The drill, if one is running.
    pub drill: Option<&'a DrillCard>,
    /// How far the newest alert came.
    pub reach: Option<&'a ReachCard>,
}

impl Shown {
    /// The cards by kind, each in the order in which it is read.
    #[must_use]
    pub fn sorted(&self) -> Sorted<'_> {
        let mut sorted = Sorted::default();
        for card in self.screen.cards.values() {
            match card {
                Card::Raise(card) => sorted.raises.push(card),
                Card::Threat(card) => sorted.threats.push(card),
                Card::Duress(card) => sorted.duress.push(card),
                Card::Release(card) => sorted.releases.push(card),
                Card::Room(card) => sorted.rooms.push(card),
                Card::Plea(card) => sorted.pleas.push(card),
                Card::Zone(card) => sorted.zones.push(card),
                Card::Veto(card) => sorted.vetoes.push(card),
                Card::Proposal(card) => sorted.proposals.push(card),
                Card::Presence(card) => sorted.presence.push(card),
                Card::Line(card) => sorted.lines.push(card),
                Card::OwnRoom(card) => sorted.own = Some(card),
                Card::Posture(card) => sorted.posture = Some(card),
                Card::Sighting(card) => sorted.sightings.push(card),
                Card::Escalation(card) => sorted.escalations.push(card),
                Card::Duty(card) => sorted.duties.push(card),
                Card::Contact(card) => sorted.contacts.push(card),
                Card::Lead(card) => sorted.lead = Some(card),
                Card::Drill(card) => sorted.drill = Some(card),
                Card::Reach(card) => sorted.reach = Some(card),
                Card::Campus(_) | Card::Cover(_) => {}
            }
        }
        sorted
            .raises
            .sort_by_key(|raise| (std::cmp::Reverse(raise.level), raise.at, raise.id));
        sorted.threats.sort_by_key(|threat| (threat.at, threat.id));
        sorted.duress.sort_by_key(|duress| (duress.at, duress.id));
        sorted
            .rooms
            .sort_by_key(|room| (need(room), room.id.clone()));
        sorted.pleas.sort_by_key(|plea| (plea.at, plea.id));
        sorted.lines.sort_by_key(|line| std::cmp::Reverse(line.seq));
        words::sort_duties(&mut sorted.duties);
        sorted
            .escalations
            .sort_by_key(|card| (card.agency, std::cmp::Reverse(card.at), card.id));
        sorted
            .sightings
            .sort_by_key(|card| (std::cmp::Reverse(card.at), card.id));
        sorted.presence.sort_by_key(|card| (!card.here, card.at));
        sorted
    }

    /// The posture that may be shown: the screen's own where it can be relied on, and where it is
    /// severe whatever became of the link (R2). `None` reads *unknown*.
    #[must_use]
    pub fn posture(&self) -> Option<Posture> {
        let posture = self.screen.posture();
        let severe = posture >= Posture::ControlledMovement;
        (severe || self.trust.is_good()).then_some(posture)
    }

    /// The drill that may be shown as running: none under something real (D2), and none where the
    /// screen cannot vouch for it (R2).
    #[must_use]
    pub fn drill(&self) -> Option<&DrillCard> {
        self.screen.drill().filter(|_| self.trust.is_good())
    }

    /// "The drill is over. This is real." (D2)
    #[must_use]
    pub fn drill_over(&self) -> bool {
        words::posture_card(&self.screen).is_some_and(|card| card.drill_over)
    }

    /// The duties that ask the one who looks, as they are numbered.
    #[must_use]
    pub fn your_duties(&self, you: Option<&You>) -> Vec<FactId> {
        let Some(you) = you else { return Vec::new() };
        let sorted = self.sorted();
        sorted
            .duties
            .iter()
            .filter(|duty| duty.asks.contains(&you.role))
            .take(NUMBERED_MAX)
            .map(|duty| duty.id)
            .collect()
    }

    /// Worst first: lock-down, controlled movement, a threat being checked, unknown, the rest.
    #[must_use]
    pub fn severity(&self) -> u8 {
        match (self.posture(), self.screen.checking()) {
            (Some(Posture::LockDown), _) => 6,
            (Some(Posture::ControlledMovement), _) => 5,
            (_, true) => 4,
            (None, false) => 3,
            (Some(Posture::AllClear), false) => 2,
            (Some(Posture::LiftedBySchool), false) => 1,
            (Some(Posture::Normal), false) => 0,
        }
    }

    /// Why this screen cannot be relied on, in words; none where it can (R2, R3).
    #[must_use]
    pub fn doubt(&self, started: Timestamp) -> Option<String> {
        match self.trust {
            Trust::Good => None,
            Trust::Never => Some(format!(
                "Not connected since {}. Do not rely on this screen",
                words::minute(started, &self.zone)
            )),
            Trust::NotConnected { since } => Some(format!(
                "Not connected since {}. Do not rely on this screen",
                words::minute(since, &self.zone)
            )),
            Trust::Behind { since } => Some(format!(
                "Something has not come in since {}. Do not rely on this screen",
                words::minute(since, &self.zone)
            )),
            Trust::Held => Some(format!(
                "{} shown here is no longer sent by the server, and no release names it. It is kept. \
                 Do not rely on this screen",
                match self.screen.held.len() {
                    1 => "One raise".to_owned(),
                    several => format!("{several} raises"),
                }
            )),
        }
    }
}

/// Who needs somebody first: asking for help, not reached, not acknowledged, not secured, the rest.
fn need(room: &RoomCard) -> u8 {
    use lockstep_proto::command::RoomState;
    let state = room.report.as_ref().map(|report| report.state);
    match (room.plea, room.reach(), state) {
        (Some(_), _, _) => 0,
        (None, RoomReach::NoScreen | RoomReach::NotReached, _) => 1,
        (None, RoomReach::NotAcknowledged, _) => 2,
        (None, RoomReach::Acknowledged, Some(RoomState::NotSecured)) => 3,
        // Nothing said is unknown, and unknown is never counted as safe (L4).
        (None, RoomReach::Acknowledged, None) => 4,
        (None, RoomReach::Acknowledged, Some(RoomState::Secured | RoomState::NeedHelp)) => 5,
    }
}
