//! Two districts with the same ids in everything, and a whole day of each under the same command
//! ids: what one has and the other must never hear of.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};
use lockstep_proto::command::Pin;
use lockstep_proto::id::{CommandId, FactId};
use lockstep_proto::screen::Screen;
use lockstep_tests::{Authenticator, Http, Server, encode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::passkeys::Browser;
use crate::shell::{import_text, operator, operator_reading, path};
use crate::{NORTH, asked};

/// Everybody of a district, and what they are. Each of them is there in both.
pub(crate) const PEOPLE: [(&str, &str); 11] = [
    ("ana", "administrator"),
    ("tom", "administrator"),
    ("sam", "sro"),
    ("ollie", "officer"),
    ("sue", "sso"),
    ("ed", "eyes"),
    ("joy", "staff"),
    ("cy", "chief"),
    ("dana", "director"),
    ("su", "superintendent"),
    ("mo", "monitor"),
];

/// The room's display.
pub(crate) const DISPLAY: &str = "device:d1";

/// Everybody's principal, and the display's.
pub(crate) fn everybody() -> Vec<String> {
    let people = PEOPLE.map(|(person, _)| format!("person:{person}"));
    people.into_iter().chain([DISPLAY.to_owned()]).collect()
}

/// A district before its day.
pub(crate) struct District {
    pub(crate) id: &'static str,
    /// Stands in every text that it has.
    pub(crate) mark: &'static str,
    pub(crate) pin: &'static str,
    /// Sam's, for when somebody forces him.
    duress: &'static str,
    number: &'static str,
    longitude: &'static str,
    shade: u8,
}

pub(crate) const EAST: District = District {
    id: "east",
    mark: "zebraquartz",
    pin: "pin-of-the-zebra-5719",
    duress: "duress-of-the-zebra-8402",
    number: "(555) 071-8842",
    longitude: "-74.11638",
    shade: 200,
};

pub(crate) const WEST: District = District {
    id: "west",
    mark: "okapibasalt",
    pin: "pin-of-the-okapi-6630",
    duress: "duress-of-the-okapi-1178",
    number: "(555) 093-2617",
    longitude: "-88.24719",
    shade: 40,
};

/// What a district has, after its day.
pub(crate) struct Told {
    pub(crate) id: &'static str,
    /// Texts, names, PINs, codes, tokens and the provider's secret: neither in what the other hears
    /// nor in a log.
    pub(crate) secrets: Vec<String>,
    /// What its own people may hear and nobody of the other: ids of facts, a picture's hash, seals.
    pub(crate) own: Vec<String>,
    pub(crate) pin: &'static str,
    pub(crate) tokens: BTreeMap<String, String>,
    /// Enrolment codes: one that was used, and one of an officer whom nobody certified yet.
    pub(crate) codes: Vec<String>,
    /// What was said of each kind.
    pub(crate) facts: BTreeMap<&'static str, FactId>,
    pub(crate) screen: Screen,
    pub(crate) sealed: Vec<String>,
    pub(crate) picture: String,
    pub(crate) officer: String,
    /// Sam's passkey, by its id, and what makes and signs with it.
    pub(crate) passkey: String,
    pub(crate) key: Authenticator,
    /// Another passkey of his that is begun and not kept.
    pub(crate) begun: Value,
    /// The directory's version, and the policy that stands.
    pub(crate) version: u64,
    pub(crate) policy: Value,
    /// Entries that opened incidents.
    pub(crate) incidents: Vec<u64>,
}

impl District {
    /// The longitude without its sign, the number, the mark and the secrets.
    pub(crate) fn words(&self) -> Vec<String> {
        let all = [
            self.mark,
            self.pin,
            self.duress,
            self.number,
            &self.longitude[1..],
        ];
        all.map(str::to_owned).to_vec()
    }

    /// A campus whose ids both have, and one that is this district's alone and that nobody but the
    /// district's people serves; the mark in every text.
    fn file(&self) -> String {
        let Self { id, mark, .. } = self;
        let mut text = format!(
            "[district]\nid = \"{id}\"\nname = \"District {mark}\"\n[district.policy]\n\
             fire_alarm_words = \"Fire {mark}\"\nfire_alarm_words_es = \"Fuego {mark}\"\n"
        );
        for campus in [NORTH.to_owned(), format!("{id}-only")] {
            text += &format!(
                "[[campus]]\nid = \"{campus}\"\nname = \"School {mark}\"\naddress = \"1 {mark} Street\"\n\
                 time_zone = \"America/New_York\"\ncoordinates = \"41.5, {}\"\n\
                 [campus.numbers]\npd = \"{}\"\n[campus.radio]\nlock_down = \"Lock-down {mark}\"\n\
                 normal = \"Normal {mark}\"\nall_clear = \"All clear {mark}\"\n\
                 [campus.zones]\nmain = \"Zone {mark}\"\n\
                 [campus.rooms]\nr1 = {{ name = \"Room {mark}\", zone = \"main\" }}\n",
                self.longitude, self.number
            );
        }
        for (person, role) in PEOPLE {
            text += &format!(
                "[[person]]\nid = \"{person}\"\nname = \"{person} {mark}\"\nrole = \"{role}\"\n\
                 addresses = [\"mailto:{person}@{mark}.example\"]\n"
            );
            match role {
                "chief" | "director" | "superintendent" | "monitor" => {}
                "staff" => text += &format!("campuses = [\"{NORTH}\"]\nroom = \"r1\"\n"),
                _ => text += &format!("campuses = [\"{NORTH}\"]\n"),
            }
            if ["sro", "officer"].contains(&role) {
                text += &format!(
                    "certification = {{ agency = \"Police {mark}\", badge = \"{mark}\", \
                     number = \"LE-{mark}\", full_time = true, valid_until = \"2099-06-30\" }}\n"
                );
            }
        }
        text + &format!(
            "[[person]]\nid = \"{id}-guest\"\nname = \"Guest {mark}\"\nrole = \"administrator\"\n\
             campuses = [\"{id}-only\"]\n\
             [[device]]\nid = \"d1\"\ncampus = \"{NORTH}\"\nroom = \"r1\"\n"
        )
    }

    /// Puts the district, its PINs and its rosters into a folder.
    pub(crate) fn is_put_into(&self, data: &Path) {
        import_text(data, &self.file()).done();
        for (person, _) in PEOPLE {
            let args = ["pin", person, "--district", self.id];
            operator_reading(data, &args, self.pin).done();
        }
        let args = ["pin", "sam", "--district", self.id, "--duress"];
        operator_reading(data, &args, self.duress).done();
        let files = data.join(format!("oneroster-{}", self.id));
        self.writes_rosters(&files);
        let args = ["directory", "refresh", "--district", self.id];
        let more = ["--oneroster", path(&files), "--many-go"];
        operator(data, &[&args[..], &more].concat()).done();
        fs::remove_dir_all(files).unwrap();
    }

    fn writes_rosters(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        let Self { mark, .. } = self;
        let user = |person: &str| format!("{person},,true,{person},{mark}\n");
        let users = ["ana", "tom", "joy", "pupil"].map(user).concat();
        for (name, text) in [
            (
                "manifest",
                "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\n\
                 file.users,bulk\nfile.roles,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n"
                    .to_owned(),
            ),
            (
                "orgs",
                format!("sourcedId,name,type,identifier\ns1,{mark},school,{NORTH}\n"),
            ),
            (
                "users",
                format!("sourcedId,status,enabledUser,givenName,familyName\n{users}"),
            ),
            (
                "roles",
                "sourcedId,status,userSourcedId,roleType,role,orgSourcedId\n\
                 a,,ana,primary,principal,s1\nb,,tom,primary,principal,s1\n\
                 c,,joy,primary,teacher,s1\nd,,pupil,primary,student,s1\n"
                    .to_owned(),
            ),
            (
                "classes",
                format!(
                    "sourcedId,status,title,location,schoolSourcedId,periods\n\
                     k,,Algebra {mark},r1,s1,1\n"
                ),
            ),
            (
                "enrollments",
                "sourcedId,status,classSourcedId,userSourcedId,role\ne,,k,pupil,student\n\
                 f,,k,joy,teacher\n"
                    .to_owned(),
            ),
        ] {
            fs::write(folder.join(format!("{name}.csv")), text).unwrap();
        }
    }
}

/// A picture of one shade.
pub(crate) fn picture(shade: u8) -> Vec<u8> {
    let image = RgbImage::from_pixel(40, 30, Rgb([shade, 80, 20]));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A day as it goes on.
struct Day<'a> {
    server: &'a Server,
    told: Told,
    district: &'a District,
    said: u128,
}

/// The day of a district: a drill, an incident to its end, and one that is open.
pub(crate) async fn day(
    server: &Server,
    district: &District,
    tokens: BTreeMap<String, String>,
) -> Told {
    let mut secrets = district.words();
    secrets.extend(tokens.values().cloned());
    let mut day = Day {
        server,
        district,
        said: 0,
        told: Told {
            id: district.id,
            secrets,
            own: Vec::new(),
            pin: district.pin,
            tokens,
            codes: Vec::new(),
            facts: BTreeMap::new(),
            screen: Screen::default(),
            sealed: Vec::new(),
            picture: String::new(),
            officer: String::new(),
            passkey: String::new(),
            key: Authenticator::es256(),
            begun: Value::Null,
            version: 0,
            policy: Value::Null,
            incidents: Vec::new(),
        },
    };
    day.drill().await;
    day.movement().await;
    day.lock_down().await;
    day.releases().await;
    day.is_open().await;
    day.paper().await;
    day.passkeys().await;
    day.ends().await
}

impl Day<'_> {
    fn who(&self, who: &str) -> Http {
        Http::with(&self.server.url, &self.told.tokens[who])
    }

    /// Says something under the next command id, which the other district's day has too.
    async fn says(&mut self, what: &'static str, who: &str, json: Value) -> FactId {
        let mut request = asked(json);
        self.said += 1;
        let id = 0x0199_0000_0000_7000_8000_0000_0000_0000 + self.said;
        request.id = CommandId(Uuid::from_u128(id));
        request.pin = Some(Pin(self.district.pin.to_owned()));
        let who = self.who(who);
        let fact = who.send(NORTH, &request).await.accepted().fact;
        self.told.facts.insert(what, fact);
        self.told.own.push(fact.to_string());
        fact
    }

    /// A lowering of whatever stands.
    async fn lowers(&mut self, who: &str, mut json: Value) {
        let screen = self.who(who).screen(NORTH).await;
        let lifts = match json["name"].as_str() {
            Some("resume") => screen.open_releases(),
            _ => screen.open_raises(),
        };
        if json["name"] != "end_drill" {
            json["lifts"] = json!(lifts);
        }
        json["seen"] = json!(screen.position);
        self.says("lowering", who, json).await;
    }

    async fn drill(&mut self) {
        let mark = self.district.mark;
        let start = json!({ "name": "start_drill", "kind": "lock_down", "note": mark });
        let drill = self.says("drill", "person:ana", start).await;
        let call = json!({ "name": "call_drill_lock_down", "drill": drill });
        self.says("drill call", "person:ana", call).await;
        let report = json!({ "name": "report_drill_room", "drill": drill,
            "report": { "secured": true, "present": 7 } });
        self.says("drill room", DISPLAY, report).await;
        let end = json!({ "name": "end_drill", "drill": drill, "note": mark });
        self.lowers("person:ana", end).await;
    }

    async fn movement(&mut self) {
        let mark = self.district.mark;
        let sighting = json!({ "name": "report_sighting", "seen": mark, "place": mark,
            "danger": "unsure" });
        let sighting = self.says("sighting", "person:ed", sighting).await;
        let url = &self.server.url;
        let sent = reqwest::Client::new()
            .post(format!(
                "{url}/v1/campuses/{NORTH}/sightings/{sighting}/picture"
            ))
            .bearer_auth(&self.told.tokens["person:ed"])
            .body(picture(self.district.shade))
            .send()
            .await
            .unwrap();
        let made: Value = sent.json().await.unwrap();
        self.told.picture = made["sha256"].as_str().expect("a picture").to_owned();
        self.told.own.push(self.told.picture.clone());
        let threat = json!({ "name": "report_threat", "reason": mark, "place": mark });
        self.says("threat", "person:joy", threat).await;
        let begin = json!({ "name": "begin_controlled_movement", "kind": "person", "seen": mark,
            "place": mark, "shareable": mark });
        let movement = self.says("movement", "person:ana", begin).await;
        let judge = json!({ "name": "judge_contact_safe", "raise": movement, "with": "sue" });
        self.says("arrival", "person:sam", json!({ "name": "arrive" }))
            .await;
        self.says("judgement", "person:sam", judge).await;
        let contact = json!({ "name": "record_contact", "raise": movement, "what": mark });
        self.says("contact", "person:sue", contact).await;
    }

    async fn lock_down(&mut self) {
        let mark = self.district.mark;
        let call = json!({ "name": "call_lock_down", "reason": mark, "place": mark });
        let call = self.says("call", "person:ana", call).await;
        let plea = json!({ "name": "report_room", "report": { "state": "need_help", "injured": 1 },
            "note": mark });
        let plea = self.says("plea", DISPLAY, plea).await;
        let answer = json!({ "name": "answer_plea", "plea": plea, "note": mark });
        self.says("answer", "person:ana", answer).await;
        let mistake = json!({ "name": "annotate_mistake", "call": call, "note": mark });
        self.says("mistake", "person:ana", mistake).await;
        let line = json!({ "name": "open_escalation", "agency": "911", "basis": "escalating",
            "state": "line_open", "decided_by": mark, "called_by": mark, "number": "911",
            "incident_number": mark, "note": mark });
        let line = self.says("escalation", "person:ana", line).await;
        let closed = json!({ "name": "record_line", "escalation": line, "state": "closed",
            "note": mark });
        self.says("line", "person:ana", closed).await;
        let screen = self.who("person:dana").screen(NORTH).await;
        let duty = screen.cards.keys().find_map(|key| {
            let (kind, id) = key.split_once('/')?;
            (kind == "duty").then(|| id.parse().expect("an id"))
        });
        let duty: FactId = duty.expect("a duty");
        self.told.facts.insert("duty", duty);
        self.told.own.push(duty.to_string());
        self.says("sweep", "person:sam", json!({ "name": "start_sweep" }))
            .await;
        let adverse = json!({ "name": "report_adverse", "zone": "main", "seen": mark });
        self.says("adverse", "person:sam", adverse).await;
    }

    async fn releases(&mut self) {
        let mark = self.district.mark;
        let clear = json!({ "name": "give_all_clear", "override_reason": mark });
        self.lowers("person:sam", clear).await;
        let resume = json!({ "name": "resume", "reason": mark });
        self.lowers("person:ana", resume).await;
    }

    async fn is_open(&mut self) {
        let mark = self.district.mark;
        let call = json!({ "name": "call_lock_down", "reason": mark });
        self.says("open call", "person:ana", call).await;
        let propose = json!({ "name": "propose_lift", "statement": mark });
        self.lowers("person:ana", propose).await;
        self.told
            .facts
            .insert("proposal", self.told.facts["lowering"]);
        let veto = json!({ "name": "say_not_clear", "reason": mark });
        self.says("not clear", "person:sam", veto).await;
        let offer = json!({ "name": "offer_lead", "to": "tom" });
        self.says("offer", "person:sam", offer).await;
        let object = json!({ "name": "object_to_lift", "reason": mark });
        self.says("objection", "person:sam", object).await;
        let roster = format!("/v1/campuses/{NORTH}/rosters");
        let (status, read) = self.who("person:ana").get(&roster).await;
        assert_eq!(status, 200, "{read}");
        assert!(read.to_string().contains(mark), "{read}");
    }

    /// Policy, codes and officers.
    async fn paper(&mut self) {
        let (mark, pin) = (self.district.mark, self.district.pin);
        let (_, read) = self.who("person:dana").get("/v1/policy").await;
        let mut policy = read["policy"].clone();
        policy["fire_alarm_words"] = json!(format!("Stay {mark}"));
        let put =
            json!({ "expected": read["version"], "policy": policy, "reason": mark, "pin": pin });
        self.sends("PUT", "person:dana", "/v1/policy", put).await;
        let made = json!({ "principal": "person:joy" });
        let made = self.sends("POST", "person:ana", "/v1/codes", made).await;
        let code = made["code"].as_str().unwrap().to_owned();
        let (status, used) = crate::shell::enrol(self.server, &code).await;
        assert_eq!(status, 200, "{used}");
        let token = used["token"].as_str().unwrap().to_owned();
        let officers = format!("/v1/campuses/{NORTH}/officers");
        let name = json!({ "name": format!("Jo {mark}") });
        let waits = self.sends("POST", "person:ana", &officers, name).await;
        let waiting = waits["code"].as_str().unwrap().to_owned();
        self.told.officer = waits["officer"].as_str().unwrap().to_owned();
        self.told.own.push(self.told.officer.clone());
        self.told.codes = vec![code.clone(), waiting.clone()];
        self.told.secrets.extend([token, code, waiting]);
    }

    /// Sam's: one that stands, and one that he may still keep.
    async fn passkeys(&mut self) {
        let sam = Browser::of(self.server, &self.told.tokens["person:sam"]);
        let (status, added) = sam.add_with(self.told.pin, &self.told.key).await;
        assert_eq!(status, 200, "{added}");
        self.told.passkey = added["id"].as_str().expect("a passkey").to_owned();
        let begun = sam.begun(self.told.pin).await;
        self.told.begun = sam.made(&begun, &Authenticator::es256());
        let credential = encode(&self.told.key.credential);
        self.told
            .own
            .extend([self.told.passkey.clone(), credential]);
    }

    async fn sends(&self, method: &str, who: &str, path: &str, body: Value) -> Value {
        let sent = reqwest::Client::new()
            .request(
                method.parse().unwrap(),
                format!("{}{path}", self.server.url),
            )
            .bearer_auth(&self.told.tokens[who])
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = sent.status();
        let text = sent.text().await.unwrap();
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn ends(mut self) -> Told {
        // A duress PIN and one that is wrong: neither stands in a log.
        let sam = self.who("person:sam");
        let screen = sam.screen(NORTH).await;
        for pin in [self.district.duress, "pin-that-is-wrong-4471"] {
            let mut request = asked(json!({ "name": "give_all_clear",
                "lifts": screen.open_raises(), "seen": screen.position }));
            request.pin = Some(Pin(pin.to_owned()));
            let _ = sam.send(NORTH, &request).await.refused();
        }
        let (_, read) = self.who("person:dana").get("/v1/policy").await;
        self.told.version = read["version"].as_u64().expect("a version");
        self.told.policy = read["policy"].clone();
        let incidents = format!("/v1/campuses/{NORTH}/incidents");
        let (_, listed) = sam.get(&incidents).await;
        let all = listed["incidents"].as_array().expect("incidents").iter();
        self.told.incidents = all.filter_map(|one| one["seq"].as_u64()).collect();
        assert!(self.told.incidents.len() > 1, "{listed}");
        self.told.screen = sam.screen(NORTH).await;
        self.told.sealed = self.told.screen.sealed();
        assert!(!self.told.sealed.is_empty());
        self.told.own.extend(self.told.sealed.iter().cloned());
        self.told
    }
}
