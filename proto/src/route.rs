//! The one short table of routes: the server builds its router of it, and the published
//! descriptions (`schema/openapi.json`, `schema/asyncapi.json`) are made of it and of the types.
//!
//! The pages are no routes of the protocol and stand in no table.

use std::collections::BTreeSet;

use crate::code::Code;

/// The description of everything that goes over HTTP: OpenAPI 3.1, as JSON.
pub const OPENAPI: &str = include_str!("../schema/openapi.json");

/// The description of the socket: AsyncAPI 3, as JSON.
pub const ASYNCAPI: &str = include_str!("../schema/asyncapi.json");

/// How something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Read.
    Get,
    /// Do, or make.
    Post,
    /// Put in the place of what is there.
    Put,
    /// Take away.
    Delete,
}

/// A value behind the `?` of an address. Never one that says who is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// Which face's cookie a browser asks with.
    Face,
    /// The entry after which a page of a timeline begins.
    After,
    /// How many entries a page of a timeline may have.
    Limit,
    /// Of which year.
    Year,
    /// Of which campus.
    Campus,
    /// The person after whom a page of the directory begins.
    AfterPerson,
    /// Whose sign-ins.
    Principal,
    /// In which form.
    As,
    /// Why a browser was sent to the sign-in page.
    Refused,
    /// A provider's word for who has signed on (OpenID Connect): good once, and never a token.
    Code,
    /// What a sign-on was begun with.
    State,
    /// Why a provider does not vouch.
    Error,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON of this type.
    Json(&'static str),
    /// The bytes of a JPEG or PNG picture.
    Picture,
}

/// What comes back where it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// JSON of this type, with this status.
    Json(u16, &'static str),
    /// JSON of a published description.
    Description,
    /// Plain text, with this status.
    Text(u16),
    /// A page for people.
    Page,
    /// A picture.
    Picture,
    /// A browser is sent on: 303.
    Elsewhere,
    /// Nothing more to say: 204.
    Nothing,
    /// The connection becomes a WebSocket: 101.
    Socket,
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// How it is asked.
    pub method: Method,
    /// Where, with `{names}` for what is filled in.
    pub path: &'static str,
    /// Whether one has to be signed in.
    pub signed_in: bool,
    /// One plain sentence.
    pub what: &'static str,
    /// What may stand behind the `?`.
    pub query: &'static [Query],
    /// What is sent.
    pub body: Body,
    /// What comes back.
    pub answers: &'static [Answer],
    /// Refusals of its own, besides those that [`Route::codes`] adds.
    pub refusals: &'static [Code],
}

/// Whatever the rules may say to a command, and what a PIN may come to.
const OF_COMMANDS: &[Code] = &[
    Code::NotAllowed,
    Code::CertificationMissing,
    Code::CertificationPartTime,
    Code::CertificationExpired,
    Code::ProofNeeded,
    Code::ProofWrong,
    Code::ProofThrottled,
    Code::UnknownThing,
    Code::RoomNeeded,
    Code::UnnamedRaises,
    Code::NewAlarm,
    Code::NotOpen,
    Code::NothingToLift,
    Code::CallOpen,
    Code::SweepIncomplete,
    Code::NotClearStands,
    Code::ObjectionStands,
    Code::OffCampus,
    Code::RoomsUnopened,
    Code::NotReleased,
    Code::LiftDisabled,
    Code::SamePerson,
    Code::ProposalVoid,
    Code::NotYours,
    Code::PostureNotNormal,
    Code::PairNotPermitted,
    Code::DrillRunning,
    Code::DrillOver,
    Code::HeadUnknown,
    Code::JournalUnavailable,
    Code::NothingKnown,
    Code::TooMany,
    Code::IdReused,
    Code::SlowDown,
];

/// What a change of the directory may be refused for.
const OF_DIRECTORY: &[Code] = &[
    Code::NotAllowed,
    Code::CertificationMissing,
    Code::CertificationPartTime,
    Code::CertificationExpired,
    Code::ProofNeeded,
    Code::ProofWrong,
    Code::ProofThrottled,
    Code::UnknownThing,
    Code::SamePerson,
    Code::VersionConflict,
    Code::JournalUnavailable,
    Code::SlowDown,
];

/// What a change of the directory by hand may be refused for.
const OF_HANDS: &[Code] = &[
    Code::NotAllowed,
    Code::CertificationMissing,
    Code::CertificationExpired,
    Code::ProofNeeded,
    Code::ProofWrong,
    Code::ProofThrottled,
    Code::UnknownCampus,
    Code::UnknownThing,
    Code::SamePerson,
    Code::VersionConflict,
    Code::JournalUnavailable,
    Code::SlowDown,
];

