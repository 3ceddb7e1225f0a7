//! The words of what people do about a threat, and of a drill. Never more than the evidence (E2), and
//! nothing of a drill without the word DRILL (D1).

use jiff::tz::TimeZone;
use lockstep_proto::Timestamp;
use lockstep_proto::drill::{DrillKind, DrillRoomReport};
use lockstep_proto::duty::DutyKind;
use lockstep_proto::escalation::{Line, Response};
use lockstep_proto::id::FactId;
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{
    Card, ContactCard, DrillCard, DuressCard, DutyCard, EscalationCard, LeadCard, PresenceCard,
    ReachCard, Shares, SightingCard,
};

use super::{at, items, minute, who};

/// Every card of a kind that a screen has.
fn cards<'a, T>(screen: &'a Screen, wanted: impl Fn(&'a Card) -> Option<&'a T>) -> Vec<&'a T> {
    screen.cards.values().filter_map(wanted).collect()
}

/// Open duties as they are read: the overdue first, then what nobody has in hand, the most pressing
/// and the oldest first.
#[must_use]
pub fn duties(screen: &Screen) -> Vec<&DutyCard> {
    let mut duties = cards(screen, |card| {
        if let Card::Duty(card) = card {
            Some(card)
        } else {
            None
        }
    });
    sort_duties(&mut duties);
    duties
}

/// The same order, for duties in hand.
pub fn sort_duties(duties: &mut [&DutyCard]) {
    duties.sort_by_key(|duty| {
        (
            !duty.overdue,
            duty.acknowledged.is_some(),
            duty.kind,
            duty.since,
            duty.id,
        )
    });
}

/// Who was forced (A4), for those to whom it is told.
#[must_use]
pub fn duress(card: &DuressCard, zone: &TimeZone) -> String {
    format!(
        "UNDER DURESS {}: {} gave the PIN that says that somebody forces them. What they asked \
         for ({}) was refused and nothing was lifted. Their own screens do not show this.",
        minute(card.at, zone),
        who(Some(&card.who)),
        card.command.replace('_', " "),
    )
}

/// Who recorded their presence: those who are here first.
#[must_use]
pub fn presence(screen: &Screen) -> Vec<&PresenceCard> {
    let mut people = cards(screen, |card| {
        if let Card::Presence(card) = card {
            Some(card)
        } else {
            None
        }
    });
    people.sort_by_key(|card| (!card.here, card.at));
    people
}

/// One of them. Nothing recorded is unknown, and unknown is never here (C2).
#[must_use]
pub fn present(card: &PresenceCard, zone: &TimeZone) -> String {
    let state = if card.here { "here" } else { "away" };
    format!("{state} {} {}", minute(card.at, zone), who(Some(&card.who)))
}

/// Calls for help from outside, the newest first.
#[must_use]
pub fn escalations(screen: &Screen) -> Vec<&EscalationCard> {
    let mut calls = cards(screen, |card| {
        if let Card::Escalation(card) = card {
            Some(card)
        } else {
            None
        }
    });
    calls.sort_by_key(|card| (std::cmp::Reverse(card.at), card.id));
    calls
}

/// Sightings, the newest first.
#[must_use]
pub fn sightings(screen: &Screen) -> Vec<&SightingCard> {
    let mut seen = cards(screen, |card| {
        if let Card::Sighting(card) = card {
            Some(card)
        } else {
            None
        }
    });
    seen.sort_by_key(|card| (std::cmp::Reverse(card.at), card.id));
    seen
}

/// Contact plans in the making.
#[must_use]
pub fn contacts(screen: &Screen) -> Vec<&ContactCard> {
    cards(screen, |card| {
        if let Card::Contact(card) = card {
            Some(card)
        } else {
            None
        }
    })
}

/// Who has the lead, and who was offered it.
#[must_use]
pub fn lead_card(screen: &Screen) -> Option<&LeadCard> {
    screen.cards.values().find_map(|card| {
        if let Card::Lead(card) = card {
            Some(card)
        } else {
            None
        }
    })
}

/// How far the newest alert came.
#[must_use]
pub fn reach_card(screen: &Screen) -> Option<&ReachCard> {
    screen.cards.values().find_map(|card| {
        if let Card::Reach(card) = card {
            Some(card)
        } else {
            None
        }
    })
}

