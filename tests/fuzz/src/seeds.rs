//! What each target begins with: the goldens, fixtures, scripts and the demo of this tree, and what
//! broke it once (`corpus`).

use std::fs;
use std::path::{Path, PathBuf};

use crate::Target;
use crate::imports::NEXT;
use crate::proofs::SIGNED;
use crate::wire::own_token;

fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    let file = tree().join(path);
    fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

/// The files of a folder, in the order of their names.
fn all(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// What it begins with, what broke it once first.
#[must_use]
pub fn seeds(target: Target) -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let kept = all(&corpus.join(target.name())).into_iter();
    let mut seeds: Vec<Vec<u8>> = kept.map(|file| fs::read(file).unwrap()).collect();
    seeds.extend(of_the_tree(target).into_iter().map(String::into_bytes));
    seeds
}

/// The same as files of a folder, for a fuzzer that reads its corpus from there.
///
/// # Panics
/// Where the folder cannot be written.
pub fn write_seeds(target: Target, seeds: &[Vec<u8>], folder: &Path) {
    fs::create_dir_all(folder).expect("a folder for the corpus");
    for (i, seed) in seeds.iter().enumerate() {
        let file = folder.join(format!("{}-{i}", target.name()));
        fs::write(file, seed).expect("a file of the corpus");
    }
}

fn of_the_tree(target: Target) -> Vec<String> {
    let golden = |name: &str| -> Vec<String> {
        let lines = read(&format!("proto/tests/golden/{name}.jsonl"));
        lines.lines().map(str::to_owned).collect()
    };
    match target {
        Target::ClientFrame => {
            let mut frames = golden("client_frames");
            frames.extend(golden("commands").iter().map(|command| {
                format!(
                    "{{\"type\":\"command\",\"campus\":\"north-high\",\"request\":{{\
                     \"id\":\"0198c5a4-7d00-7000-8000-000000000001\",\"command\":{command}}}}}"
                )
            }));
            frames
        }
        Target::ServerFrame => server_frames(&golden("server_frames"), &golden("cards")),
        Target::Body => {
            let mut bodies: Vec<String> = [
                r#"{"code":"ABCDE-FGHJK","face":"fitting"}"#,
                r#"{"principal":"person:joy.adams","minutes":10}"#,
                r#"{"expected":1,"policy":{"school_lift":true},"reason":"why","pin":"2468"}"#,
                r#"{"name":"Jo Roe"}"#,
                r#"{"agency":"PD","badge":"1","kind":"peace officer","number":"2","full_time":true,"valid_until":"2031-06-30"}"#,
            ]
            .map(str::to_owned)
            .to_vec();
            bodies.extend(golden("commands").iter().map(|command| {
                format!(
                    "{{\"id\":\"0198c5a4-7d00-7000-8000-000000000001\",\"pin\":\"2468\",\
                     \"command\":{command}}}"
                )
            }));
            bodies
        }
        Target::Token => vec![own_token().0],
        Target::Script => all(&tree().join("tests/scenario"))
            .into_iter()
            .filter(|file| file.extension().is_some_and(|kind| kind == "toml"))
            .map(|file| fs::read_to_string(file).unwrap())
            .collect(),
        Target::Directory => vec![read("server/demo/maple-valley.toml"), SMALL.to_owned()],
        Target::Lists => vec![
            [PEOPLE, ROOMS, DEVICES].join(NEXT),
            ["", ROOMS, DEVICES].join(NEXT),
            PEOPLE.to_owned(),
        ],
        Target::OneRoster => vec![ONE_ROSTER.join(NEXT), one_roster_1_1()],
        Target::Note => {
            let signed = &*SIGNED;
            let heads = signed.heads.iter().map(|head| head.as_str().to_owned());
            let mut notes: Vec<String> = heads.collect();
            notes.push(signed.proof.to_string());
            notes.extend(signed.export.keys.clone());
            notes
        }
        Target::Export => vec![serde_json::to_string(&SIGNED.export).unwrap()],
    }
}

