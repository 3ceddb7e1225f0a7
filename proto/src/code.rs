//! Every refusal code and close code, with its sentence and what to do: the one table.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($variant:ident $name:literal $status:literal $sentence:literal $advice:literal;)*) => {
        /// Why something was refused. The name is stable; programs go by it.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $(#[doc = $sentence] $variant,)*
        }

        impl Code {
            /// Every code, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// One plain sentence.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }

            /// What to do.
            #[must_use]
            pub fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice),* }
            }
        }
    };
}

codes! {
    NotAllowed "not_allowed" 403
        "Your role may not do this."
        "Ask somebody who may. In danger, send an immediate threat: everybody may.";
    CertificationMissing "certification_missing" 403
        "Only a certified law-enforcement officer may give the all clear, and none is on record for you."
        "Have the certification entered in the directory, or ask an officer who has one.";
    CertificationPartTime "certification_part_time" 403
        "Only a full-time officer may give the all clear."
        "Ask a full-time officer.";
    CertificationExpired "certification_expired" 403
        "The law-enforcement certification on record for you has expired."
        "Have the new certification entered in the directory, or ask another officer.";
    ProofNeeded "proof_needed" 403
        "This needs your PIN or a passkey, given in the last two minutes."
        "Enter your PIN or use a passkey, and send it again.";
    ProofWrong "proof_wrong" 403
        "That PIN or passkey is not right."
        "Try again. Calling lock-down and reporting a threat never need one.";
    ProofThrottled "proof_throttled" 429
        "Too many wrong PINs or passkeys."
        "Wait a minute, and longer after each more at this sign-in. Calling lock-down and reporting a threat still work.";
    SignInExpired "sign_in_expired" 401
        "Your sign-in has expired; it can still raise and report, but not lower."
        "Sign in again.";
    NotSignedIn "not_signed_in" 401
        "You are not signed in."
        "Sign in with an enrolment code, which an administrator can make for you.";
    Revoked "revoked" 401
        "This sign-in was switched off."
        "Sign in again with a new enrolment code.";
    CodeUnknown "code_unknown" 401
        "That enrolment code is not known, was used already, or has run out."
        "Ask for a new code: each works once, for some minutes.";
    SignOnUnavailable "sign_on_unavailable" 503
        "The district's own sign-in does not answer."
        "Use an enrolment code, or try again in a minute. Whoever is signed in stays signed in.";
    SignOnRefused "sign_on_refused" 401
        "The district's own sign-in did not vouch for you in a way that can be trusted."
        "Try once more; if it stays so, use an enrolment code and tell the operator.";
    SignOnOver "sign_on_over" 401
        "This sign-in was not begun in this browser, was used already, or took more than ten minutes."
        "Begin it again.";
    SignOnUnknown "sign_on_unknown" 403
        "The district's own sign-in knows you, and Lockstep's directory does not."
        "Have yourself entered in the directory. An administrator can make an enrolment code for you then.";
    SignOnNoGroup "sign_on_no_group" 403
        "None of your groups at the district has a role in Lockstep."
        "Have yourself put into the right group, or ask an administrator for an enrolment code.";
    SignOnNotTaken "sign_on_not_taken" 409
        "The directory does not take the role that your groups at the district give you."
        "Tell the operator: the log says why. An enrolment code still signs you in as you are on record.";
    UnknownCampus "unknown_campus" 404
        "There is no such campus for you."
        "Check the campus id with `lockstep status`.";
    UnknownThing "unknown_thing" 404
        "There is no such room, zone, person, call, threat or proposal here now."
        "Look at the campus again and name one that it shows.";
    RoomNeeded "room_needed" 422
        "It is not known which room you speak for."
        "Name the room.";
    UnnamedRaises "unnamed_raises" 409
        "Something new has come in that your screen had not shown: a raise is open that you did not name."
        "Look again, then name all that is open.";
    NewAlarm "new_alarm" 409
        "Something new has come in since your screen was drawn: an alarm stands after the head that you saw."
        "Look again, then decide again.";
    NotOpen "not_open" 409
        "Something that you named is not open here."
        "Look again, then name what is open and nothing else.";
    NothingToLift "nothing_to_lift" 409
        "There is nothing of this kind to lift."
        "Look at the campus again.";
    CallOpen "call_open" 409
        "A lock-down call is open; controlled movement cannot be ended under it."
        "The lock-down is released first, by an officer's all clear or a school lift.";
    SweepIncomplete "sweep_incomplete" 409
        "The sweep is incomplete."
        "Clear the zones that are left, or give the all clear with a written override reason; UNSWEPT then stays on it.";
    NotClearStands "not_clear_stands" 409
        "Another officer says that it is not clear."
        "Speak with them: they withdraw it, or an officer sets it aside with a written reason.";
    ObjectionStands "objection_stands" 409
        "An officer objects to a school lift."
        "The officer withdraws it, or the director sets it aside with a reason.";
    OffCampus "off_campus" 409
        "You are not recorded as on campus."
        "Record your arrival, or give a written override reason; GIVEN FROM OFF CAMPUS then stays on it.";
    RoomsUnopened "rooms_unopened" 409
        "Rooms are still unopened."
        "Open them, or name them and say why they may stay so.";
    NotReleased "not_released" 409
        "The campus is not released."
        "Rooms are opened after an all clear or a school lift.";
    NoIncident "no_incident" 409
        "Rosters open only in an incident, and none is open on this campus."
        "Look again once one is.";
    LiftDisabled "lift_disabled" 403
        "This district does not allow a school lift."
        "Ask an officer for the all clear.";
    SamePerson "same_person" 403
        "This takes two different people with two sign-ins."
        "Ask somebody else who may to take the second step.";
    ProposalVoid "proposal_void" 409
        "The proposal no longer stands: five minutes have passed, or something new has come in."
        "Look again and propose again.";
    NotYours "not_yours" 403
        "Only its author may withdraw this."
        "Ask its author, or set it aside with a reason.";
    PostureNotNormal "posture_not_normal" 409
        "The campus is not at normal."
        "Release and resume first.";
    PairNotPermitted "pair_not_permitted" 409
        "These two are no permitted pair for contact."
        "Go as SRO and SSO, SRO and administrator, or SSO and administrator: two different people.";
    DrillRunning "drill_running" 409
        "A drill is running already."
        "End it first.";
    DrillOver "drill_over" 409
        "The drill is over. This is real."
        "Act on what the screen shows.";
    VersionConflict "version_conflict" 409
        "Somebody else has changed this since you read it."
        "Read it again, and change what is still to be changed.";
    HeadUnknown "head_unknown" 409
        "The head that you named is newer than what this instance knows."
        "Look at the campus again and try once more.";
    JournalUnavailable "journal_unavailable" 503
        "The record cannot be written now, so nothing can be lowered. Treat the campus as it is shown."
        "Say so by radio, keep people where they are, and try again. Raising still works.";
    NothingKnown "nothing_known" 503
        "This server started without its database, and knows nothing of the campus yet."
        "Treat it as it was last shown, and as the radio says. Raising works; ask again in a moment.";
    TooMany "too_many" 422
        "Too many things are named at once."
        "Name fewer.";
    TooManyWait "too_many_wait" 409
        "As many officers as there may be wait here to be certified."
        "Certify those who wait, or let their codes run out, which takes an hour.";
    IdReused "id_reused" 409
        "This command id was used for something else."
        "Send it under a new id.";
    SlowDown "slow_down" 429
        "Too many of these within ten seconds from you."
        "Those that were accepted are in. Wait a second before the next.";
    Busy "busy" 503
        "The campus has more to do than it can take on at once."
        "Send it again with the same id.";
    BadFrame "bad_frame" 400
        "The message could not be understood."
        "Check it against the protocol's description; nothing was done.";
    FrameTooLarge "frame_too_large" 413
        "The message is too large: a frame may have 64 KiB, the body of a request 256 KiB."
        "Send less at once.";
    PictureTooLarge "picture_too_large" 413
        "The picture is larger than 5 MiB, or has more than 25 million pixels."
        "Send a smaller one. The sighting itself is in.";
    PictureUnreadable "picture_unreadable" 422
        "This is no whole JPEG or PNG picture. Nothing of it was kept."
        "Take it again, or send it as JPEG or PNG. The sighting itself is in.";
    DiskLow "disk_low" 507
        "The server's disk is nearly full, and what is left is for alerts."
        "Tell the operator. The sighting itself is in, and raising still works.";
    NotFound "not_found" 404
        "There is nothing at this address."
        "Check the address.";
    MethodNotAllowed "method_not_allowed" 405
        "This address does not take that method."
        "Check the protocol's description.";
    WrongOrigin "wrong_origin" 403
        "The request comes from a page of another site."
        "Open Lockstep's own page.";
    Fault "fault" 500
        "Something went wrong on our side."
        "Send it again with the same id; if it stays so, use radio and tell the operator.";
}

