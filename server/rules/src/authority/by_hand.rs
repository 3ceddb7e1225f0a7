//! Who may put whom and what into the directory by hand.
//!
//! Nobody gives what they do not have, over a campus that they do not serve. The director alone
//! puts every role, by their office, as they certify an officer (A3).

use lockstep_proto::code::Code;
use lockstep_proto::directory::{Date, Person};
use lockstep_proto::id::{CampusId, PersonId};
use lockstep_proto::role::Role;

use super::{Actor, Scope};

/// The roles that somebody of this role puts into the directory by hand, changes and removes.
#[must_use]
pub fn gives(role: Role) -> &'static [Role] {
    /// Those who observe and report: less than any administrator may.
    const REPORTING: &[Role] = &[Role::Staff, Role::Eyes];
    const ALL: &[Role] = &[
        Role::Staff,
        Role::Eyes,
        Role::Administrator,
        Role::Sro,
        Role::Officer,
        Role::Sso,
        Role::Chief,
        Role::Director,
        Role::Superintendent,
        Role::Monitor,
    ];
    match role {
        Role::Administrator => REPORTING,
        Role::Director => ALL,
        Role::Sro
        | Role::Officer
        | Role::Sso
        | Role::Eyes
        | Role::Staff
        | Role::Chief
        | Role::Superintendent
        | Role::Monitor
        | Role::Room
        | Role::Operator => &[],
    }
}

/// Whether this role answers for who and what there is on a campus.
pub(super) fn answers(role: Role) -> bool {
    match role {
        Role::Administrator | Role::Chief | Role::Director | Role::Superintendent => true,
        Role::Sro
        | Role::Officer
        | Role::Sso
        | Role::Eyes
        | Role::Staff
        | Role::Monitor
        | Role::Room
        | Role::Operator => false,
    }
}

/// Whether this actor may put `after` in the place of `before`.
pub(super) fn person(
    actor: &Actor,
    id: Option<&PersonId>,
    before: Option<&Person>,
    after: Option<&Person>,
    today: Date,
) -> Result<(), Code> {
    let given = gives(actor.author.role);
    if given.is_empty() {
        return Err(Code::NotAllowed);
    }
    if after.is_some_and(|after| !given.contains(&after.role)) {
        return Err(Code::NotAllowed);
    }
    // Whoever is on none of their campuses is nobody to them.
    if before.map_or(after.is_none(), |before| !meets(actor, before)) {
        return Err(Code::UnknownThing);
    }
    if before.is_some_and(|before| !within(actor, before) || !given.contains(&before.role)) {
        return Err(Code::NotAllowed);
    }
    if after.is_some_and(|after| !within(actor, after)) {
        return Err(Code::UnknownCampus);
    }
    let own = id.is_some() && id == actor.person();
    if own && !after.is_some_and(|after| before.is_some_and(|before| as_much(before, after))) {
        return Err(Code::SamePerson);
    }
    let Some(after) = after else { return Ok(()) };
    granted(actor, before, after)?;
    certification(actor, before, after, today)
}

/// The same right to everything: another name, room or address at most.
fn as_much(before: &Person, after: &Person) -> bool {
    before.role == after.role
        && before.campuses == after.campuses
        && before.certification == after.certification
        && before.may_lock_down == after.may_lock_down
}

/// P5: the grant is given on by who holds it, for that campus.
fn granted(actor: &Actor, before: Option<&Person>, after: &Person) -> Result<(), Code> {
    let had = |campus: &CampusId| before.is_some_and(|old| old.may_lock_down.contains(campus));
    let mut new = after.may_lock_down.iter().filter(|campus| !had(campus));
    if new.all(|campus| actor.may_lock_down.contains(campus)) {
        Ok(())
    } else {
        Err(Code::NotAllowed)
    }
}

/// A3: no SRO without a certification on record, none is entered but by the director, and no hand
/// says that two people vouched for it on scene.
fn certification(
    actor: &Actor,
    before: Option<&Person>,
    after: &Person,
    today: Date,
) -> Result<(), Code> {
    let stands = before.and_then(|before| before.certification.as_ref());
    let entered = after.certification.as_ref();
    if after.role == Role::Sro && entered.is_none() {
        return Err(Code::CertificationMissing);
    }
    let Some(new) = entered.filter(|_| entered != stands) else {
        return Ok(());
    };
    if actor.author.role != Role::Director || new.on_scene.is_some() {
        return Err(Code::NotAllowed);
    }
    if new.valid_until < today {
        return Err(Code::CertificationExpired);
    }
    Ok(())
}

/// A substitute comes within a minute, and another name or room of the staff is nobody's right.
/// All else takes what a change of policy takes.
pub(super) fn takes_proof(before: Option<&Person>, after: Option<&Person>) -> bool {
    match (before, after) {
        (None, None) => false,
        (None, Some(new)) => new.role != Role::Staff || new.certification.is_some(),
        (Some(_), None) => true,
        (Some(old), Some(new)) => {
            let reports = matches!(old.role, Role::Staff | Role::Eyes);
            !reports || !as_much(old, new) || old.addresses != new.addresses
        }
    }
}

/// Whether this actor may see these sign-ins and switch them off: who may make them a code, or
/// answers for the district, and everybody for their own.
pub(super) fn sign_ins(
    actor: &Actor,
    own: bool,
    campuses: Option<&[CampusId]>,
) -> Result<(), Code> {
    if own {
        return Ok(());
    }
    if !answers(actor.author.role) {
        return Err(Code::NotAllowed);
    }
    let theirs = match (&actor.scope, campuses) {
        (Scope::District, _) => true,
        (Scope::Campuses(_), None | Some([])) => false,
        (Scope::Campuses(own), Some(all)) => all.iter().all(|campus| own.contains(campus)),
    };
    if theirs {
        Ok(())
    } else {
        Err(Code::UnknownThing)
    }
}

/// They serve one of the actor's campuses.
fn meets(actor: &Actor, person: &Person) -> bool {
    match (&actor.scope, Scope::of(person)) {
        (Scope::District, _) => true,
        (Scope::Campuses(_), Scope::District) => false,
        (Scope::Campuses(own), Scope::Campuses(theirs)) => !own.is_disjoint(&theirs),
    }
}

/// They serve no other campus than the actor's.
fn within(actor: &Actor, person: &Person) -> bool {
    match (&actor.scope, Scope::of(person)) {
        (Scope::District, _) => true,
        (Scope::Campuses(_), Scope::District) => false,
        (Scope::Campuses(own), Scope::Campuses(theirs)) => {
            !theirs.is_empty() && theirs.is_subset(own)
        }
    }
}
