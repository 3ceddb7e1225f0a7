//! Pictures of sightings over the wire (C5): who may see them, what is refused, and that nothing
//! of what was refused is kept.

use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};
use lockstep_proto::code::Code;
use lockstep_proto::contact::PictureKind;
use lockstep_proto::id::FactId;
use lockstep_proto::view::Card;
use lockstep_tests::{PATIENCE, Server};
use serde_json::{Value, json};

use crate::shell::{operator, path};
use crate::{ADMIN, NORTH, TEACHER, asked, of};

const EYES: &str = "person:walt.dunn";

fn picture(format: ImageFormat, shade: u8) -> Vec<u8> {
    let image = RgbImage::from_pixel(40, 30, Rgb([shade, 80, 20]));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG that says where it was taken.
fn with_place(shade: u8) -> Vec<u8> {
    let jpeg = picture(ImageFormat::Jpeg, shade);
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\0GPSLatitude 41.40338";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, exif, &jpeg[2..]].concat()
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

async fn upload(server: &Server, who: &str, sighting: FactId, bytes: Vec<u8>) -> (u16, Value) {
    let path = format!("/v1/campuses/{NORTH}/sightings/{sighting}/picture");
    let sent = client()
        .post(format!("{}{path}", server.url))
        .bearer_auth(server.token(who))
        // Nobody believes it.
        .header("content-type", "text/html")
        .body(bytes)
        .send()
        .await
        .unwrap();
    let status = sent.status().as_u16();
    (status, sent.json().await.unwrap())
}

async fn get(server: &Server, who: &str, campus: &str, name: &str) -> reqwest::Response {
    let path = format!("/v1/campuses/{campus}/pictures/{name}");
    let asked = client()
        .get(format!("{}{path}", server.url))
        .bearer_auth(server.token(who));
    asked.send().await.unwrap()
}

async fn sighting(server: &Server, who: &str) -> FactId {
    let seen = json!({ "name": "report_sighting", "seen": "a man at the back fence",
        "danger": "unsure" });
    let walt = of(server, who);
    walt.send(NORTH, &asked(seen)).await.accepted().fact
}

fn kept(server: &Server) -> Vec<String> {
    fn walk(folder: &Path, into: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                walk(&entry.path(), into);
            } else {
                into.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    let mut files = Vec::new();
    walk(&server.data().join("pictures"), &mut files);
    files
}

#[tokio::test]
async fn c5_a_picture_is_seen_by_who_answers_for_the_campus_and_by_its_author() {
    let server = Server::start();
    let seen = sighting(&server, EYES).await;
    let (status, made) = upload(&server, EYES, seen, with_place(200)).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["answer"]["type"], "accepted");
    let name = made["sha256"].as_str().unwrap();
    // The same once more is the same act (P6).
    let (_, again) = upload(&server, EYES, seen, with_place(200)).await;
    assert_eq!(again["answer"]["fact"], made["answer"]["fact"]);
    assert_eq!(kept(&server), [name]);

    let screen = of(&server, ADMIN).screen(NORTH).await;
    let shown = screen.cards.values().find_map(|card| {
        if let Card::Sighting(sighting) = card {
            sighting.picture.clone()
        } else {
            None
        }
    });
    let shown = shown.unwrap();
    assert_eq!(
        (shown.sha256.as_str(), shown.kind),
        (name, PictureKind::Jpeg)
    );

    for who in [ADMIN, "person:sam.cole", "person:wall", EYES] {
        let answer = get(&server, who, NORTH, name).await;
        assert_eq!(answer.status().as_u16(), 200, "{who}");
        let header = |key: &str| answer.headers()[key].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "image/jpeg");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "private, no-store");
        assert!(header("content-security-policy").contains("sandbox"));
        let bytes = answer.bytes().await.unwrap();
        for trace in [&b"GPS"[..], b"Exif", b"41.40338"] {
            let survived = bytes.windows(trace.len()).any(|window| window == trace);
            assert!(!survived, "{trace:?} survived");
        }
        assert_eq!(bytes.len(), shown.bytes as usize);
    }
    // To everybody else it is not there, any more than a picture that nobody ever sent.
    let nobodys = "0".repeat(64);
    for (who, campus, name, code) in [
        (TEACHER, NORTH, name, Code::NotFound),
        ("device:north-n101", NORTH, name, Code::NotFound),
        (ADMIN, NORTH, &nobodys, Code::NotFound),
        (ADMIN, NORTH, "..%2f..%2fjournal.sqlite", Code::NotFound),
        ("person:mia.stone", NORTH, name, Code::UnknownCampus),
        ("person:mia.stone", "river-middle", name, Code::NotFound),
    ] {
        let answer = get(&server, who, campus, name).await;
        assert_eq!(answer.status().as_u16(), code.status(), "{who} {name}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], code.as_str(), "{who}");
    }
    // A file that no sighting refers to is not served to anybody.
    let folder = server.data().join("pictures/maple-valley");
    let stray = picture(ImageFormat::Png, 9);
    let stray_name = {
        use std::fmt::Write as _;
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &stray)
            .as_ref()
            .iter()
            .fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            })
    };
    std::fs::write(folder.join(&stray_name), &stray).unwrap();
    let answer = get(&server, ADMIN, NORTH, &stray_name).await;
    assert_eq!(answer.status().as_u16(), 404);
}

