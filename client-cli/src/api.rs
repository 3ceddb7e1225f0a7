//! HTTP to whichever server answers, every call with a deadline and a bound on what it takes in.
//!
//! Owns the difference that matters: *not sent* (try the next server), *answered*, and *sent and not
//! answered*, which for a clear is in doubt and for a fact means that it is sent again under its id.

mod by_hand;

use std::time::Duration;

use lockstep_proto::Timestamp;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::command::{CommandRequest, Pin};
use lockstep_proto::contact::PictureKind;
use lockstep_proto::directory::{Date, Policy, Vouched};
use lockstep_proto::export::Export;
use lockstep_proto::frame::{Accepted, ServerFrame, You};
use lockstep_proto::id::{CampusId, FactId, PersonId, Principal, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::Posture;
use lockstep_proto::roster::Roster;
use lockstep_proto::text::Text;
use lockstep_proto::timeline::Entry;
use lockstep_proto::view::Card;
use lockstep_rules::report::{DrillFile, Listed, Report};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::address::Address;
use crate::whoever::whoever_answers;

pub use by_hand::*;

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// A server decides a clear, or says that it is in doubt, within two seconds.
const DECIDED_WITHIN: Duration = Duration::from_secs(3);
/// A picture from a phone with a bad connection.
const UPLOAD_WITHIN: Duration = Duration::from_secs(60);
const EXPORT_WITHIN: Duration = Duration::from_secs(120);
const TOLD_WITHIN: Duration = Duration::from_secs(15);

/// The largest answer taken in, in bytes; an export may be larger.
const ANSWER_MAX: usize = 8 * 1024 * 1024;
const EXPORT_MAX: usize = 512 * 1024 * 1024;

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Accepted, and what holds it.
    Accepted(Accepted),
    /// Refused, and why.
    Refused(Refusal),
    /// Nobody knows. For a clear: in doubt. For the rest: send it again under the same id.
    Unknown(String),
    /// It reached no server.
    NotSent(String),
}

impl Answer {
    /// What this comes to as an answer to that request. A ground or clear that was sent before may have
    /// been recorded whatever now stood in the way of asking, so only an answer about it counts.
    #[must_use]
    pub fn to(self, request: &CommandRequest) -> Self {
        match self {
            Self::NotSent(why) if request.again => Self::Unknown(why),
            Self::Refused(refusal) if request.again && is_about_the_asking(refusal.code) => {
                Self::Unknown(refusal.message)
            }
            answer @ (Self::Accepted(_)
            | Self::Refused(_)
            | Self::Unknown(_)
            | Self::NotSent(_)) => answer,
        }
    }

    /// Whether no other server need be asked about a fact.
    fn is_last_word(&self) -> bool {
        match self {
            Self::Accepted(accepted) => accepted.holds.is_durable(),
            Self::Refused(refusal) => refusal.code != Code::Busy,
            Self::Unknown(_) | Self::NotSent(_) => false,
        }
    }

    fn came_how_far(&self) -> u8 {
        match self {
            Self::NotSent(_) => 0,
            Self::Unknown(_) => 1,
            Self::Refused(_) => 2,
            Self::Accepted(_) => 3,
        }
    }
}

fn no_server() -> Answer {
    Answer::NotSent("no server is named".to_owned())
}

/// Refusals that say nothing about a command that was sent before: this server, or this sign-in, was
/// not in a state to be asked. *Journal unavailable* is none of them: a server that cannot look says *in
/// doubt*, and the one that decided it says so of a COMMIT that it found had not happened.
fn is_about_the_asking(code: Code) -> bool {
    matches!(
        code,
        Code::SignInExpired
            | Code::NotSignedIn
            | Code::Revoked
            | Code::UnknownCampus
            | Code::ProofNeeded
            | Code::ProofWrong
            | Code::ProofThrottled
            | Code::SlowDown
            | Code::Busy
            | Code::BadFrame
            | Code::NotFound
            | Code::Fault
    )
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No server could be reached: nothing was sent.
    #[error(
        "No server could be reached ({0}). Check the network and --server, and use radio meanwhile."
    )]
    NotReached(String),
    /// A server was reached, and gave no answer that can be understood.
    #[error("The server gave no answer that can be understood ({0}). Try again.")]
    NoAnswer(String),
    /// A server refused.
    #[error("{0}")]
    Refused(Refusal),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Refused(refusal) => Self::Refused(refusal),
            ApiError::NotReached(_) | ApiError::NoAnswer(_) => Self::Fault(error.to_string()),
        }
    }
}