/// What enrolling an officer on scene may be refused for.
const OF_ENROLLING: &[Code] = &[
    Code::NotAllowed,
    Code::UnknownThing,
    Code::TooManyWait,
    Code::JournalUnavailable,
    Code::SlowDown,
];

/// What opening a roster may be refused for.
const OF_ROSTERS: &[Code] = &[
    Code::NotAllowed,
    Code::NoIncident,
    Code::UnknownThing,
    Code::JournalUnavailable,
    Code::NothingKnown,
    Code::RoomNeeded,
    Code::IdReused,
    Code::SlowDown,
];

/// What one's own passkeys may be refused for, and what a command is asked to be signed.
const OF_PASSKEYS: &[Code] = &[
    Code::NotAllowed,
    Code::ProofNeeded,
    Code::ProofWrong,
    Code::ProofThrottled,
    Code::UnknownThing,
    Code::IdReused,
    Code::TooMany,
    Code::BadFrame,
    Code::JournalUnavailable,
];

/// What reading a timeline may be refused for.
const OF_READING: &[Code] = &[Code::NotAllowed, Code::JournalUnavailable];

impl Route {
    /// Every code that it may refuse with.
    #[must_use]
    pub fn codes(&self) -> BTreeSet<Code> {
        let mut codes: BTreeSet<Code> = self.refusals.iter().copied().collect();
        codes.extend([Code::FrameTooLarge, Code::Fault]);
        if self.path.starts_with("/v1/") {
            codes.extend([Code::WrongOrigin, Code::Busy]);
        }
        if self.signed_in {
            codes.extend([Code::NotSignedIn, Code::Revoked, Code::SignInExpired]);
        }
        if self.path.contains("{campus}") {
            codes.insert(Code::UnknownCampus);
        }
        if self.body != Body::None || !self.query.is_empty() {
            codes.insert(Code::BadFrame);
        }
        codes
    }

