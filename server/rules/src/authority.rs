//! Who may ask (A1–A7): the role, the certification, the sign-in and its proof.
//!
//! This is the only place that names roles. It has no default arm: a new command does not
//! compile until somebody has decided who may give it.

mod by_hand;

use std::collections::BTreeSet;

use lockstep_proto::code::Code;
use lockstep_proto::command::Command;
use lockstep_proto::directory::{Certification, Date, DirectoryAct, Person, Policy};
use lockstep_proto::fact::Author;
use lockstep_proto::id::{CampusId, DistrictId, PersonId, Principal, RoomId};
use lockstep_proto::role::{Role, Standing};
use serde::{Deserialize, Serialize};

pub use by_hand::gives;

/// The campuses that somebody serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// All of the district.
    District,
    /// These.
    Campuses(BTreeSet<CampusId>),
}

impl Scope {
    /// Whether the campus is among them.
    #[must_use]
    pub fn serves(&self, campus: &CampusId) -> bool {
        match self {
            Self::District => true,
            Self::Campuses(campuses) => campuses.contains(campus),
        }
    }

    /// What the directory says of a person: district roles serve every campus.
    #[must_use]
    pub fn of(person: &Person) -> Self {
        if person.role.serves_the_district() {
            Self::District
        } else {
            Self::Campuses(person.campuses.iter().cloned().collect())
        }
    }
}

/// Somebody who is asking, as sign-in made them. No message can make one (A5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The tenant.
    pub district: DistrictId,
    /// Who, in which role, with which sign-in.
    pub author: Author,
    /// What the sign-in is good for at this moment.
    pub standing: Standing,
    /// Where they serve.
    pub scope: Scope,
    /// The room that they speak for unless they name another.
    pub room: Option<RoomId>,
    /// Law-enforcement certification on record.
    pub certification: Option<Certification>,
    /// Campuses for which they hold the grant of P5.
    pub may_lock_down: BTreeSet<CampusId>,
    /// They proved who they are with the PIN that says that they are forced: nothing that they
    /// ask for with it comes true.
    #[serde(default)]
    pub under_duress: bool,
}

impl Actor {
    /// The person, if it is one.
    #[must_use]
    pub fn person(&self) -> Option<&PersonId> {
        match &self.author.principal {
            Principal::Person(id) => Some(id),
            Principal::Device(_) | Principal::Operator => None,
        }
    }

    /// Whether the sign-in has not run out: for what nobody is forgiven.
    pub fn not_expired(&self) -> Result<(), Code> {
        match self.standing {
            Standing::Forgiven => Err(Code::SignInExpired),
            Standing::Live | Standing::Fresh => Ok(()),
        }
    }

    /// The same sign-in, as the directory has its person now.
    fn as_now(&self, person: &Person) -> Self {
        Self {
            author: Author {
                role: person.role,
                ..self.author.clone()
            },
            scope: Scope::of(person),
            room: person.room.clone(),
            certification: person.certification.clone(),
            may_lock_down: person.may_lock_down.iter().cloned().collect(),
            ..self.clone()
        }
    }

    /// Whether they may call lock-down there: by role (A2), or by the grant of P5.
    #[must_use]
    pub fn may_call(&self, campus: &CampusId) -> bool {
        match self.author.role {
            Role::Administrator | Role::Sro | Role::Sso | Role::Officer => {
                self.scope.serves(campus)
            }
            Role::Chief | Role::Director | Role::Superintendent => {
                self.may_lock_down.contains(campus)
            }
            Role::Eyes | Role::Staff | Role::Monitor | Role::Room | Role::Operator => false,
        }
    }
}

/// The right that a decision stands on, for the journal to read again in its own transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// Who asked.
    pub actor: Actor,
    /// Where.
    pub campus: CampusId,
    /// What.
    pub command: Command,
    /// The day at the campus, against which a certification is held.
    pub today: Date,
    /// Who proposed the lift that this confirms: a school lift stands on two rights (S4).
    pub proposer: Option<Author>,
}

impl Right {
    /// The proposer's right to a lift, read again like that of who confirms it.
    #[must_use]
    pub fn of_proposer(&self) -> Option<Self> {
        let author = self.proposer.clone()?;
        Some(Self {
            actor: Actor {
                author,
                ..self.actor.clone()
            },
            proposer: None,
            ..self.clone()
        })
    }

    /// Whether the right still holds, by what the directory says now: `person` as it stands
    /// in the directory, and `signed_in` whether the actor's credential is not revoked.
    pub fn still_holds(
        &self,
        person: Option<&Person>,
        policy: &Policy,
        signed_in: bool,
    ) -> Result<(), Code> {
        if self.actor.under_duress {
            return Err(Code::NewAlarm);
        }
        let Some(person) = person.filter(|_| signed_in) else {
            return Err(Code::Revoked);
        };
        let actor = self.actor.as_now(person);
        may(&actor, &self.campus, &self.command, policy, self.today)
    }
}