/// HTTP as one principal.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    servers: Vec<Address>,
    token: Option<String>,
}

/// `POST /v1/sign-in`.
#[derive(Deserialize)]
pub struct SignedIn {
    /// The bearer token.
    pub token: String,
    /// When it runs out.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Who it is.
    pub you: You,
}

/// `POST /v1/codes`.
#[derive(Debug, Serialize, Deserialize)]
pub struct NewCode {
    /// The code.
    pub code: String,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// One of `GET /v1/campuses`.
#[derive(Debug, Serialize, Deserialize)]
pub struct CampusLine {
    /// Its id.
    pub id: CampusId,
    /// Its name.
    pub name: String,
    /// What it is under.
    pub posture: Posture,
    /// An immediate threat waits for its answer.
    pub checking: bool,
    /// Where its timeline stands.
    pub position: Position,
    /// The journal cannot be written.
    #[serde(default)]
    pub degraded: bool,
}

/// `GET /v1/campuses/{campus}`.
#[derive(Debug, Deserialize)]
pub struct CampusNow {
    /// Its id.
    pub campus: CampusId,
    /// Where its timeline stands.
    pub position: Position,
    /// The signed head.
    #[serde(default)]
    pub head: Option<String>,
    /// The journal cannot be written.
    #[serde(default)]
    pub degraded: bool,
    /// Everything that this audience sees.
    pub cards: Vec<Card>,
}

/// `GET /v1/policy`.
#[derive(Debug, Serialize, Deserialize)]
pub struct PolicyNow {
    /// The directory's version: what a change names.
    pub version: u64,
    /// The policy.
    pub policy: Policy,
}

/// `PUT /v1/policy`.
#[derive(Debug, Serialize, Deserialize)]
pub struct PolicyPut {
    /// The directory's version with it.
    pub version: u64,
    /// The policy that stands.
    pub policy: Policy,
    /// What changed, a line each.
    pub changes: Vec<String>,
}

/// An officer who waits for the second person (A3).
#[derive(Debug, Serialize, Deserialize)]
pub struct OfficerWaits {
    /// Who they will be.
    pub officer: PersonId,
    /// Their name.
    pub name: String,
    /// Who made their code.
    pub code_by: Vouched,
    /// Until when somebody else may certify them.
    pub expires_at: Timestamp,
}

/// `POST /v1/campuses/{campus}/officers`.
#[derive(Debug, Serialize, Deserialize)]
pub struct OfficerEnrolled {
    /// Who waits.
    #[serde(flatten)]
    pub waits: OfficerWaits,
    /// Their sign-in code, which works once they are certified.
    pub code: String,
}

/// `GET /v1/campuses/{campus}/officers`.
#[derive(Debug, Serialize, Deserialize)]
pub struct OfficersWaiting {
    /// By id.
    pub waiting: Vec<OfficerWaits>,
}

/// The body of `PUT /v1/campuses/{campus}/officers/{officer}/certification`.
#[derive(Debug, Serialize)]
pub struct NewCertification {
    /// The employing agency.
    pub agency: String,
    /// Badge number.
    pub badge: String,
    /// What kind of certification it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Certification number.
    pub number: String,
    /// Whether they are full-time.
    pub full_time: bool,
    /// Last day on which it holds.
    pub valid_until: Date,
    /// The PIN of who certifies.
    pub pin: Pin,
}

/// Its answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct OfficerCertified {
    /// Who is an officer now.
    pub officer: PersonId,
    /// The directory's version with them.
    pub version: u64,
    /// Until when their code signs them in.
    pub code_expires_at: Timestamp,
    /// Their PIN, shown once.
    pub officer_pin: Pin,
}