    /// The names that are filled into its path, in order.
    pub fn filled_in(&self) -> impl Iterator<Item = &'static str> + use<> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

macro_rules! routes {
    ($($name:ident $method:ident $path:literal $who:ident $what:literal
        ? [$($query:ident)*] > $body:expr, < [$($answer:expr),*] ! $refusals:expr;)*) => {
        /// A route, by what it does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Name {
            $(#[doc = $what] $name,)*
        }

        impl Name {
            /// Every route, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The route.
            #[must_use]
            pub fn route(self) -> Route {
                match self {
                    $(Self::$name => Route {
                        method: Method::$method,
                        path: $path,
                        signed_in: Who::$who.is_signed_in(),
                        what: $what,
                        query: &[$(Query::$query),*],
                        body: $body,
                        answers: &[$($answer),*],
                        refusals: $refusals,
                    },)*
                }
            }
        }
    };
}

/// Who may ask at all.
enum Who {
    Anybody,
    SignedIn,
}

impl Who {
    fn is_signed_in(&self) -> bool {
        match self {
            Self::Anybody => false,
            Self::SignedIn => true,
        }
    }
}

use Answer::{Description, Elsewhere, Json, Nothing, Page, Picture, Socket, Text};
use Body::{Json as Sent, None as Empty, Picture as Photo};

// Name, method, path, who, what; ? query; > body; < answers; ! refusals of its own.
routes! {
    SignIn Post "/v1/sign-in" Anybody "Signs in with an enrolment code."
        ? [] > Sent("SignIn"), < [Json(200, "SignedIn")]
        ! &[Code::CodeUnknown, Code::NotSignedIn, Code::JournalUnavailable];
    GoOn Put "/v1/sign-in" SignedIn
        "Gives one's own sign-in more time, as it is used: nothing where it has what it gets."
        ? [Face] > Empty, < [Json(200, "SignedIn"), Nothing] ! &[];
    SignOut Delete "/v1/sign-in" SignedIn "Switches one's own sign-in off."
        ? [Face] > Empty, < [Nothing] ! &[Code::JournalUnavailable];
    SignOns Get "/v1/sign-on" Anybody "The districts that people sign on to with their own provider."
        ? [Refused] > Empty, < [Json(200, "SignOns")] ! &[];
    SignOn Get "/v1/sign-on/{district}" Anybody
        "Sends a browser to the district's provider, or back to the sign-in page with why not."
        ? [] > Empty, < [Elsewhere] ! &[];
    SignedOn Get "/v1/sign-on/{district}/callback" Anybody
        "Where the district's provider sends the browser back to: on to its page, or to the sign-in page with why not."
        ? [Code State Error] > Empty, < [Elsewhere] ! &[];
    Me Get "/v1/me" SignedIn "Says for whom the server takes one."
        ? [Face] > Empty, < [Json(200, "You")] ! &[];
    MakeCode Post "/v1/codes" SignedIn "Makes an enrolment code for somebody whom one answers for."
        ? [Face] > Sent("MakeCode"), < [Json(200, "MadeCode")] ! OF_DIRECTORY;
    Directory Get "/v1/directory" SignedIn
        "People of the campuses that one answers for, at most 500; of one campus its rooms and displays besides."
        ? [Face Campus AfterPerson] > Empty, < [Json(200, "DirectoryPage")]
        ! &[Code::NotAllowed, Code::UnknownCampus];
    ChangeDirectory Post "/v1/directory/changes" SignedIn
        "Changes the people, rooms or displays of campuses that one answers for, at the version that was read."
        ? [Face] > Sent("ChangeDirectory"), < [Json(200, "ChangedDirectory")] ! OF_HANDS;
    SignIns Get "/v1/sign-ins" SignedIn
        "Sign-ins that may still be good: one's own, or those of somebody or a display one answers for."
        ? [Face Principal] > Empty, < [Json(200, "SignIns")]
        ! &[Code::NotAllowed, Code::UnknownThing, Code::JournalUnavailable];
    SwitchOff Delete "/v1/sign-ins/{sign_in}" SignedIn
        "Switches a sign-in off: its open connections are closed within five seconds."
        ? [Face] > Empty, < [Nothing] ! &[Code::NotAllowed, Code::UnknownThing, Code::JournalUnavailable, Code::SlowDown];
    Keys Get "/v1/keys" SignedIn "The keys with which signed heads of one's district are checked."
        ? [Face] > Empty, < [Json(200, "KeyList")] ! &[];
    Policy Get "/v1/policy" SignedIn "The district's policy, with its version."
        ? [Face] > Empty, < [Json(200, "StandingPolicy")] ! OF_DIRECTORY;
    PutPolicy Put "/v1/policy" SignedIn "Puts a whole policy in the place of the one that was read."
        ? [Face] > Sent("PutPolicy"), < [Json(200, "ChangedPolicy")] ! OF_DIRECTORY;
    Campuses Get "/v1/campuses" SignedIn "The campuses that one serves, and where they stand."
        ? [Face] > Empty, < [Json(200, "CampusList")] ! &[];
    Campus Get "/v1/campuses/{campus}" SignedIn "A campus as one's audience sees it."
        ? [Face] > Empty, < [Json(200, "CampusView")] ! &[Code::NothingKnown];
    Command Post "/v1/campuses/{campus}/commands" SignedIn
        "Gives a command: 200 says that it holds, 202 that nobody knows yet whether it was recorded."
        ? [Face] > Sent("CommandRequest"), < [Json(200, "Accepted"), Json(202, "InDoubt")]
        ! OF_COMMANDS;
    Challenge Post "/v1/campuses/{campus}/challenges" SignedIn
        "What a passkey is to sign for this very command, which is sent as it will be given and without a proof."
        ? [Face] > Sent("CommandRequest"), < [Json(200, "Challenge")] ! OF_PASSKEYS;
    Passkeys Get "/v1/passkeys" SignedIn "One's own passkeys."
        ? [Face] > Empty, < [Json(200, "OwnPasskeys")] ! OF_PASSKEYS;
    BeginPasskey Post "/v1/passkeys/begin" SignedIn
        "Begins another passkey of one's own, with one's PIN: what an authenticator is to make it of."
        ? [Face] > Sent("BeginPasskey"), < [Json(200, "PasskeyBegun")] ! OF_PASSKEYS;
    AddPasskey Post "/v1/passkeys" SignedIn "Keeps the passkey that was begun, at most 8 a person."
        ? [Face] > Sent("MadePasskey"), < [Json(200, "OwnPasskey")] ! OF_PASSKEYS;
    RemovePasskey Delete "/v1/passkeys/{passkey}" SignedIn "Removes a passkey of one's own."
        ? [Face] > Empty, < [Nothing] ! OF_PASSKEYS;
    Officers Get "/v1/campuses/{campus}/officers" SignedIn "Officers on scene who wait to be certified."
        ? [Face] > Empty, < [Json(200, "WaitingOfficers")] ! OF_DIRECTORY;
    EnrolOfficer Post "/v1/campuses/{campus}/officers" SignedIn
        "Enrols an officer who is on scene and has no account; somebody else certifies them."
        ? [Face] > Sent("Enrol"), < [Json(200, "EnrolledOfficer")] ! OF_ENROLLING;
    CertifyOfficer Put "/v1/campuses/{campus}/officers/{officer}/certification" SignedIn
        "Certifies an officer whom somebody else enrolled."
        ? [Face] > Sent("Certify"), < [Json(200, "NewOfficer")] ! OF_DIRECTORY;
    Timeline Get "/v1/campuses/{campus}/timeline" SignedIn "A page of the timeline, at most 500 entries."
        ? [Face After Limit] > Empty, < [Json(200, "TimelinePage")] ! OF_READING;
    Export Get "/v1/campuses/{campus}/timeline/export" SignedIn
        "The whole timeline with its proofs, to be checked without the server."
        ? [Face] > Empty, < [Json(200, "Export")] ! OF_READING;
    Proof Get "/v1/campuses/{campus}/timeline/{seq}/proof" SignedIn
        "The proof that an entry stands in a signed head (C2SP tlog-proof)."
        ? [Face] > Empty, < [Text(200)] ! &[Code::NotAllowed, Code::UnknownThing, Code::JournalUnavailable];
    Incidents Get "/v1/campuses/{campus}/incidents" SignedIn "The incidents and drills of a campus."
        ? [Face] > Empty, < [Json(200, "Incidents")] ! OF_READING;
    Report Get "/v1/campuses/{campus}/incidents/{seq}/report" SignedIn
        "The after-action report of the incident that this entry opened."
        ? [Face As] > Empty, < [Json(200, "Report"), Page]
        ! &[Code::NotAllowed, Code::UnknownThing, Code::JournalUnavailable];
    Drills Get "/v1/campuses/{campus}/drills" SignedIn "The drill file of a year."
        ? [Face Year As] > Empty, < [Json(200, "DrillFile"), Page] ! OF_READING;
    Rosters Get "/v1/campuses/{campus}/rosters" SignedIn
        "Opens the roster of a campus, in an incident alone; that it was read is an entry."
        ? [Face] > Empty, < [Json(200, "Roster")]
        ! OF_ROSTERS;
    RoomRoster Get "/v1/campuses/{campus}/rooms/{room}/roster" SignedIn
        "Opens the roster of one room, in an incident alone; that it was read is an entry."
        ? [Face] > Empty, < [Json(200, "Roster")]
        ! OF_ROSTERS;
    UploadPicture Post "/v1/campuses/{campus}/sightings/{sighting}/picture" SignedIn
        "Attaches a picture to a sighting: JPEG or PNG, at most 5 MiB. It is made anew from its pixels."
        ? [Face] > Photo, < [Json(200, "UploadedPicture")]
        ! &[Code::NotAllowed, Code::UnknownThing, Code::PictureTooLarge, Code::PictureUnreadable,
            Code::DiskLow, Code::JournalUnavailable, Code::NothingKnown, Code::SlowDown, Code::TooMany,
            Code::IdReused];
    Picture Get "/v1/campuses/{campus}/pictures/{sha256}" SignedIn "A picture of a sighting that one may see."
        ? [Face] > Empty, < [Picture] ! &[Code::NotFound, Code::JournalUnavailable];
    Socket Get "/v1/ws" SignedIn
        "Becomes a WebSocket of the subprotocol `lockstep.v1`, which the AsyncAPI document describes."
        ? [Face] > Empty, < [Socket] ! &[];
    Openapi Get "/v1/openapi.json" Anybody "This description." ? [] > Empty, < [Description] ! &[];
    Asyncapi Get "/v1/asyncapi.json" Anybody "The description of the socket."
        ? [] > Empty, < [Description] ! &[];
    Alive Get "/healthz" Anybody "The process runs." ? [] > Empty, < [Text(200)] ! &[];
    Ready Get "/readyz" Anybody "The instance may take traffic; 503 says that it may not."
        ? [] > Empty, < [Text(200), Text(503)] ! &[];
    Metrics Get "/metrics" Anybody "What is counted, for Prometheus." ? [] > Empty, < [Text(200)] ! &[];
}
