//! What somebody of one district may ask with what they know of the other: every route, and every
//! command, with the other's ids, positions, hashes and codes. Each is one that is done where the
//! wall is gone: it is whole, and proven with the PIN of whoever asks, but where the other's PIN is what
//! it is about.

use jiff::tz::TimeZone;
use lockstep_proto::id::FactId;
use lockstep_proto::route::{Method, Name};
use lockstep_server::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use uuid::Uuid;

use super::told::{Told, picture};
use crate::NORTH;
use crate::sign_in::claims;

/// Something to ask a route.
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Sent,
}

/// What goes with it.
pub(crate) enum Sent {
    Nothing,
    Json(Value),
    Picture(Vec<u8>),
}

fn get(paths: Vec<String>) -> Vec<Ask> {
    let all = paths.into_iter();
    all.map(|path| Ask {
        method: Method::Get,
        path,
        body: Sent::Nothing,
    })
    .collect()
}

fn with(method: Method, path: &str, bodies: Vec<Value>) -> Vec<Ask> {
    let all = bodies.into_iter().map(Sent::Json);
    all.map(|body| Ask {
        method,
        path: path.to_owned(),
        body,
    })
    .collect()
}

/// How each route is asked with what is the other's. A new one does not compile until that is
/// decided.
pub(crate) fn asks(name: Name, own: &Told, other: &Told) -> Vec<Ask> {
    let at = format!("/v1/campuses/{NORTH}");
    let theirs = format!("/v1/campuses/{}-only", other.id);
    let on = |rest: &str| vec![format!("{at}{rest}"), format!("{theirs}{rest}")];
    let seq = other.screen.position.map_or(1, |position| position.seq);
    match name {
        Name::SignIn => {
            let all = other.codes.iter();
            let bodies = all.map(|code| json!({ "code": code, "face": "fitting" }));
            with(Method::Post, "/v1/sign-in", bodies.collect())
        }
        Name::GoOn => vec![Ask {
            method: Method::Put,
            path: "/v1/sign-in".to_owned(),
            body: Sent::Nothing,
        }],
        // Asked with the other's cookie under a wrong face.
        Name::SignOut => vec![Ask {
            method: Method::Delete,
            path: "/v1/sign-in".to_owned(),
            body: Sent::Nothing,
        }],
        Name::SignOns => get(vec!["/v1/sign-on".to_owned()]),
        Name::SignOn => get(vec![format!("/v1/sign-on/{}", other.id)]),
        Name::SignedOn => get(vec![format!(
            "/v1/sign-on/{}/callback?code={}&state={}",
            other.id, other.codes[0], other.codes[1]
        )]),
        Name::Me => get(vec!["/v1/me".to_owned()]),
        Name::MakeCode => {
            let guest = format!("person:{}-guest", other.id);
            let all = [guest.as_str(), "person:joy", "device:d1"];
            let bodies = all.map(|who| json!({ "principal": who }));
            with(Method::Post, "/v1/codes", bodies.to_vec())
        }
        Name::Directory => {
            let guest = format!("/v1/directory?after={}-guest", other.id);
            let own = format!("/v1/directory?campus={}-only", other.id);
            get(vec!["/v1/directory".to_owned(), guest, own])
        }
        Name::ChangeDirectory => {
            let (guest, only) = (format!("{}-guest", other.id), format!("{}-only", other.id));
            let person = json!({ "name": "Jo Roe", "role": "staff", "campuses": [only] });
            let ours = json!({ "name": "Jo Roe", "role": "staff", "campuses": [NORTH] });
            let room = json!({ "name": "Studio", "zone": "main" });
            let changes = [
                json!({ "change": "add_person", "person": person }),
                json!({ "change": "change_person", "id": guest, "person": ours }),
                json!({ "change": "remove_person", "id": guest }),
                json!({ "change": "put_room", "campus": only, "id": "r1", "room": room }),
                json!({ "change": "remove_room", "campus": only, "id": "r1" }),
                json!({ "change": "add_display", "campus": only, "room": "r1" }),
            ];
            let bodies = changes
                .map(|change| json!({ "expected": own.version, "change": change, "pin": own.pin }));
            with(Method::Post, "/v1/directory/changes", bodies.to_vec())
        }
        Name::SignIns => get(vec![
            "/v1/sign-ins".to_owned(),
            format!("/v1/sign-ins?principal=person:{}-guest", other.id),
        ]),
        Name::SwitchOff => {
            let all = other.tokens.values();
            all.map(|token| Ask {
                method: Method::Delete,
                path: format!("/v1/sign-ins/{}", claims(token)["jti"].as_str().unwrap()),
                body: Sent::Nothing,
            })
            .collect()
        }
        Name::Challenge => {
            let clear = json!({ "name": "give_all_clear", "lifts": other.screen.open_raises(),
                "seen": other.screen.position, "override_reason": "seen" });
            let request = json!({ "id": Uuid::now_v7(), "command": clear });
            let paths = on("/challenges");
            let all = paths.iter();
            all.flat_map(|path| with(Method::Post, path, vec![request.clone()]))
                .collect()
        }
        Name::Passkeys => get(vec!["/v1/passkeys".to_owned()]),
        Name::BeginPasskey => with(
            Method::Post,
            "/v1/passkeys/begin",
            vec![json!({ "pin": other.pin })],
        ),
        Name::AddPasskey => with(Method::Post, "/v1/passkeys", vec![other.begun.clone()]),
        Name::RemovePasskey => vec![Ask {
            method: Method::Delete,
            path: format!("/v1/passkeys/{}", other.passkey),
            body: Sent::Nothing,
        }],
        Name::Keys => get(vec!["/v1/keys".to_owned()]),
        Name::Policy => get(vec!["/v1/policy".to_owned()]),
        Name::PutPolicy => with(
            Method::Put,
            "/v1/policy",
            vec![json!({ "expected": other.version, "policy": other.policy, "pin": other.pin })],
        ),
        Name::Campuses => get(vec!["/v1/campuses".to_owned()]),
        Name::Campus => get(on("")),
        Name::Command => {
            let clear = json!({ "name": "give_all_clear", "lifts": other.screen.open_raises(),
                "seen": other.screen.position, "override_reason": "seen" });
            let request = json!({ "id": Uuid::now_v7(), "pin": own.pin, "command": clear });
            let paths = on("/commands");
            let all = paths.iter();
            all.flat_map(|path| with(Method::Post, path, vec![request.clone()]))
                .collect()
        }
        Name::Officers => get(on("/officers")),
        Name::EnrolOfficer => {
            let paths = on("/officers");
            let body = || vec![json!({ "name": "Jo Roe" })];
            let all = paths.iter();
            all.flat_map(|path| with(Method::Post, path, body()))
                .collect()
        }
        Name::CertifyOfficer => with(
            Method::Put,
            &format!("{at}/officers/{}/certification", other.officer),
            vec![
                json!({ "agency": "PD", "badge": "1", "number": "1", "full_time": true,
                "valid_until": "2099-06-30", "pin": own.pin }),
            ],
        ),
        Name::Timeline => {
            let mut paths = on("/timeline");
            paths.push(format!("{at}/timeline?after={}&limit=500", seq - 1));
            get(paths)
        }
        Name::Export => get(on("/timeline/export")),
        Name::Proof => {
            let mut paths = on("/timeline/1/proof");
            paths.push(format!("{at}/timeline/{seq}/proof"));
            get(paths)
        }
        Name::Incidents => get(on("/incidents")),
        Name::Report => {
            let all = other.incidents.iter();
            all.flat_map(|seq| {
                let mut paths = on(&format!("/incidents/{seq}/report"));
                paths.push(format!("{at}/incidents/{seq}/report?as=page"));
                get(paths)
            })
            .collect()
        }
        Name::Drills => {
            let year = TimeZone::UTC.to_datetime(SystemClock.now()).year();
            let mut paths = on(&format!("/drills?year={year}"));
            paths.extend(on(&format!("/drills?year={year}&as=page")));
            get(paths)
        }
        Name::Rosters => get(on("/rosters")),
        Name::RoomRoster => get(on("/rooms/r1/roster")),
        Name::UploadPicture => {
            let rest = format!("/sightings/{}/picture", other.facts["sighting"]);
            let all = on(&rest).into_iter();
            all.map(|path| Ask {
                method: Method::Post,
                path,
                body: Sent::Picture(picture(7)),
            })
            .collect()
        }
        Name::Picture => get(on(&format!("/pictures/{}", other.picture))),
        Name::Socket => get(vec!["/v1/ws".to_owned()]),
        Name::Openapi => get(vec!["/v1/openapi.json".to_owned()]),
        Name::Asyncapi => get(vec!["/v1/asyncapi.json".to_owned()]),
        Name::Alive => get(vec!["/healthz".to_owned()]),
        Name::Ready => get(vec!["/readyz".to_owned()]),
        Name::Metrics => get(vec!["/metrics".to_owned()]),
    }
}

