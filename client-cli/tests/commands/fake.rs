//! A small fake server: it answers commands as it is told to, in turn, and keeps what it was sent. It
//! knows no rules; the real server plays the scenarios.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::CommandRequest;
use lockstep_proto::export::{Export, ExportedEntry, FORMAT, canonical};
use lockstep_proto::frame::{Accepted, Holds, ServerFrame};
use lockstep_proto::id::FactId;
use lockstep_proto::merkle::{Hash, leaf_hash, root};
use lockstep_proto::note::{Checkpoint, Origin, SigningKey};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::view::{Card, ReleaseCard};
use serde_json::{Value, json};

/// How the next command is answered.
#[derive(Debug, Clone)]
pub enum Next {
    /// Accepted, held so.
    Accept(Holds),
    /// Refused.
    Refuse(Refusal),
    /// 202, in doubt.
    InDoubt,
    /// A status and no answer that can be understood.
    Garbage,
}

#[derive(Default)]
struct Told {
    next: VecDeque<Next>,
    got: Vec<CommandRequest>,
    cards: Vec<Card>,
    seq: u64,
    entries: u64,
    radio: Option<String>,
}

/// The fake server.
#[derive(Clone)]
pub struct Fake {
    told: Arc<Mutex<Told>>,
    pub url: String,
}

pub fn key() -> SigningKey {
    SigningKey::from_seed("maple-valley", &[3; 32]).unwrap()
}

/// Where the fake journal records what it accepts.
pub const RECORDED_AT: u64 = 7;

/// An all clear that stands.
pub fn release(id: FactId, radio: Option<&str>) -> Card {
    Card::Release(ReleaseCard {
        id,
        seq: 1,
        kind: Posture::AllClear,
        at: Timestamp::UNIX_EPOCH,
        marks: vec![],
        by: None,
        radio: radio.map(str::to_owned),
        on_scene: None,
    })
}

fn entry(seq: u64) -> ExportedEntry {
    let entry = canonical(&json!({"seq": seq, "epoch": 1, "fact": {"fact": "arrived"}})).unwrap();
    ExportedEntry {
        seq,
        epoch: 1,
        entry,
        details: vec![],
    }
}

/// The head over the first `size` entries of the fake timeline.
pub fn head(size: u64) -> String {
    let leaves: Vec<Hash> = (1..=size)
        .map(|seq| leaf_hash(entry(seq).entry.as_bytes()))
        .collect();
    let origin = Origin::new("maple-valley", "north-high", 1).unwrap();
    key()
        .sign(&Checkpoint {
            origin,
            size,
            root: root(&leaves),
        })
        .unwrap()
        .to_string()
}

impl Fake {
    /// Starts one on a free port of the running runtime.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self {
            told: Arc::default(),
            url,
        };
        let app = axum::Router::new()
            .route(
                "/v1/sign-in",
                post(sign_in).delete(|| async { StatusCode::NO_CONTENT }),
            )
            .route(
                "/v1/keys",
                get(|| async { Json(json!({"keys": [key().verifier().unwrap().to_string()]})) }),
            )
            .route("/v1/me", get(|| async { Json(you()) }))
            .route("/v1/campuses/{campus}", get(campus))
            .route("/v1/campuses/{campus}/commands", post(command))
            .route("/v1/campuses/{campus}/timeline/export", get(export))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        fake
    }

    /// Answers the next commands so; after them everything is accepted and recorded.
    pub fn answers(&self, next: impl IntoIterator<Item = Next>) -> &Self {
        self.told.lock().unwrap().next = next.into_iter().collect();
        self
    }

    /// What the campus shows.
    pub fn shows(&self, seq: u64, cards: Vec<Card>) -> &Self {
        let mut told = self.told.lock().unwrap();
        (told.seq, told.cards) = (seq, cards);
        drop(told);
        self
    }

    /// The next clear that is accepted makes a release with this sentence, once the world has moved on
    /// by one more look.
    pub fn releases_with(&self, sentence: &str) -> &Self {
        self.told.lock().unwrap().radio = Some(sentence.to_owned());
        self
    }

    /// How many entries the export has.
    pub fn exports(&self, entries: u64) -> &Self {
        self.told.lock().unwrap().entries = entries;
        self
    }

    /// Every command that came in.
    pub fn got(&self) -> Vec<CommandRequest> {
        self.told.lock().unwrap().got.clone()
    }
}

fn you() -> Value {
    json!({"principal": "person:sam.cole", "name": "Sam Cole", "role": "sro", "district": "maple-valley",
        "audience": "responder", "standing": "live"})
}

async fn sign_in(Json(body): Json<Value>) -> Response {
    if body["code"] != "GOOD-CODE" {
        return problem(&Refusal::new(Code::CodeUnknown));
    }
    Json(json!({"token": "secret", "expires_at": "2027-01-15T20:00:00Z", "you": you()}))
        .into_response()
}

async fn campus(State(fake): State<Fake>, Path(campus): Path<String>) -> Response {
    if campus != "north-high" {
        return problem(&Refusal::new(Code::UnknownCampus));
    }
    let mut told = fake.told.lock().unwrap();
    let position = Position {
        epoch: 1,
        seq: told.seq,
    };
    let body = json!({"campus": campus, "position": position, "head": head(told.seq), "degraded": false, "cards": told.cards});
    let made = told.got.last().map(|clear| FactId(clear.id.0));
    if let Some((made, sentence)) = made.zip(told.radio.take()) {
        told.cards.push(release(made, Some(&sentence)));
        told.seq = RECORDED_AT;
    }
    Json(body).into_response()
}

async fn command(State(fake): State<Fake>, Json(request): Json<CommandRequest>) -> Response {
    let id = request.id;
    let next = {
        let mut told = fake.told.lock().unwrap();
        told.got.push(request);
        told.next
            .pop_front()
            .unwrap_or(Next::Accept(Holds::Recorded))
    };
    match next {
        Next::Accept(holds) => {
            let position = (holds == Holds::Recorded).then_some(Position {
                epoch: 1,
                seq: RECORDED_AT,
            });
            let accepted = Accepted {
                id,
                fact: FactId(id.0),
                holds,
                position,
            };
            Json(ServerFrame::Accepted(accepted)).into_response()
        }
        Next::Refuse(refusal) => problem(&refusal),
        Next::InDoubt => {
            let frame = ServerFrame::InDoubt {
                id,
                message: lockstep_proto::frame::IN_DOUBT_WORDS.to_owned(),
            };
            (StatusCode::ACCEPTED, Json(frame)).into_response()
        }
        Next::Garbage => (StatusCode::BAD_GATEWAY, "<html>").into_response(),
    }
}

async fn export(State(fake): State<Fake>) -> Json<Export> {
    let count = fake.told.lock().unwrap().entries;
    Json(Export {
        format: FORMAT.to_owned(),
        district: "maple-valley".to_owned(),
        campus: "north-high".to_owned(),
        keys: vec![key().verifier().unwrap().to_string()],
        heads: vec![head(count)],
        entries: (1..=count).map(entry).collect(),
    })
}

fn problem(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.code.status()).unwrap();
    let mut body = serde_json::to_value(refusal).unwrap();
    body["title"] = json!(refusal.message);
    body["status"] = json!(refusal.code.status());
    (status, Json(body)).into_response()
}