/// The right that a change of the directory stands on, for the journal to read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryRight {
    /// Who asked.
    pub actor: Actor,
    /// What.
    pub act: DirectoryAct,
    /// The day there, against which a certification is held.
    pub today: Date,
}

impl DirectoryRight {
    /// The right to the first step of an enrolment on scene, of who took it: it is read again
    /// when the second is taken (A3). The sign-in that it was taken with may be gone by then.
    #[must_use]
    pub fn of_maker(&self, maker: Author, campus: CampusId) -> Self {
        Self {
            actor: Actor {
                author: maker,
                standing: Standing::Live,
                ..self.actor.clone()
            },
            act: DirectoryAct::EnrolOfficer { campus },
            today: self.today,
        }
    }

    /// Whether the right still holds, as [`Right::still_holds`].
    pub fn still_holds(&self, person: Option<&Person>, signed_in: bool) -> Result<(), Code> {
        let Some(person) = person.filter(|_| signed_in) else {
            return Err(Code::Revoked);
        };
        may_direct(&self.actor.as_now(person), &self.act, self.today)
    }
}

/// Whether this actor may do this to the directory today.
pub fn may_direct(actor: &Actor, act: &DirectoryAct, today: Date) -> Result<(), Code> {
    if act
        .campus()
        .is_some_and(|campus| !actor.scope.serves(campus))
    {
        return Err(Code::UnknownCampus);
    }
    let role = actor.author.role;
    let allowed = match act {
        // Whoever answers for a campus knows what its lock-down will do.
        DirectoryAct::ReadPolicy => role.audience().sees_responder_detail(),
        // District roles; the chief is law enforcement, and the policy is the school's.
        DirectoryAct::ChangePolicy => matches!(role, Role::Director | Role::Superintendent),
        // Who certified an officer on scene has their PIN: with a sign-in of theirs as well one
        // person alone would be the officer (A3).
        DirectoryAct::MakeCode { certified_by, .. } => {
            let theirs = certified_by.is_some() && certified_by.as_ref() == actor.person();
            matches!(role, Role::Administrator | Role::Director) && !theirs
        }
        // A3: one person makes the code,
        DirectoryAct::EnrolOfficer { .. } => {
            matches!(role, Role::Administrator | Role::Sro | Role::Director)
        }
        // and a different one certifies: director, chief, or an officer already on record.
        DirectoryAct::CertifyOfficer { .. } => role == Role::Director || sworn(role),
        DirectoryAct::ReadDirectory => by_hand::answers(role),
        DirectoryAct::PutPerson { id, before, after } => {
            let (id, before, after) = (id.as_ref(), before.as_deref(), after.as_deref());
            by_hand::person(actor, id, before, after, today)?;
            true
        }
        DirectoryAct::PutPlace { .. } => !gives(role).is_empty(),
        DirectoryAct::SwitchOff { own, campuses } => {
            by_hand::sign_ins(actor, *own, campuses.as_deref())?;
            true
        }
        // One's own: every person has a proof to give, a display and the shell have none.
        DirectoryAct::AddPasskey | DirectoryAct::RemovePasskey => {
            !matches!(role, Role::Room | Role::Operator)
        }
    };
    if !allowed {
        return Err(Code::NotAllowed);
    }
    if vouches_as_officer(role, act) {
        certified(actor.certification.as_ref(), today)?;
    }
    match actor.standing {
        Standing::Forgiven => Err(Code::SignInExpired),
        Standing::Live if act_needs_proof(act) => Err(Code::ProofNeeded),
        Standing::Live | Standing::Fresh => Ok(()),
    }
}

/// Who certifies another as an officer is on record as one: what an all clear takes. The
/// director and the chief certify by their office.
fn vouches_as_officer(role: Role, act: &DirectoryAct) -> bool {
    match act {
        DirectoryAct::CertifyOfficer { .. } => matches!(role, Role::Sro | Role::Officer),
        DirectoryAct::ReadPolicy
        | DirectoryAct::ChangePolicy
        | DirectoryAct::MakeCode { .. }
        | DirectoryAct::EnrolOfficer { .. }
        | DirectoryAct::ReadDirectory
        | DirectoryAct::PutPerson { .. }
        | DirectoryAct::PutPlace { .. }
        | DirectoryAct::SwitchOff { .. }
        | DirectoryAct::AddPasskey
        | DirectoryAct::RemovePasskey => false,
    }
}