/// `POST /v1/campuses/{campus}/sightings/{sighting}/picture`.
#[derive(Debug, Serialize, Deserialize)]
pub struct UploadedPicture {
    /// By this it is read.
    pub sha256: String,
    /// Its format.
    pub kind: PictureKind,
    /// Its size as kept, in bytes.
    pub bytes: u32,
    /// What became of the entry that attaches it.
    pub answer: ServerFrame,
}

/// `GET /v1/campuses/{campus}/timeline`.
#[derive(Debug, Deserialize)]
pub struct TimelinePage {
    /// Where the timeline stands.
    pub position: Position,
    /// The signed head.
    #[serde(default)]
    pub head: Option<String>,
    /// Entries with their words.
    pub entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Campuses {
    campuses: Vec<CampusLine>,
}

#[derive(Deserialize)]
struct Incidents {
    incidents: Vec<Listed>,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<String>,
}

impl Api {
    /// As the holder of this token.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(servers: Vec<Address>, token: Option<String>) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|why| Failure::Fault(format!("Cannot set up the connection: {why}.")))?;
        Ok(Self {
            http,
            servers,
            token,
        })
    }

    /// The servers, as they are tried.
    #[must_use]
    pub fn servers(&self) -> &[Address] {
        &self.servers
    }

    /// Signs in with an enrolment code.
    ///
    /// # Errors
    /// As every call: refused, not reached, or no answer. A code works once, so only a server that
    /// was not reached is followed by the next.
    pub async fn sign_in(&self, code: &str) -> Result<SignedIn, ApiError> {
        let body = serde_json::json!({ "code": code });
        self.call(Method::POST, "/v1/sign-in", Some(&body)).await
    }

    /// Gives this sign-in more time, as it is used: nothing where it has what it gets.
    ///
    /// # Errors
    /// As every call.
    pub async fn go_on(&self) -> Result<Option<SignedIn>, ApiError> {
        let path = "/v1/sign-in";
        let nothing = None::<&()>;
        let bytes = self
            .bytes(Method::PUT, path, nothing, ANSWER_WITHIN, ANSWER_MAX)
            .await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        understand(&bytes).map(Some)
    }

    /// Switches this sign-in off.
    ///
    /// # Errors
    /// As every call.
    pub async fn sign_out(&self) -> Result<(), ApiError> {
        self.bytes(
            Method::DELETE,
            "/v1/sign-in",
            None::<&()>,
            ANSWER_WITHIN,
            ANSWER_MAX,
        )
        .await
        .map(|_| ())
    }

    /// Who the server takes this sign-in for.
    ///
    /// # Errors
    /// As every call.
    pub async fn me(&self) -> Result<You, ApiError> {
        self.call(Method::GET, "/v1/me", None::<&()>).await
    }

    /// The server's verifier keys.
    ///
    /// # Errors
    /// As every call.
    pub async fn keys(&self) -> Result<Vec<String>, ApiError> {
        let keys: Keys = self.call(Method::GET, "/v1/keys", None::<&()>).await?;
        Ok(keys.keys)
    }

    /// Makes an enrolment code.
    ///
    /// # Errors
    /// As every call.
    pub async fn code(
        &self,
        principal: &Principal,
        minutes: Option<u32>,
        pin: Option<&Pin>,
    ) -> Result<NewCode, ApiError> {
        let body = serde_json::json!({ "principal": principal, "minutes": minutes, "pin": pin });
        self.call(Method::POST, "/v1/codes", Some(&body)).await
    }

    /// All campuses of this sign-in.
    ///
    /// # Errors
    /// As every call.
    pub async fn campuses(&self) -> Result<Vec<CampusLine>, ApiError> {
        let answer: Campuses = self.call(Method::GET, "/v1/campuses", None::<&()>).await?;
        Ok(answer.campuses)
    }