/// Whom contact is about, where nothing else is said: the raise of the plan that somebody has begun,
/// so that both of its two name the same; else the newest open posture raise or threat.
#[must_use]
pub fn contact_about(screen: &Screen) -> Option<FactId> {
    let begun = contacts(screen)
        .into_iter()
        .filter_map(|plan| {
            let last = plan.judged.iter().map(|judged| judged.at).max()?;
            Some((last, plan.raise))
        })
        .max();
    let newest = || {
        items(screen)
            .into_iter()
            .filter(|card| !matches!(card, Card::Release(_)))
            .filter_map(|card| Some((at(card), card.item()?.id)))
            .max()
    };
    begun
        .map(|(_, raise)| raise)
        .or_else(|| newest().map(|(_, id)| id))
}

/// The call for help from outside that was opened last.
#[must_use]
pub fn newest_escalation(screen: &Screen) -> Option<FactId> {
    escalations(screen).first().map(|card| card.id)
}

/// The newest offer of the lead that nobody took yet.
#[must_use]
pub fn newest_offer(screen: &Screen) -> Option<FactId> {
    let offers = lead_card(screen)?.offers.iter();
    offers.max_by_key(|offer| offer.at).map(|offer| offer.id)
}

/// The open duty of that kind whose clock has run longest, and of that cause, where one is named.
#[must_use]
pub fn oldest_duty(screen: &Screen, kind: DutyKind, cause: Option<FactId>) -> Option<FactId> {
    duties(screen)
        .into_iter()
        .filter(|duty| duty.kind == kind)
        .filter(|duty| cause.is_none_or(|cause| duty.cause == cause))
        .min_by_key(|duty| (duty.since, duty.id))
        .map(|duty| duty.id)
}

/// The line in words: never more than was recorded of it (E2).
#[must_use]
pub fn line(line: Line) -> &'static str {
    match line {
        Line::None => "NOT CALLED YET",
        Line::Calling => "calling",
        Line::Open => "line open",
        Line::Dropped => "LINE DROPPED",
        Line::Closed => "line closed",
    }
}

/// Whether somebody has to call, or to call again.
fn is_to_call(line: Line) -> bool {
    match line {
        Line::None | Line::Dropped => true,
        Line::Calling | Line::Open | Line::Closed => false,
    }
}

/// How far help is known to have come, in words. Unknown reads as unknown (E2).
#[must_use]
pub fn response(response: Response) -> &'static str {
    match response {
        Response::Unknown => "units unknown",
        Response::Accepted => "accepted, units unknown",
        Response::OnTheWay => "units on the way",
        Response::OnScene => "units on scene",
    }
}

/// A clock that runs: minutes and seconds, and hours where there are any.
#[must_use]
pub fn running(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(since.as_second()).max(0);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{:02}", seconds % 60)
    } else {
        format!("{minutes}:{:02}", seconds % 60)
    }
}

/// Whether a duty's time is up: by the server's word, or by the clock where the server says nothing
/// any more. It is never shown as less pressing than either.
#[must_use]
pub fn is_overdue(duty: &DutyCard, now: Timestamp) -> bool {
    duty.overdue || duty.due <= now
}

/// What is asked, where a row has no room for the protocol's own words.
#[must_use]
pub fn duty_short(kind: DutyKind) -> &'static str {
    match kind {
        DutyKind::Call911 => "Call 911, leave the line open",
        DutyKind::CallSro => "Call the SRO and/or 911",
        DutyKind::AnswerThreat => "Answer the immediate threat",
        DutyKind::AnswerPlea => "Answer the plea for help",
        DutyKind::SeeSighting => "Look at the sighting",
        DutyKind::ExplainClosedLine => "Say why the line was closed",
        DutyKind::TellSro => "Every SRO is told",
        DutyKind::TellChiefOrDirector => "Chief or director is told",
        DutyKind::TellSuperintendent => "Superintendent is told",
        DutyKind::KeepWatch => "Keep watch, report what you see",
    }
}

/// A duty in one line: its clock, whether it is overdue, who has it in hand, and what it is about
/// where several of its kind may be open.
#[must_use]
pub fn duty(duty: &DutyCard, screen: &Screen, now: Timestamp, zone: &TimeZone) -> String {
    let overdue = if is_overdue(duty, now) {
        "OVERDUE "
    } else {
        ""
    };
    let in_hand = duty.acknowledged.as_ref().map_or_else(String::new, |done| {
        format!("  in hand: {} {}", done.by.name, minute(done.at, zone))
    });
    let tried = match duty.attempts {
        0 => String::new(),
        1 => "  asked once".to_owned(),
        n => format!("  asked {n} times"),
    };
    let seen = sightings(screen).into_iter();
    let seen = seen.filter(|card| card.id == duty.cause);
    let seen = seen.map(|card| sighting(card, zone));
    let called = escalations(screen).into_iter();
    let called = called.filter(|card| card.id == duty.cause);
    let called = called.map(|card| format!("{} asked for", card.agency.words()));
    let about = seen.chain(called).next();
    let about = about.map_or_else(String::new, |about| format!(" ({about})"));
    format!(
        "{overdue}{}  {}{about}{in_hand}{tried}",
        running(duty.since, now),
        duty.kind.words()
    )
}