macro_rules! closes {
    ($($variant:ident $number:literal $sentence:literal;)*) => {
        /// Why the server closed a connection. 4000 to 4499: come back. 4500 to 4999: stay away.
        /// Below them RFC 6455's own, for what broke its rules on the way: come back.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Close {
            $(#[doc = $sentence] $variant,)*
        }

        impl Close {
            /// Every close code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The WebSocket close code.
            #[must_use]
            pub fn number(self) -> u16 {
                match self { $(Self::$variant => $number),* }
            }

            /// One plain sentence.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }

            /// Whether a client should come back.
            #[must_use]
            pub fn come_back(self) -> bool {
                self.number() < 4500
            }
        }
    };
}

closes! {
    BrokenFrame 1002 "What came in broke the rules of WebSockets. Come back; something on the way may have bent it.";
    NotUtf8 1007 "A text was not UTF-8. Come back; something on the way may have bent it.";
    GoingAway 4000 "The server is stopping. Come back; another may answer sooner.";
    Slow 4001 "You took frames too slowly. Come back and resume.";
    Silent 4002 "Nothing was heard from you for too long. Come back and resume.";
    Full 4003 "This instance has no room for another connection. Come back later or elsewhere.";
    NewEpoch 4004 "The record is read anew after a failure. Come back: you get the whole view.";
    NotAsWelcomed 4005 "Your role, room or campuses are others now. Come back: you get the view that is yours.";
    NotSignedIn 4500 "You are not signed in, or your sign-in was switched off.";
    TooLarge 4501 "A frame was larger than 64 KiB.";
    NotText 4502 "A frame was not text.";
    TooManyBadFrames 4503 "Too many frames could not be understood.";
}

/// A refusal with what its reader needs to look again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal {
    /// Stable name.
    pub code: Code,
    /// One plain sentence.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// What the refusal is about: raises not named, zones not cleared, rooms not opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    /// Milliseconds to wait before sending again, where waiting helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// The code with its own words.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            code,
            message: code.sentence().to_owned(),
            advice: code.advice().to_owned(),
            about: Vec::new(),
            retry_after_ms: None,
        }
    }

    /// The same, naming what it is about. At most 50 are named.
    #[must_use]
    pub fn about(mut self, about: impl IntoIterator<Item = impl ToString>) -> Self {
        self.about = about.into_iter().take(50).map(|a| a.to_string()).collect();
        self
    }

    /// The same, with more said.
    #[must_use]
    pub fn because(mut self, detail: impl std::fmt::Display) -> Self {
        self.message = format!("{} {detail}", self.message);
        self
    }

    /// The same, with how long to wait.
    #[must_use]
    pub fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.message, self.advice)
    }
}

impl std::error::Error for Refusal {}