    /// One campus as it is now.
    ///
    /// # Errors
    /// As every call.
    pub async fn campus(&self, campus: &CampusId) -> Result<CampusNow, ApiError> {
        self.call(Method::GET, &format!("/v1/campuses/{campus}"), None::<&()>)
            .await
    }

    /// A page of a campus's timeline.
    ///
    /// # Errors
    /// As every call.
    pub async fn timeline(
        &self,
        campus: &CampusId,
        after: u64,
        limit: u32,
    ) -> Result<TimelinePage, ApiError> {
        let path = format!("/v1/campuses/{campus}/timeline?after={after}&limit={limit}");
        self.call(Method::GET, &path, None::<&()>).await
    }

    /// A campus's timeline with all that proves it.
    ///
    /// # Errors
    /// As every call.
    pub async fn export(&self, campus: &CampusId) -> Result<Export, ApiError> {
        let path = format!("/v1/campuses/{campus}/timeline/export");
        let bytes = self
            .bytes(Method::GET, &path, None::<&()>, EXPORT_WITHIN, EXPORT_MAX)
            .await?;
        understand(&bytes)
    }

    /// The district's policy.
    ///
    /// # Errors
    /// As every call.
    pub async fn policy(&self) -> Result<PolicyNow, ApiError> {
        self.call(Method::GET, "/v1/policy", None::<&()>).await
    }

    /// Puts a policy in place of the one at version `expected`.
    ///
    /// # Errors
    /// As every call.
    pub async fn change_policy(
        &self,
        expected: u64,
        policy: &Policy,
        reason: Option<&Text>,
        pin: &Pin,
    ) -> Result<PolicyPut, ApiError> {
        let body = serde_json::json!({
            "expected": expected, "policy": policy, "reason": reason, "pin": pin,
        });
        self.call(Method::PUT, "/v1/policy", Some(&body)).await
    }

    /// Makes the code of an officer without an account.
    ///
    /// # Errors
    /// As every call.
    pub async fn enrol_officer(
        &self,
        campus: &CampusId,
        name: &Text,
    ) -> Result<OfficerEnrolled, ApiError> {
        let path = format!("/v1/campuses/{campus}/officers");
        let body = serde_json::json!({ "name": name });
        self.call(Method::POST, &path, Some(&body)).await
    }

    /// Officers of a campus who wait to be certified.
    ///
    /// # Errors
    /// As every call.
    pub async fn officers_waiting(&self, campus: &CampusId) -> Result<OfficersWaiting, ApiError> {
        let path = format!("/v1/campuses/{campus}/officers");
        self.call(Method::GET, &path, None::<&()>).await
    }

    /// Enters the certification of an officer whom somebody else enrolled.
    ///
    /// # Errors
    /// As every call.
    pub async fn certify_officer(
        &self,
        campus: &CampusId,
        officer: &PersonId,
        body: &NewCertification,
    ) -> Result<OfficerCertified, ApiError> {
        let path = format!("/v1/campuses/{campus}/officers/{officer}/certification");
        self.call(Method::PUT, &path, Some(body)).await
    }

    /// Uploads a picture of a sighting that is in already. Sent to each server in turn until one
    /// answers: the same picture of the same sighting is one act (P6).
    ///
    /// # Errors
    /// As every call.
    pub async fn upload_picture(
        &self,
        campus: &CampusId,
        sighting: FactId,
        bytes: Vec<u8>,
    ) -> Result<UploadedPicture, ApiError> {
        let path = format!("/v1/campuses/{campus}/sightings/{sighting}/picture");
        let mut last = ApiError::NotReached("no server is named".to_owned());
        for server in &self.servers {
            let request = self.http.post(server.of(&path)).body(bytes.clone());
            match self.answered(request, UPLOAD_WITHIN, ANSWER_MAX).await {
                Err(why @ (ApiError::NotReached(_) | ApiError::NoAnswer(_))) => last = why,
                answered => return understand(&answered?),
            }
        }
        Err(last)
    }