/// A call for help from outside in one line: what is known of it, and since when.
#[must_use]
pub fn escalation(card: &EscalationCard, zone: &TimeZone) -> String {
    let mut parts = vec![format!(
        "{}: {} {}",
        card.agency.words(),
        line(card.line),
        minute(card.line_at, zone)
    )];
    let since = card
        .response_at
        .map_or_else(String::new, |at| format!(" {}", minute(at, zone)));
    parts.push(format!("{}{since}", response(card.response)));
    // Lockstep does not dial: whoever is to call reads the number here (E3).
    if let Some(number) = card.call.as_ref().filter(|_| is_to_call(card.line)) {
        parts.push(format!("CALL {number}"));
    }
    if card.closed_unexplained {
        parts.push("CLOSED BEFORE THE RELEASE, say why".to_owned());
    }
    if let Some(number) = &card.incident_number {
        parts.push(format!("their number {number}"));
    }
    if let Some(number) = &card.number {
        parts.push(format!("called {number}"));
    }
    parts.push(format!("by {}", who(Some(&card.by))));
    match card.to_tell.len() {
        0 => {}
        1 => parts.push("1 sighting to tell them".to_owned()),
        n => parts.push(format!("{n} sightings to tell them")),
    }
    if let Some(note) = &card.note {
        parts.push(note.clone());
    }
    parts.join(" · ")
}

/// A sighting in one line.
#[must_use]
pub fn sighting(card: &SightingCard, zone: &TimeZone) -> String {
    let place = card
        .place
        .as_ref()
        .map_or_else(String::new, |place| format!(" at {place}"));
    let danger = match card.danger {
        lockstep_proto::contact::Danger::Yes => "DANGEROUS ",
        lockstep_proto::contact::Danger::Unsure => "PERHAPS DANGEROUS ",
        lockstep_proto::contact::Danger::No => "",
    };
    let seen_at = card.seen_at.map_or_else(String::new, |at| {
        format!(" (seen {}, as they say)", minute(at, zone))
    });
    let picture = if card.picture.is_some() {
        " [picture]"
    } else {
        ""
    };
    let update = if card.of.is_some() { " [update]" } else { "" };
    let recorded = if card.recorded {
        ""
    } else {
        " [not yet recorded]"
    };
    format!(
        "{danger}{} {}{place}{seen_at}{picture}{update}{recorded} · {}",
        minute(card.at, zone),
        card.seen,
        who(Some(&card.by))
    )
}

/// A contact plan in one line: what is missing, or that it stands.
#[must_use]
pub fn contact(card: &ContactCard) -> String {
    let judged: Vec<String> = card
        .judged
        .iter()
        .map(|judged| format!("{} judges it safe with {}", judged.who.name, judged.with))
        .collect();
    let state = match (card.stands, card.sro_here) {
        (true, _) => "STANDS: two judge it safe, an SRO is here",
        (false, false) => "NOT YET: no SRO is recorded as here",
        (false, true) => "NOT YET: both must judge it safe",
    };
    format!("{state} · {}", judged.join(", "))
}

/// Who has the lead, in one line.
#[must_use]
pub fn lead(card: &LeadCard, zone: &TimeZone) -> String {
    let lead = card.lead.as_ref().map_or_else(
        || "nobody recorded as here".to_owned(),
        |lead| {
            format!(
                "{} since {}",
                who(Some(&lead.who)),
                minute(lead.since, zone)
            )
        },
    );
    let offers: String = card
        .offers
        .iter()
        .map(|offer| format!(" · offered to {} by {}", offer.to, offer.by.name))
        .collect();
    format!("{lead}{offers}")
}

