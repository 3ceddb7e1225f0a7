//! The demo district: so that one command shows everything, with nothing to edit.
//!
//! Filled in only where no district is; its sign-ins and PINs are for trying things out.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use lockstep_proto::Timestamp;
use lockstep_proto::code::Code;
use lockstep_proto::command::{Command, CommandRequest, Pin, RoomReport, RoomState};
use lockstep_proto::directory::{Directory, Person};
use lockstep_proto::id::{CampusId, CommandId, DistrictId, PersonId, Principal, ZoneId};
use lockstep_proto::role::{Audience, Role};
use lockstep_proto::text::Text;
use lockstep_proto::view::Card;
use serde::{Deserialize, Serialize};

use crate::app::{is_slow, is_slow_change, operator, patiently, waits};
use crate::auth::hash_pin;
use crate::campus::{Answer, Seen};
use crate::clock::SharedClock;
use crate::directory;
use crate::http::{App, SharedApp, submit};
use crate::journal::{ChangeError, Journal};

/// Every demo person's PIN.
pub const PIN: &str = "2468";

/// The demo district's id.
const DISTRICT: &str = "maple-valley";

/// The campus that the day is played on, and whose people the links are for.
const CAMPUS: &str = "north-high";

/// Whether a directory is the demo's.
#[must_use]
pub fn is_demo(district: &DistrictId) -> bool {
    district.as_str() == DISTRICT
}

/// Puts the demo district where no district is.
pub async fn fill_if_empty(journal: &Arc<dyn Journal>, clock: &SharedClock) -> anyhow::Result<()> {
    let there = patiently(is_slow, async || journal.directories().await).await?;
    if !there.is_empty() {
        return Ok(());
    }
    let demo = directory::demo().context("the demo district is not whole")?;
    let by = operator();
    let now = clock.now();
    let put = async || journal.put_directory(0, &demo, &by, now).await;
    match patiently(is_slow_change, put).await {
        // Another instance that starts on the same journal was first, or an earlier try.
        Ok(_) | Err(ChangeError::Refused(Code::VersionConflict)) => {}
        Err(error) => return Err(error.into()),
    }
    let phc = hash_pin(&Pin(PIN.to_owned()))?;
    for person in demo.people.keys() {
        patiently(is_slow, async || {
            journal
                .set_pin(&demo.district.id, person, &phc, &by, now)
                .await
        })
        .await?;
    }
    Ok(())
}

/// What `lockstep replay` and the tests sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIns {
    /// Where the server listens.
    pub server: String,
    /// Until when the tokens are live.
    pub expires_at: Timestamp,
    /// By principal.
    pub sign_ins: BTreeMap<Principal, SignIn>,
}

/// One person's or device's sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The token.
    pub token: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Their PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

/// Writes a sign-in for everybody of the demo district, for its owner's eyes only. What stands
/// there and is good for another hour is kept.
pub async fn write_sign_ins(app: &App, url: &str, path: &Path) -> anyhow::Result<Option<SignIns>> {
    let Some(directory) = demo_directory(app) else {
        return Ok(None);
    };
    let old: Option<SignIns> = fs::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let hour_from_now = app.clock.now().as_second() + 3_600;
    let mut sign_ins = match old {
        Some(old)
            if old.expires_at.as_second() > hour_from_now
                && old
                    .sign_ins
                    .values()
                    .all(|s| app.auth.who(&s.token).is_ok()) =>
        {
            old
        }
        Some(_) | None => make_sign_ins(app, &directory).await?,
    };
    url.clone_into(&mut sign_ins.server);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    serde_json::to_writer_pretty(&mut file, &sign_ins)?;
    file.write_all(b"\n")?;
    Ok(Some(sign_ins))
}

fn demo_directory(app: &App) -> Option<Arc<Directory>> {
    let district = DistrictId::new(DISTRICT).ok()?;
    app.auth.directory(&district)
}

async fn make_sign_ins(app: &App, directory: &Directory) -> anyhow::Result<SignIns> {
    let people = directory.people.keys().cloned().map(Principal::Person);
    let devices = directory.devices.keys().cloned().map(Principal::Device);
    let mut sign_ins = BTreeMap::new();
    let mut expires_at = app.clock.now();
    for principal in people.chain(devices) {
        let made = patiently(waits, async || {
            app.auth
                .sign_in_as(&directory.district.id, &principal, &operator())
                .await
        })
        .await?;
        expires_at = made.expires_at;
        let pin = matches!(principal, Principal::Person(_)).then(|| PIN.to_owned());
        let sign_in = SignIn {
            token: made.token,
            name: made.you.name,
            role: made.you.role,
            pin,
        };
        sign_ins.insert(principal, sign_in);
    }
    Ok(SignIns {
        server: String::new(),
        expires_at,
        sign_ins,
    })
}