/// Every command that names a fact, naming the other's of that kind; or, where `theirs` is not
/// said, one that never was, which has to come to the same.
pub(crate) fn commands(other: &Told, theirs: bool) -> Vec<Value> {
    let of = |kind: &str| {
        if theirs {
            other.facts[kind]
        } else {
            FactId(Uuid::from_u128(0xFACE))
        }
    };
    let raises = if theirs {
        other.screen.open_raises()
    } else {
        let all = other.screen.open_raises().into_iter();
        all.map(|_| of("")).collect()
    };
    let seen = other.screen.position;
    vec![
        json!({ "name": "report_sighting", "seen": "nothing", "danger": "no", "of": of("sighting") }),
        json!({ "name": "annotate_mistake", "call": of("open call"), "note": "no" }),
        json!({ "name": "answer_plea", "plea": of("plea") }),
        json!({ "name": "acknowledge", "through": seen, "also": [of("open call")] }),
        json!({ "name": "answer_threat", "threat": of("threat"), "reason": "none" }),
        json!({ "name": "record_line", "escalation": of("escalation"), "state": "line_open" }),
        json!({ "name": "acknowledge_duty", "duty": of("duty") }),
        json!({ "name": "finish_duty", "duty": of("duty"), "how": "by hand" }),
        json!({ "name": "decline_duty", "duty": of("duty"), "reason": "no" }),
        json!({ "name": "judge_contact_safe", "raise": of("movement"), "with": "sue" }),
        json!({ "name": "withdraw_contact", "raise": of("movement") }),
        json!({ "name": "record_contact", "raise": of("movement"), "what": "spoke" }),
        json!({ "name": "take_lead", "offer": of("offer") }),
        json!({ "name": "report_drill_room", "drill": of("drill"), "report": { "secured": true } }),
        json!({ "name": "call_drill_lock_down", "drill": of("drill") }),
        json!({ "name": "clear_drill_zone", "drill": of("drill"), "zone": "main" }),
        json!({ "name": "give_drill_all_clear", "drill": of("drill"), "seen": seen }),
        json!({ "name": "end_drill", "drill": of("drill"), "seen": seen }),
        json!({ "name": "withdraw_not_clear", "not_clear": of("not clear") }),
        json!({ "name": "set_aside_not_clear", "not_clear": of("not clear"), "reason": "no" }),
        json!({ "name": "withdraw_objection", "objection": of("objection") }),
        json!({ "name": "set_aside_objection", "objection": of("objection"), "reason": "no" }),
        json!({ "name": "confirm_lift", "proposal": of("proposal"), "lifts": raises, "seen": seen }),
        json!({ "name": "end_controlled_movement", "lifts": raises, "seen": seen }),
        json!({ "name": "give_all_clear", "lifts": raises, "seen": seen, "override_reason": "no" }),
        json!({ "name": "resume", "lifts": raises, "seen": seen, "reason": "no" }),
        json!({ "name": "propose_lift", "statement": "we", "lifts": raises, "seen": seen }),
        json!({ "name": "begin_controlled_movement", "kind": "other", "answers": [of("threat")] }),
    ]
}