    /// The proof of one entry, with the entry in it.
    ///
    /// # Errors
    /// As every call.
    pub async fn proof(&self, campus: &CampusId, seq: u64) -> Result<String, ApiError> {
        let path = format!("/v1/campuses/{campus}/timeline/{seq}/proof");
        let bytes = self
            .bytes(Method::GET, &path, None::<&()>, ANSWER_WITHIN, ANSWER_MAX)
            .await?;
        String::from_utf8(bytes).map_err(|why| ApiError::NoAnswer(why.to_string()))
    }

    /// The incidents and drills of a campus.
    ///
    /// # Errors
    /// As every call.
    pub async fn incidents(&self, campus: &CampusId) -> Result<Vec<Listed>, ApiError> {
        let list: Incidents = self
            .told(&format!("/v1/campuses/{campus}/incidents"))
            .await?;
        Ok(list.incidents)
    }

    /// The report of one incident.
    ///
    /// # Errors
    /// As every call.
    pub async fn report(&self, campus: &CampusId, incident: u64) -> Result<Report, ApiError> {
        self.told(&format!(
            "/v1/campuses/{campus}/incidents/{incident}/report"
        ))
        .await
    }

    /// Who sits in the classes of a campus, or of one room (I4).
    ///
    /// # Errors
    /// As every call.
    pub async fn roster(
        &self,
        campus: &CampusId,
        room: Option<&RoomId>,
    ) -> Result<Roster, ApiError> {
        let path = match room {
            Some(room) => format!("/v1/campuses/{campus}/rooms/{room}/roster"),
            None => format!("/v1/campuses/{campus}/rosters"),
        };
        self.told(&path).await
    }

    /// The drills of a year.
    ///
    /// # Errors
    /// As every call.
    pub async fn drills(&self, campus: &CampusId, year: i16) -> Result<DrillFile, ApiError> {
        self.told(&format!("/v1/campuses/{campus}/drills?year={year}"))
            .await
    }