/// One person of each role with an enrolment link that works once within the hour, all of one
/// campus: what one of them calls, another can sweep and lift.
pub async fn enrolment_links(app: &App, url: &str) -> anyhow::Result<Vec<(String, String)>> {
    let Some(directory) = demo_directory(app) else {
        return Ok(Vec::new());
    };
    let campus = CampusId::new(CAMPUS)?;
    let mut links = Vec::new();
    for role in Role::ALL {
        if let Some((id, person)) = of_role(&directory, &campus, role) {
            let principal = Principal::Person(id.clone());
            let label = format!("{} ({})", person.name, role.words());
            links.push((label, link(app, url, &directory, &principal).await?));
        }
    }
    let devices = directory
        .devices
        .iter()
        .filter(|(_, device)| device.campus == campus);
    for (id, device) in devices.take(2) {
        let principal = Principal::Device(id.clone());
        let label = format!("Room {} (classroom display)", device.room);
        links.push((label, link(app, url, &directory, &principal).await?));
    }
    Ok(links)
}

/// The one to show a role with: the best certified, since the demo has officers as well who may
/// not give the all clear.
fn of_role<'a>(
    directory: &'a Directory,
    campus: &CampusId,
    role: Role,
) -> Option<(&'a PersonId, &'a Person)> {
    let certified = |person: &Person| {
        let certification = person.certification.as_ref();
        certification.map(|one| (one.full_time, one.valid_until))
    };
    directory
        .people
        .iter()
        // District roles serve all campuses, and name none.
        .filter(|(_, person)| person.campuses.is_empty() || person.campuses.contains(campus))
        .filter(|(_, person)| person.role == role)
        .min_by_key(|(_, person)| (Reverse(certified(person)), &person.name))
}

async fn link(
    app: &App,
    url: &str,
    directory: &Directory,
    principal: &Principal,
) -> anyhow::Result<String> {
    let (code, _) = patiently(waits, async || {
        app.auth
            .make_code_as(&directory.district.id, principal, 60, &operator())
            .await
    })
    .await?;
    // After the #: a browser never sends it on, so that no log keeps it.
    Ok(format!("{url}/enrol#{code}"))
}

/// Plays the ordinary day on the demo's high school, telling the story as it goes.
pub async fn ordinary_day(
    app: SharedApp,
    sign_ins: &SignIns,
    pause: Duration,
) -> anyhow::Result<()> {
    let day = Day {
        app,
        sign_ins,
        campus: CampusId::new(CAMPUS)?,
        pause,
    };
    day.play().await
}

struct Day<'a> {
    app: SharedApp,
    sign_ins: &'a SignIns,
    campus: CampusId,
    pause: Duration,
}