/// Frames one after the other: each by itself, all of them, and a screen's day with each card put
/// and dropped.
fn server_frames(frames: &[String], cards: &[String]) -> Vec<String> {
    let mut seeds: Vec<String> = frames.to_vec();
    seeds.push(frames.join("\n"));
    let snapshot = |seq: usize, cards: &[String]| {
        format!(
            "{{\"type\":\"snapshot\",\"campus\":\"north-high\",\"position\":{{\"epoch\":1,\
             \"seq\":{seq}}},\"part\":1,\"parts\":1,\"cards\":[{}]}}",
            cards.join(",")
        )
    };
    for (n, some) in cards.chunks(6).enumerate() {
        let put = cards[n % cards.len()].clone();
        let event = format!(
            "{{\"type\":\"event\",\"campus\":\"north-high\",\"position\":{{\"epoch\":1,\"seq\":{}}},\
             \"put\":[{put}],\"drop\":[]}}",
            n + 2
        );
        seeds.push([snapshot(n + 1, some), event, snapshot(n + 3, &[])].join("\n"));
    }
    seeds.push([snapshot(1, cards), snapshot(2, &[])].join("\n"));
    seeds
}

const SMALL: &str = r#"
[district]
id = "oak"
name = "Oak"
[[campus]]
id = "high"
name = "High"
address = "1 Street"
time_zone = "America/New_York"
coordinates = "41.5, -74.1"
[campus.numbers]
911 = "9-911"
[campus.zones]
main = "Main"
[campus.rooms]
r1 = { name = "Room", zone = "main" }
[[person]]
id = "ana"
name = "Ana"
role = "administrator"
campuses = ["high"]
[[person]]
id = "sam"
name = "Sam"
role = "sro"
campuses = ["high"]
certification = { agency = "PD", badge = "1", kind = "peace officer", number = "2", full_time = true, valid_until = "2031-06-30" }
addresses = ["sms:+15555550103"]
[[device]]
id = "d1"
campus = "high"
room = "r1"
"#;

const PEOPLE: &str = "\
id,name,role,campuses,room,agency,badge,number,full_time,valid_until,addresses,may_lock_down
ana.ruiz,Ana Ruiz,administrator,north-high river-middle oak-elementary,,,,,,,sms:+15555550101,
sam.cole,Sam Cole,sro,north-high,,PD,114,LE-1,yes,2031-06-30,tel:+15555550103;mailto:s@example.org,
joy.adams,\"Adams, \"\"Joy\"\"\",staff,north-high,n101,,,,,,,
dana.lind,Dana Lind,director,,,,,,,,,north-high river-middle
";
const ROOMS: &str = "\
campus,id,name,zone
north-high,n101,Room 101,a-wing
north-high,n102,\"Room
102\",a-wing
river-middle,r1,Room 1,east
oak-elementary,k1,Kindergarten,ground
";
const DEVICES: &str = "id,campus,room\nnorth-n101,north-high,n101\nriver-r1,river-middle,r1\n";

const ONE_ROSTER: [&str; 6] = [
    "manifest.csv\npropertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\n\
     file.users,bulk\nfile.roles,bulk\nfile.classes,bulk\nfile.enrollments,bulk\n",
    "orgs.csv\nsourcedId,name,type,identifier\ns1,North,school,north-high\n",
    "users.csv\nsourcedId,status,enabledUser,givenName,familyName\nana.ruiz,,true,Ana,Ruiz\n\
     joy.adams,,true,Joy,Adams\n{B-7},active,true,Bo,Bee\nst1,,true,Quetzal,Pupil\n",
    "roles.csv\nsourcedId,status,userSourcedId,roleType,role,orgSourcedId,beginDate,endDate\n\
     r1,,ana.ruiz,primary,principal,s1,,\nr3,,joy.adams,primary,teacher,s1,2025-01-01,2027-01-01\n\
     r4,,{B-7},primary,aide,s1,,\nr5,,st1,primary,student,s1,,\n",
    "classes.csv\nsourcedId,status,title,location,schoolSourcedId,periods\nk1,,Algebra,n101,s1,1\n",
    "enrollments.csv\nsourcedId,status,classSourcedId,userSourcedId,role,beginDate,endDate\n\
     e1,,k1,st1,student,,\ne4,,k1,joy.adams,teacher,,\n",
];

fn one_roster_1_1() -> String {
    [
        "manifest.csv\npropertyName,value\noneroster.version,1.1\nfile.orgs,bulk\nfile.users,bulk\n",
        ONE_ROSTER[1],
        "users.csv\nsourcedId,status,enabledUser,orgSourcedIds,role,givenName,familyName\n\
         ana.ruiz,,true,s1,administrator,Ana,Ruiz\njoy.adams,,true,s1,teacher,Joy,Adams\n",
    ]
    .join(NEXT)
}