/// How far the newest alert came, in one line: counts, and no verdict.
#[must_use]
pub fn reach(card: &ReachCard) -> String {
    let span = |ms: u64| match ms {
        0..1_000 => format!("{ms} ms"),
        1_000.. => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
    };
    let times = |shares: &Shares| {
        let reached: Vec<String> = [
            ("50 %", shares.half),
            ("95 %", shares.most),
            ("all", shares.all),
        ]
        .into_iter()
        .filter_map(|(name, ms)| Some(format!("{name} in {}", span(ms?))))
        .collect();
        if reached.is_empty() {
            String::new()
        } else {
            format!(" ({})", reached.join(", "))
        }
    };
    format!(
        "sent {} · received {}{} · displayed {} · acknowledged {} of {} rooms{}",
        card.sent,
        card.received,
        times(&card.received_ms),
        card.displayed,
        card.acknowledged,
        card.rooms,
        times(&card.acknowledged_ms)
    )
}

/// A room's word for itself in a drill. Nothing said is unknown (L4).
#[must_use]
pub fn drill_report(report: Option<&DrillRoomReport>) -> String {
    let Some(report) = report else {
        return "DRILL: nothing yet".to_owned();
    };
    let mut words = if report.secured {
        "DRILL: secured".to_owned()
    } else {
        "DRILL: not secured".to_owned()
    };
    for (count, what) in [
        (report.present, "present"),
        (report.missing, "missing"),
        (report.extra, "extra"),
    ] {
        if let Some(count) = count {
            words.push_str(&format!(", {count} {what}"));
        }
    }
    words
}

/// A drill's kind in capitals, as every screen marks it (D1, D5).
#[must_use]
pub fn drill_name(kind: DrillKind) -> &'static str {
    match kind {
        DrillKind::LockDown => "LOCK-DOWN DRILL",
        DrillKind::ControlledMovement => "CONTROLLED MOVEMENT DRILL",
        DrillKind::TestAlert => "TEST ALERT",
    }
}

/// What to do in a drill. A campus's own words for a lock-down may say that it is no drill: that
/// sentence is left out, since here it would be a lie (D1). A test alert asks for nothing (D5).
#[must_use]
pub fn drill_instruction(card: &DrillCard) -> String {
    if card.kind == DrillKind::TestAlert {
        return "This is a TEST ALERT. Nothing is happening. Acknowledge it, and carry on."
            .to_owned();
    }
    let practised: Vec<&str> = card
        .instruction
        .split_inclusive(['.', '!'])
        .map(str::trim)
        .filter(|sentence| !sentence.to_lowercase().contains("not a drill"))
        .collect();
    format!("THIS IS A DRILL. {}", practised.join(" "))
}

/// What a drill is and shows, in one line that cannot be taken for the real thing (D1).
#[must_use]
pub fn drill(card: &DrillCard, zone: &TimeZone) -> String {
    let marks: String = card
        .marks
        .iter()
        .map(|mark| format!("  {}", mark.words()))
        .collect();
    let shows = if card.posture == Posture::Normal {
        String::new()
    } else {
        format!(": DRILL {}{marks}", card.posture.words().to_uppercase())
    };
    let by = card
        .by
        .as_ref()
        .map_or_else(String::new, |by| format!(", started by {}", who(Some(by))));
    let note = card
        .note
        .as_ref()
        .map_or_else(String::new, |note| format!(" ({note})"));
    format!(
        "{}{shows} since {}{by}{note}",
        drill_name(card.kind),
        minute(card.since, zone)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn e2_a_request_is_not_a_call_and_unknown_reads_as_unknown() {
        assert_eq!(line(Line::None), "NOT CALLED YET");
        assert_eq!(response(Response::Unknown), "units unknown");
        assert_eq!(response(Response::Accepted), "accepted, units unknown");
    }

    #[test]
    fn d1_no_drill_says_that_it_is_none() {
        let mut card = DrillCard {
            id: FactId(uuid::Uuid::nil()),
            kind: DrillKind::LockDown,
            posture: Posture::LockDown,
            instruction: "North: lock-down. Locks, lights. This is not a drill.".to_owned(),
            since: Timestamp::UNIX_EPOCH,
            at: Timestamp::UNIX_EPOCH,
            by: None,
            note: None,
            cleared: Vec::new(),
            marks: Vec::new(),
            released_by: None,
        };
        assert_eq!(
            drill_instruction(&card),
            "THIS IS A DRILL. North: lock-down. Locks, lights."
        );
        card.kind = DrillKind::TestAlert;
        assert!(drill_instruction(&card).contains("TEST ALERT"));
    }

    #[test]
    fn clocks_run_in_minutes_and_seconds() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(running(at(100), at(165)), "1:05");
        assert_eq!(running(at(0), at(3_725)), "1:02:05");
        assert_eq!(running(at(10), at(0)), "0:00", "a clock that went back");
    }
}