#[tokio::test]
async fn c5_what_is_refused_is_not_kept_and_the_sighting_stands() {
    let server = Server::start();
    let seen = sighting(&server, EYES).await;
    let png = picture(ImageFormat::Png, 1);
    let mut huge = png.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let unknown = FactId(uuid::Uuid::now_v7());
    let half = png[..png.len() / 2].to_vec();
    for (who, to, bytes, code) in [
        (
            EYES,
            seen,
            b"GIF89a\x01\0\x01\0".to_vec(),
            Code::PictureUnreadable,
        ),
        (EYES, seen, b"<script>".to_vec(), Code::PictureUnreadable),
        (EYES, seen, Vec::new(), Code::PictureUnreadable),
        (EYES, seen, half, Code::PictureUnreadable),
        // Its checksum is wrong as well: it is not even looked at.
        (EYES, seen, huge, Code::PictureUnreadable),
        (
            EYES,
            seen,
            vec![0xff; 6 * 1024 * 1024],
            Code::PictureTooLarge,
        ),
        (EYES, unknown, png.clone(), Code::UnknownThing),
        ("device:north-n101", seen, png.clone(), Code::NotAllowed),
        ("person:wall", seen, png.clone(), Code::NotAllowed),
        ("person:mia.stone", seen, png.clone(), Code::UnknownCampus),
    ] {
        let (status, body) = upload(&server, who, to, bytes).await;
        assert_eq!(body["code"], code.as_str(), "{who}: {body}");
        assert_eq!(status, code.status());
    }
    assert_eq!(kept(&server), Vec::<String>::new());
    // No screen is told of a picture that was not uploaded.
    let attach = json!({ "name": "attach_picture", "to": seen, "sha256": "ab".repeat(32),
        "kind": "image/png", "bytes": 7 });
    let refusal = of(&server, EYES).send(NORTH, &asked(attach)).await;
    assert_eq!(refusal.refused(), Code::NotAllowed);
    let screen = of(&server, ADMIN).screen(NORTH).await;
    let sightings = screen.cards.values().filter_map(|card| {
        if let Card::Sighting(sighting) = card {
            Some(sighting.picture.is_none())
        } else {
            None
        }
    });
    assert_eq!(sightings.collect::<Vec<_>>(), [true]);
    // The method is told like everything else.
    let path = format!(
        "{}/v1/campuses/{NORTH}/sightings/{seen}/picture",
        server.url
    );
    let answer = client().get(path).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 405);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "method_not_allowed");
}

/// What is left of a nearly full disk is for alerts: pictures stop, sightings do not.
#[tokio::test]
async fn c5_uploads_stop_while_the_disk_is_low() {
    let server = Server::start_with(&[], &[("LOCKSTEP_PICTURES_FLOOR_MIB", "999999999999")]);
    let seen = sighting(&server, EYES).await;
    let (status, body) = upload(&server, EYES, seen, picture(ImageFormat::Png, 1)).await;
    assert_eq!((status, &body["code"]), (507, &json!("disk_low")), "{body}");
    assert_eq!(kept(&server), Vec::<String>::new());
    sighting(&server, EYES).await;
}

/// C5: what the journal refers to is in its backup, and where that is restored.
#[tokio::test]
async fn c5_a_picture_comes_along_with_a_backup() {
    let mut server = Server::start();
    let seen = sighting(&server, EYES).await;
    let (_, made) = upload(&server, EYES, seen, with_place(200)).await;
    let name = made["sha256"].as_str().unwrap();
    let before = get(&server, ADMIN, NORTH, name)
        .await
        .bytes()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    let told = operator(server.data(), &["backup", path(&copy), "--json"]).done();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["pictures"], 1, "{told}");
    assert!(server.stop().success());
    let data = tempfile::tempdir().unwrap();
    let restore = ["restore", path(&copy), "--reason", "The disk died"];
    operator(data.path(), &restore).done();
    let restored = Server::start_on(data, &[]);
    let after = get(&restored, ADMIN, NORTH, name).await;
    assert_eq!(after.bytes().await.unwrap(), before);
}