/// Policy says what a threat comes to, and a certification opens the all clear: both take what
/// the all clear itself takes (A4). So does what proves who is acting from then on: a stolen
/// sign-in makes itself no proof. To take a proof away opens nothing.
fn act_needs_proof(act: &DirectoryAct) -> bool {
    match act {
        DirectoryAct::ChangePolicy
        | DirectoryAct::CertifyOfficer { .. }
        | DirectoryAct::AddPasskey => true,
        DirectoryAct::PutPerson { before, after, .. } => {
            by_hand::takes_proof(before.as_deref(), after.as_deref())
        }
        DirectoryAct::PutPlace { stands, .. } => *stands,
        // A teacher's new telephone and a room's display wait for nothing. Whose sign-in decides
        // something, or reads all of a district, is nobody's for a desk that was left open.
        DirectoryAct::MakeCode { role, .. } => {
            !matches!(role, Role::Staff | Role::Eyes | Role::Room)
        }
        DirectoryAct::ReadPolicy
        | DirectoryAct::EnrolOfficer { .. }
        | DirectoryAct::ReadDirectory
        | DirectoryAct::RemovePasskey
        // A lost device is switched off at once.
        | DirectoryAct::SwitchOff { .. } => false,
    }
}

/// Whether this actor may give this command on this campus today.
pub fn may(
    actor: &Actor,
    campus: &CampusId,
    command: &Command,
    policy: &Policy,
    today: Date,
) -> Result<(), Code> {
    // Nobody is told that a campus exists where they do not serve.
    if !actor.scope.serves(campus) {
        return Err(Code::UnknownCampus);
    }
    by_role(actor, campus, command, policy)?;
    if needs_certification(command) {
        certified(actor.certification.as_ref(), today)?;
    }
    by_standing(actor.standing, command)
}

/// Raising never needs a live sign-in (P2); lowering does, and what A4 names needs a proof.
fn by_standing(standing: Standing, command: &Command) -> Result<(), Code> {
    match standing {
        // A reading helps nobody to raise.
        Standing::Forgiven if matches!(command, Command::OpenRoster { .. }) => {
            Err(Code::SignInExpired)
        }
        Standing::Forgiven if command.class().is_fact() => Ok(()),
        Standing::Forgiven => Err(Code::SignInExpired),
        Standing::Live if needs_proof(command) => Err(Code::ProofNeeded),
        Standing::Live | Standing::Fresh => Ok(()),
    }
}

/// A4: all clear and school lift, both people, and the start of a drill.
fn needs_proof(command: &Command) -> bool {
    matches!(
        command,
        Command::GiveAllClear { .. }
            | Command::ProposeLift { .. }
            | Command::ConfirmLift { .. }
            | Command::StartDrill { .. }
            // An all clear that is practised is given as a real one is (D3).
            | Command::GiveDrillAllClear { .. }
    )
}

/// A3, and D3 where it is practised. Opening a room afterwards stands on the all clear that was given (S5).
fn needs_certification(command: &Command) -> bool {
    matches!(
        command,
        Command::GiveAllClear { .. } | Command::GiveDrillAllClear { .. }
    )
}

/// A full-time officer whose certification is on record and unexpired today (A3).
fn certified(certification: Option<&Certification>, today: Date) -> Result<(), Code> {
    let Some(certification) = certification else {
        return Err(Code::CertificationMissing);
    };
    if !certification.full_time {
        return Err(Code::CertificationPartTime);
    }
    if certification.valid_until < today {
        return Err(Code::CertificationExpired);
    }
    Ok(())
}