impl Day<'_> {
    async fn play(&self) -> anyhow::Result<()> {
        let admin = "person:ana.ruiz";
        let sro = "person:sam.cole";
        let text = |words: &str| Text::new(words);
        self.tell("It is an ordinary day. Open the links above and watch.")
            .await;
        self.give(sro, "is on campus", Command::Arrive {}).await?;
        self.give(
            admin,
            "calls lock-down",
            Command::CallLockDown {
                reason: Some(text("Shouting and a weapon seen near the main entrance")?),
                place: Some(text("Main entrance")?),
            },
        )
        .await?;
        self.rooms_report().await?;
        self.give(sro, "starts the sweep", Command::StartSweep {})
            .await?;
        for zone in self.zones().await? {
            let words = format!("finds {zone} clear");
            self.give(sro, &words, Command::ClearZone { zone }).await?;
        }
        let (lifts, seen) = self.drawn(Audience::Responder, false).await?;
        self.give(
            sro,
            "gives the all clear",
            Command::GiveAllClear {
                lifts,
                seen,
                override_reason: None,
            },
        )
        .await?;
        let (lifts, seen) = self.drawn(Audience::Responder, true).await?;
        self.give(
            admin,
            "returns to normal",
            Command::Resume {
                lifts,
                seen,
                unopened: Vec::new(),
                reason: None,
            },
        )
        .await?;
        self.tell("The record of it: lockstep timeline show north-high")
            .await;
        Ok(())
    }

    async fn rooms_report(&self) -> anyhow::Result<()> {
        let devices: Vec<String> = self
            .sign_ins
            .sign_ins
            .keys()
            .map(ToString::to_string)
            .filter(|principal| principal.starts_with("device:north-"))
            .collect();
        for device in &devices {
            let seen = self.see(Audience::Room).await?;
            let command = Command::Acknowledge {
                room: None,
                through: seen.position,
                also: Vec::new(),
            };
            self.submit(device, command).await?;
            let command = Command::ReportRoom {
                room: None,
                report: RoomReport {
                    state: RoomState::Secured,
                    present: Some(24),
                    injured: None,
                    missing: None,
                    extra: None,
                },
                note: None,
            };
            self.submit(device, command).await?;
        }
        self.tell(&format!(
            "{} rooms acknowledge and report secured",
            devices.len()
        ))
        .await;
        Ok(())
    }

    async fn zones(&self) -> anyhow::Result<Vec<ZoneId>> {
        let seen = self.see(Audience::Responder).await?;
        Ok(seen
            .cards
            .into_iter()
            .filter_map(|card| {
                if let Card::Zone(zone) = card {
                    Some(zone.id)
                } else {
                    None
                }
            })
            .collect())
    }

    /// What a screen drawn now shows as open, and its head.
    async fn drawn(
        &self,
        audience: Audience,
        releases: bool,
    ) -> anyhow::Result<(
        Vec<lockstep_proto::id::FactId>,
        lockstep_proto::position::Position,
    )> {
        let seen = self.see(audience).await?;
        let mut screen = lockstep_proto::screen::Screen::default();
        screen.take_snapshot(seen.position, seen.cards);
        let lifts = if releases {
            screen.open_releases()
        } else {
            screen.open_raises()
        };
        Ok((lifts, seen.position))
    }

    async fn see(&self, audience: Audience) -> anyhow::Result<Seen> {
        let district = DistrictId::new(DISTRICT)?;
        let handle = self
            .app
            .registry
            .campus(&district, &self.campus)
            .context("the demo campus does not run")?;
        handle.see(audience).await.context("the campus stopped")
    }

    async fn give(&self, who: &str, words: &str, command: Command) -> anyhow::Result<()> {
        let name = self.submit(who, command).await?;
        self.tell(&format!("{name} {words}")).await;
        Ok(())
    }

    async fn submit(&self, who: &str, command: Command) -> anyhow::Result<String> {
        let principal: Principal = who.parse()?;
        let sign_in = self
            .sign_ins
            .sign_ins
            .get(&principal)
            .with_context(|| format!("{who} has no sign-in"))?;
        let actor = self
            .app
            .auth
            .who(&sign_in.token)
            .map_err(|code| anyhow::anyhow!("{who} is not signed in: {}", code.sentence()))?;
        let request = CommandRequest {
            id: CommandId(uuid::Uuid::now_v7()),
            claimed_at: None,
            pin: sign_in.pin.clone().map(Pin),
            passkey: None,
            again: false,
            command,
        };
        match submit(&self.app, actor, None, &self.campus, request, None).await {
            Answer::Accepted(_) => Ok(sign_in.name.clone()),
            Answer::Refused(refusal) => anyhow::bail!("{} was refused: {refusal}", sign_in.name),
            Answer::InDoubt(_) => anyhow::bail!("{}: in doubt", sign_in.name),
        }
    }

    async fn tell(&self, words: &str) {
        println!("  {words}");
        tokio::time::sleep(self.pause).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    /// A3: what the printed administrator calls, the printed officers can lift, on that same campus.
    #[test]
    fn a3_the_links_are_for_people_who_can_end_what_they_began() {
        let directory = directory::demo().unwrap();
        let campus = CampusId::new(CAMPUS).unwrap();
        let of = |role| of_role(&directory, &campus, role).map(|(id, _)| id.as_str());
        assert_eq!(of(Role::Administrator), Some("ana.ruiz"));
        assert_eq!(of(Role::Sro), Some("sam.cole"));
        assert_eq!(
            of(Role::Officer),
            Some("kim.ortega"),
            "certified, full-time"
        );
        assert_eq!(of(Role::Sso), Some("lee.park"));
        assert_eq!(of(Role::Staff), Some("joy.adams"));
        assert_eq!(of(Role::Director), Some("dana.lind"));
        assert_eq!(of(Role::Operator), None);
    }
}