    /// What is told from a whole timeline takes longer than an answer of one campus.
    async fn told<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        let bytes = self
            .bytes(Method::GET, path, None::<&()>, TOLD_WITHIN, EXPORT_MAX)
            .await?;
        understand(&bytes)
    }

    /// Sends a command to whichever server answers. A fact is one act however often it is sent (P6). A
    /// ground or clear is tried at the next server as new only where it was surely not sent; once it may
    /// have been, every other server is asked what became of it (`again`, invariant 13).
    pub async fn command(&self, campus: &CampusId, request: &CommandRequest) -> Answer {
        if request.command.class().is_fact() {
            self.offer(campus, request).await
        } else {
            self.decide(campus, request.clone()).await
        }
    }

    async fn offer(&self, campus: &CampusId, request: &CommandRequest) -> Answer {
        let offered = whoever_answers(&self.servers, |server| async {
            let answer = self
                .send_command(server, campus, request, ANSWER_WITHIN)
                .await;
            if answer.is_last_word() {
                Ok(answer)
            } else {
                Err(answer)
            }
        });
        // Where nobody has it for good, the one who came closest says what to tell its author.
        offered.await.unwrap_or_else(|answers| {
            let closest = answers.into_iter().max_by_key(Answer::came_how_far);
            closest.unwrap_or_else(no_server)
        })
    }

    async fn decide(&self, campus: &CampusId, mut request: CommandRequest) -> Answer {
        let mut last = no_server();
        for server in &self.servers {
            let answer = self
                .send_command(server, campus, &request, DECIDED_WITHIN)
                .await
                .to(&request);
            match &answer {
                Answer::Accepted(_) | Answer::Refused(_) => return answer,
                Answer::Unknown(_) => request.again = true,
                Answer::NotSent(_) => {}
            }
            last = answer;
        }
        last
    }

    async fn send_command(
        &self,
        server: &Address,
        campus: &CampusId,
        request: &CommandRequest,
        within: Duration,
    ) -> Answer {
        let url = server.of(&format!("/v1/campuses/{campus}/commands"));
        let sent = self.http.post(url).json(request);
        match self.answered(sent, within, ANSWER_MAX).await {
            Ok(bytes) => match understand::<ServerFrame>(&bytes) {
                Ok(ServerFrame::Accepted(accepted)) => Answer::Accepted(accepted),
                Ok(ServerFrame::InDoubt { message, .. }) => Answer::Unknown(message),
                Ok(ServerFrame::Refused { refusal, .. }) => Answer::Refused(refusal),
                Ok(
                    ServerFrame::Welcome { .. }
                    | ServerFrame::Snapshot { .. }
                    | ServerFrame::Event { .. }
                    | ServerFrame::Pulse { .. }
                    | ServerFrame::ReceiptKept { .. }
                    | ServerFrame::Bye { .. },
                ) => Answer::Unknown("the server answered with something else".to_owned()),
                Err(why) => Answer::Unknown(why.to_string()),
            },
            Err(ApiError::Refused(refusal)) => Answer::Refused(refusal),
            Err(ApiError::NotReached(why)) => Answer::NotSent(why),
            Err(ApiError::NoAnswer(why)) => Answer::Unknown(why),
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<T, ApiError> {
        let bytes = self
            .bytes(method, path, body, ANSWER_WITHIN, ANSWER_MAX)
            .await?;
        understand(&bytes)
    }

    /// Reads go to whoever answers; acts to the next server only where nothing was sent.
    async fn bytes(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
        within: Duration,
        max: usize,
    ) -> Result<Vec<u8>, ApiError> {
        let ask = |server: &Address| {
            let mut request = self.http.request(method.clone(), server.of(path));
            if let Some(body) = body {
                request = request.json(body);
            }
            self.answered(request, within, max)
        };
        let mut last = ApiError::NotReached("no server is named".to_owned());
        if method == Method::GET {
            let read = whoever_answers(&self.servers, |server| async {
                match ask(server).await {
                    Err(why @ (ApiError::NotReached(_) | ApiError::NoAnswer(_))) => Err(why),
                    answered @ (Ok(_) | Err(ApiError::Refused(_))) => Ok(answered),
                }
            });
            return read
                .await
                .unwrap_or_else(|mut failed| Err(failed.pop().unwrap_or(last)));
        }
        for server in &self.servers {
            match ask(server).await {
                Err(why @ ApiError::NotReached(_)) => last = why,
                answered @ (Ok(_) | Err(ApiError::NoAnswer(_) | ApiError::Refused(_))) => {
                    return answered;
                }
            }
        }
        Err(last)
    }

    async fn answered(
        &self,
        request: RequestBuilder,
        within: Duration,
        max: usize,
    ) -> Result<Vec<u8>, ApiError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let mut answer = request.timeout(within).send().await.map_err(|why| {
            let at = why.url().map(|url| url.origin().ascii_serialization());
            let words = format!("{}: {}", at.unwrap_or_default(), cause(&why));
            if why.is_connect() || why.is_builder() {
                ApiError::NotReached(words)
            } else {
                ApiError::NoAnswer(words)
            }
        })?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|why| ApiError::NoAnswer(cause(&why)))?
        {
            if bytes.len() + chunk.len() > max {
                return Err(ApiError::NoAnswer(format!("it is over {max} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        if status.is_success() {
            Ok(bytes)
        } else {
            Err(problem(status, &bytes))
        }
    }
}

/// The refusal in a problem document; what is no refusal of ours is no answer.
fn problem(status: StatusCode, bytes: &[u8]) -> ApiError {
    match serde_json::from_slice::<Refusal>(bytes) {
        Ok(refusal) if refusal.code == Code::Fault => {
            ApiError::NoAnswer(format!("{}: {}", status.as_u16(), refusal.message))
        }
        Ok(refusal) => ApiError::Refused(refusal),
        Err(_) => ApiError::NoAnswer(format!("HTTP status {}", status.as_u16())),
    }
}

fn understand<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|why| ApiError::NoAnswer(why.to_string()))
}

/// The innermost cause: the one that says what is wrong.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        cause.to_string()
    }
}