/// Roles, command by command.
fn by_role(
    actor: &Actor,
    campus: &CampusId,
    command: &Command,
    policy: &Policy,
) -> Result<(), Code> {
    let role = actor.author.role;
    let allowed = match command {
        // A1. The guidance names nobody; these are the people it gives the campus to.
        Command::BeginControlledMovement { .. } => leads(role),
        // A2 and P5.
        Command::CallLockDown { .. } => actor.may_call(campus),
        // A2: everybody, the monitor included. The operator is no person of the school.
        Command::ReportThreat { .. } => role != Role::Operator,
        // L4 and R1: everybody on campus; a monitor changes nothing.
        Command::ReportRoom { .. } | Command::Acknowledge { .. } => {
            role != Role::Operator && role != Role::Monitor
        }
        // S1: officers, and who may accompany them.
        Command::ReportAdverse { .. } => leads(role),
        // S3, S4: an officer's word.
        Command::SayNotClear { .. }
        | Command::ObjectToLift { .. }
        | Command::WithdrawNotClear { .. }
        | Command::SetAsideNotClear { .. }
        | Command::WithdrawObjection { .. } => sworn(role),
        // C6.
        Command::Arrive {} | Command::Leave {} => {
            leads(role) || matches!(role, Role::Director | Role::Superintendent)
        }
        // L3: its author or an administrator; which of the two is for `decide` to see.
        Command::AnnotateMistake { .. } => {
            role != Role::Operator && role != Role::Monitor && role != Role::Room
        }
        Command::AnswerPlea { .. } => leads(role),
        // A2: one of those who may call.
        Command::AnswerThreat { .. } => actor.may_call(campus),
        // S1, S5: officers. SSOs and administrators accompany; they do not clear.
        Command::StartSweep {} | Command::ClearZone { .. } | Command::OpenRoom { .. } => {
            sworn(role)
        }
        // S4: an administrator, and a second one or the director.
        Command::ProposeLift { .. } => return lift_allowed(policy, role == Role::Administrator),
        Command::ConfirmLift { .. } => {
            return lift_allowed(policy, matches!(role, Role::Administrator | Role::Director));
        }
        Command::SetAsideObjection { .. } => role == Role::Director,
        // A1, A7, and the closing of an incident.
        Command::EndControlledMovement { .. }
        | Command::Resume { .. }
        | Command::CloseIncident { .. } => role == Role::Administrator || sworn(role),
        // A3: sworn law enforcement of any agency; the certification is checked beside it.
        Command::GiveAllClear { .. } | Command::GiveDrillAllClear { .. } => sworn(role),
        // C5: everybody, eyes above all. A monitor changes nothing, a device sees nothing.
        Command::ReportSighting { .. } | Command::AttachPicture { .. } => person(role),
        // E1: any staff. E5: anyone.
        Command::OpenEscalation { .. }
        | Command::RecordLine { .. }
        | Command::FinishDuty { .. } => person(role),
        // E3, E4: those whom the duty asks, which is for `decide` to see.
        Command::AcknowledgeDuty { .. } | Command::DeclineDuty { .. } => person(role),
        // C3: the pairs bind the school's own people.
        Command::JudgeContactSafe { .. } | Command::WithdrawContact { .. } => {
            matches!(role, Role::Administrator | Role::Sro | Role::Sso)
        }
        // C4: what has happened is always recordable.
        Command::RecordContact { .. } => person(role),
        // C7. The lead gains no rights, and gives none away.
        Command::OfferLead { .. } | Command::TakeLead { .. } => leads(role),
        // D1, D3, D5.
        Command::StartDrill { .. } | Command::EndDrill { .. } => {
            matches!(role, Role::Administrator | Role::Sro)
        }
        // D3: as the real one (A2).
        Command::CallDrillLockDown { .. } => actor.may_call(campus),
        Command::ReportDrillRoom { .. } => role != Role::Operator && role != Role::Monitor,
        Command::ClearDrillZone { .. } => sworn(role),
        // I4: who answers for the campus, and whoever works there for their own room.
        Command::OpenRoster { room } => leads(role) || is_own_room(actor, room.as_ref()),
    };
    if allowed {
        Ok(())
    } else {
        Err(Code::NotAllowed)
    }
}

/// A room that somebody of the staff is signed in for.
fn is_own_room(actor: &Actor, room: Option<&RoomId>) -> bool {
    matches!(actor.author.role, Role::Staff | Role::Eyes)
        && room.is_some()
        && room == actor.room.as_ref()
}

/// A district may disable school lift altogether (S4). Who could not have done it anyway
/// hears that first.
fn lift_allowed(policy: &Policy, allowed: bool) -> Result<(), Code> {
    match (allowed, policy.school_lift) {
        (false, _) => Err(Code::NotAllowed),
        (true, false) => Err(Code::LiftDisabled),
        (true, true) => Ok(()),
    }
}

/// A person of the school or of an agency: not a device, nor the operator, nor a monitor, who
/// changes nothing.
fn person(role: Role) -> bool {
    match role {
        Role::Monitor | Role::Room | Role::Operator => false,
        Role::Administrator
        | Role::Sro
        | Role::Officer
        | Role::Sso
        | Role::Eyes
        | Role::Staff
        | Role::Chief
        | Role::Director
        | Role::Superintendent => true,
    }
}

/// Those to whom the guidance gives the campus.
pub(crate) fn leads(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::Sso) || sworn(role)
}

/// Sworn law enforcement: an SRO, an officer of any agency, the chief of campus police. The
/// chief is an officer in everything but this: lock-down is theirs to call by the grant of P5,
/// which names them.
fn sworn(role: Role) -> bool {
    matches!(role, Role::Sro | Role::Officer | Role::Chief)
}
