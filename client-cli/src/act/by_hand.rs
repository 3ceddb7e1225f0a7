//! `people`, `rooms`, `sign-ins`: the directory by hand.

use lockstep_proto::by_hand::DirectoryChange;
use lockstep_proto::directory::{Certification, Person, Room};
use lockstep_proto::id::{CampusId, RoomId};
use lockstep_proto::role::Role;
use serde_json::json;

use super::clear::{no_answer, pin};
use super::sign_in::{make_code, tell_code};
use crate::Failure;
use crate::api::{Change, Changed, Directory, PersonKnown};
use crate::args::{About, Making, People, Rooms, SignIns};
use crate::context::Context;

pub(super) async fn people(context: &Context, what: People) -> Result<(), Failure> {
    match what {
        People::List { campus, search } => list(context, campus.as_ref(), search.as_deref()).await,
        People::Add {
            name,
            about,
            no_code,
            making,
        } => {
            let now = context.api()?.directory(None).await?;
            let nobody = Person {
                name: name.as_str().to_owned(),
                role: Role::Staff,
                campuses: Vec::new(),
                room: None,
                certification: None,
                may_lock_down: Vec::new(),
                addresses: Vec::new(),
            };
            let mut person = with(nobody, *about);
            if person.campuses.is_empty() && !person.role.serves_the_district() {
                person.campuses.push(only_campus(&now)?);
            }
            let change = DirectoryChange::AddPerson { person };
            made(context, now.version, change, making, !no_code).await
        }
        People::Change {
            person,
            name,
            about,
            making,
        } => {
            let now = context.api()?.directory(None).await?;
            let known = find(&now, |known| known.id == person)?;
            let mut before = known.person.clone();
            if let Some(name) = name {
                before.name = name.as_str().to_owned();
            }
            let change = DirectoryChange::ChangePerson {
                id: person,
                person: with(before, *about),
            };
            made(context, now.version, change, making, false).await
        }
        People::Remove { person, making } => {
            let now = context.api()?.directory(None).await?;
            let change = DirectoryChange::RemovePerson { id: person };
            made(context, now.version, change, making, false).await
        }
    }
}

fn find(now: &Directory, is: impl Fn(&PersonKnown) -> bool) -> Result<&PersonKnown, Failure> {
    now.people.iter().find(|known| is(known)).ok_or_else(|| {
        Failure::Usage("There is no such person for you. See `lockstep people list`.".to_owned())
    })
}

fn only_campus(now: &Directory) -> Result<CampusId, Failure> {
    if let [only] = now.campuses.as_slice() {
        return Ok(only.id.clone());
    }
    let all: Vec<&str> = now.campuses.iter().map(|of| of.id.as_str()).collect();
    Err(Failure::Usage(format!(
        "Say where with --campus: {}. Nothing was sent.",
        all.join(", ")
    )))
}

/// The person with what was said of them; what was left out stays.
fn with(before: Person, about: About) -> Person {
    let said = |room: RoomId| (room.as_str() != "none").then_some(room);
    let certification = match (about.agency, about.badge, about.number, about.until) {
        (Some(agency), Some(badge), Some(number), Some(valid_until)) => Some(Certification {
            agency,
            badge,
            kind: about.kind,
            number,
            full_time: !about.part_time,
            valid_until,
            on_scene: None,
        }),
        _ => before.certification,
    };
    let or = |said: Vec<_>, before| if said.is_empty() { before } else { said };
    Person {
        role: about.role.unwrap_or(before.role),
        campuses: or(about.campus, before.campuses),
        room: about.room.map_or(before.room, said),
        addresses: if about.addresses.is_empty() {
            before.addresses
        } else {
            about.addresses
        },
        certification,
        ..before
    }
}

async fn list(
    context: &Context,
    campus: Option<&CampusId>,
    search: Option<&str>,
) -> Result<(), Failure> {
    let mut now = context.api()?.directory(campus).await?;
    if let Some(wanted) = search.map(str::to_lowercase) {
        now.people.retain(|known| {
            let name = known.person.name.to_lowercase();
            name.contains(&wanted) || known.id.as_str().contains(&wanted)
        });
    }
    for known in &now.people {
        context.tell(&line(known));
    }
    if now.people.is_empty() {
        context.tell("Nobody.");
    }
    context.tell(&format!("Directory version {}", now.version));
    context.tell_json(&now);
    Ok(())
}

fn line(known: &PersonKnown) -> String {
    let person = &known.person;
    let mut line = format!("{:<24} {}, {}", known.id, person.name, person.role.words());
    let campuses: Vec<&str> = person.campuses.iter().map(CampusId::as_str).collect();
    if !campuses.is_empty() {
        line += &format!(" at {}", campuses.join(", "));
    }
    if known.elsewhere {
        line += " and elsewhere";
    }
    if let Some(room) = &person.room {
        line += &format!(", room {room}");
    }
    if known.by_hand {
        line += " (by hand)";
    }
    line
}

/// Makes a change, once somebody has seen the difference where it takes a PIN: a person here, or
/// whoever named the version that they looked at.
async fn made(
    context: &Context,
    version: u64,
    change: DirectoryChange,
    making: Making,
    with_code: bool,
) -> Result<(), Failure> {
    let api = context.api()?;
    let mut body = Change {
        expected: making.expect.unwrap_or(version),
        change,
        reason: making.because,
        pin: None,
        dry_run: true,
    };
    let would = api.change_directory(&body).await?;
    if making.dry_run {
        tell_lines(context, &would);
        context.tell("Nothing was changed: this was a dry run.");
        context.tell_json(&would);
        return Ok(());
    }
    if would.proof_needed {
        if making.expect.is_none() {
            agreed(context, &would)?;
        }
        body.pin = Some(pin(context, making.pin_file.as_deref())?);
    }
    body.dry_run = false;
    let done = api.change_directory(&body).await?;
    tell_lines(context, &done);
    context.tell(&format!("The directory is at version {}.", done.version));
    let code = match &done.principal {
        Some(principal) if with_code => {
            let (file, given) = (making.pin_file.as_deref(), body.pin.as_ref());
            let made = make_code(context, &api, principal, None, file, given).await;
            let made = made.inspect_err(|_| {
                eprintln!("Added, but no code was made: `lockstep code {principal}` makes one.");
            })?;
            tell_code(context, &api, principal, &made);
            json!({ "code": made.code, "expires_at": made.expires_at })
        }
        Some(_) | None => json!({}),
    };
    let mut told = json!(&done);
    if let (Some(told), Some(code)) = (told.as_object_mut(), code.as_object()) {
        told.extend(code.clone());
    }
    context.tell_json(&told);
    Ok(())
}

fn tell_lines(context: &Context, changed: &Changed) {
    for line in &changed.changes {
        context.tell(line);
    }
}

fn agreed(context: &Context, would: &Changed) -> Result<(), Failure> {
    if !context.asks.is_terminal() {
        return Err(Failure::Usage(
            "There is no terminal to ask on. Run it with --dry-run, look at it, then name the \
             `version` with --expect. The PIN comes from --pin-file or LOCKSTEP_PIN."
                .to_owned(),
        ));
    }
    crate::context::say("This would change:");
    for line in &would.changes {
        crate::context::say(&format!("  {line}"));
    }
    let answer = context
        .asks
        .line("Change exactly this? [y/N] ")
        .map_err(no_answer)?;
    if answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes") {
        Ok(())
    } else {
        Err(Failure::Usage("Nothing was changed.".to_owned()))
    }
}

pub(super) async fn rooms(context: &Context, what: Rooms) -> Result<(), Failure> {
    let (change, making, with_code) = match what {
        Rooms::List { campus } => return list_rooms(context, &campus).await,
        Rooms::Put {
            campus,
            room: id,
            name,
            zone,
            making,
        } => {
            let room = Room {
                name: name.as_str().to_owned(),
                zone,
            };
            (DirectoryChange::PutRoom { campus, id, room }, making, false)
        }
        Rooms::Remove {
            campus,
            room: id,
            making,
        } => (DirectoryChange::RemoveRoom { campus, id }, making, false),
        Rooms::AddDisplay {
            campus,
            room,
            making,
        } => (DirectoryChange::AddDisplay { campus, room }, making, true),
        Rooms::RemoveDisplay { display, making } => (
            DirectoryChange::RemoveDisplay { id: display },
            making,
            false,
        ),
    };
    let version = context.api()?.directory(None).await?.version;
    made(context, version, change, making, with_code).await
}

async fn list_rooms(context: &Context, campus: &CampusId) -> Result<(), Failure> {
    let now = context.api()?.directory(Some(campus)).await?;
    let Some(place) = &now.place else {
        return Err(Failure::Fault("The server told of no rooms.".to_owned()));
    };
    for room in &place.rooms {
        let displays = place.displays.iter().filter(|of| of.room == room.id);
        let displays: Vec<&str> = displays.map(|of| of.id.as_str()).collect();
        let by_hand = if room.by_hand { " (by hand)" } else { "" };
        let shown = if displays.is_empty() {
            "no display".to_owned()
        } else {
            format!("display {}", displays.join(", "))
        };
        context.tell(&format!(
            "{:<16} {}, zone {}, {shown}{by_hand}",
            room.id, room.name, room.zone
        ));
    }
    context.tell(&format!("Directory version {}", now.version));
    context.tell_json(&now);
    Ok(())
}

pub(super) async fn sign_ins(context: &Context, what: SignIns) -> Result<(), Failure> {
    let api = context.api()?;
    match what {
        SignIns::List { principal } => {
            let known = api.sign_ins(principal.as_ref()).await?;
            for sign_in in &known.sign_ins {
                let this = if sign_in.this { ", this one" } else { "" };
                context.tell(&format!("{}  made {}{this}", sign_in.id, sign_in.made_at));
            }
            if known.sign_ins.is_empty() {
                context.tell(&format!("{} is signed in nowhere.", known.principal));
            }
            context.tell_json(&known);
            Ok(())
        }
        SignIns::SwitchOff { id, all, dry_run } => {
            let which = match (id, all) {
                (Some(id), _) => vec![id],
                (None, of) => {
                    let known = api.sign_ins(of.as_ref()).await?;
                    known.sign_ins.into_iter().map(|known| known.id).collect()
                }
            };
            for id in &which {
                if !dry_run {
                    api.switch_off(id).await?;
                }
                let done = if dry_run { "would be" } else { "is" };
                context.tell(&format!("{id} {done} switched off."));
            }
            if which.is_empty() {
                context.tell("There is none to switch off.");
            }
            context.tell_json(&json!({ "switched_off": which, "dry_run": dry_run }));
            Ok(())
        }
    }
}
