//! `status` and `room ack`: one look at a campus, and what is said of it.

mod response;

use jiff::tz::TimeZone;
use lockstep_proto::command::Command;
use lockstep_proto::id::{CampusId, FactId, RoomId};
use lockstep_proto::posture::Posture;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::{
    Card, LineCard, PleaCard, ProposalCard, RoomCard, VetoCard, VetoKind, ZoneCard,
};

use super::raise;
use crate::Failure;
use crate::context::Context;
use crate::words::{self, RoomCounts};

/// The most new lines that a look prints.
const NEW_MAX: usize = 20;

/// A campus as one look found it.
pub(super) struct Looked {
    /// What was found.
    pub(super) screen: Screen,
    /// The campus's time zone.
    pub(super) zone: TimeZone,
    degraded: bool,
    campus: CampusId,
}

impl Looked {
    /// Looks, and keeps the signed head that came with it (T2).
    pub(super) async fn at(context: &Context, campus: &CampusId) -> Result<Self, Failure> {
        let now = context.api()?.campus(campus).await?;
        if let Some(head) = &now.head
            && let Err(why) = context.profile.remember_head(head)
        {
            eprintln!("The signed head was not kept: {why}");
        }
        let mut screen = Screen::default();
        screen.take_snapshot(now.position, now.cards);
        let zone = words::zone(&screen);
        Ok(Self {
            screen,
            zone,
            degraded: now.degraded,
            campus: now.campus,
        })
    }

    /// The head to name in a clear.
    pub(super) fn head(&self) -> lockstep_proto::position::Position {
        self.screen.position.unwrap_or_default()
    }

    /// One line for each of these items.
    pub(super) fn item_lines(&self, ids: &[FactId]) -> Vec<String> {
        words::items(&self.screen)
            .into_iter()
            .filter(|card| card.item().is_some_and(|item| ids.contains(&item.id)))
            .filter_map(|card| {
                Some(format!(
                    "{}  {}",
                    card.item()?.id,
                    words::item(card, &self.zone)?
                ))
            })
            .collect()
    }

    pub(super) fn zones(&self) -> impl Iterator<Item = &ZoneCard> {
        self.screen.cards.values().filter_map(|card| {
            if let Card::Zone(zone) = card {
                Some(zone)
            } else {
                None
            }
        })
    }

    fn pleas(&self) -> impl Iterator<Item = &PleaCard> {
        self.screen.cards.values().filter_map(|card| {
            if let Card::Plea(plea) = card {
                Some(plea)
            } else {
                None
            }
        })
    }

    pub(super) fn vetoes(&self) -> impl Iterator<Item = &VetoCard> {
        self.screen.cards.values().filter_map(|card| {
            if let Card::Veto(veto) = card {
                Some(veto)
            } else {
                None
            }
        })
    }

    pub(super) fn proposals(&self) -> impl Iterator<Item = &ProposalCard> {
        self.screen.cards.values().filter_map(|card| {
            if let Card::Proposal(proposal) = card {
                Some(proposal)
            } else {
                None
            }
        })
    }

    fn rooms(&self) -> impl Iterator<Item = &RoomCard> {
        self.screen.cards.values().filter_map(|card| {
            if let Card::Room(room) = card {
                Some(room)
            } else {
                None
            }
        })
    }

    /// One line for each plea for help that nobody has answered, rooms first.
    pub(super) fn plea_lines(&self) -> Vec<String> {
        let of_rooms = self.rooms().filter_map(|room| {
            let how = room
                .report
                .as_ref()
                .map(lockstep_proto::sentence::room_report)
                .unwrap_or_default();
            Some(format!(
                "{}  {}  {how}  {}",
                room.plea?,
                room.name,
                room.note.as_deref().unwrap_or_default()
            ))
        });
        let strays = self.pleas().map(|plea| {
            format!(
                "{}  {}, in no known room  {}  {}",
                plea.id,
                words::who(Some(&plea.by)),
                lockstep_proto::sentence::room_report(&plea.report),
                plea.note.as_deref().unwrap_or_default()
            )
        });
        of_rooms.chain(strays).collect()
    }

    pub(super) fn threats(&self) -> Vec<FactId> {
        self.screen
            .items()
            .filter(|item| item.level == lockstep_proto::posture::Level::Checking)
            .map(|item| item.id)
            .collect()
    }

    /// What is said on the radio of each release that stands (S6).
    fn radio_sentences(&self) -> impl Iterator<Item = &str> {
        let releases = self.screen.cards.values().filter_map(Card::as_release);
        releases.filter_map(|release| release.radio.as_deref())
    }

    /// Timeline lines after a number, oldest first.
    pub(super) fn lines_after(&self, seq: u64) -> Vec<&LineCard> {
        let mut lines: Vec<&LineCard> = self
            .screen
            .cards
            .values()
            .filter_map(|card| {
                if let Card::Line(line) = card {
                    Some(line)
                } else {
                    None
                }
            })
            .filter(|line| line.seq > seq)
            .collect();
        lines.sort_by_key(|line| line.seq);
        lines
    }

    /// The headline: never `Normal` while a threat is being checked (A2).
    pub(super) fn headline(&self) -> String {
        let posture = self.screen.posture();
        let word = match (posture, self.screen.checking()) {
            (Posture::Normal, true) => words::CHECKING.to_owned(),
            (posture, true) => format!("{}. {}", posture.words().to_uppercase(), words::CHECKING),
            (posture, false) => posture.words().to_uppercase(),
        };
        let word = match self.screen.drill() {
            Some(drill) => format!("{word}. A {} is running", words::drill_name(drill.kind)),
            None => word,
        };
        let card = words::posture_card(&self.screen);
        let since = card
            .and_then(|card| card.since)
            .map_or_else(String::new, |at| {
                format!(" since {}", words::second(at, &self.zone))
            });
        let incident = card
            .and_then(|card| card.incident)
            .map_or_else(String::new, |seq| format!(", incident {seq}"));
        let marks = card.map(|card| card.marks.as_slice()).unwrap_or_default();
        let marks: String = marks
            .iter()
            .map(|mark| format!("  {}", mark.words()))
            .collect();
        format!("{word}{marks}{since}{incident}")
    }

    /// What came in since this profile last looked, for people.
    pub(super) fn news(&self, context: &Context) -> Result<Vec<String>, Failure> {
        let Some(before) = context.profile.looked_at(&self.campus)? else {
            return Ok(Vec::new());
        };
        let lines = self.lines_after(if before.epoch == self.head().epoch {
            before.seq
        } else {
            0
        });
        let left_out = lines.len().saturating_sub(NEW_MAX);
        let mut news: Vec<String> = lines
            .iter()
            .skip(left_out)
            .map(|line| self.line(line))
            .collect();
        if left_out > 0 {
            news.insert(0, format!("({left_out} earlier lines are in the timeline)"));
        }
        Ok(news)
    }

    fn line(&self, line: &LineCard) -> String {
        format!(
            "{:>5}  {}  {}: {}",
            line.seq,
            words::second(line.at, &self.zone),
            words::who(Some(&line.by)),
            line.text
        )
    }
}

/// One campus.
pub(super) async fn campus(context: &Context, campus: &CampusId) -> Result<(), Failure> {
    let looked = Looked::at(context, campus).await?;
    let screen = &looked.screen;
    let news = looked.news(context)?;
    let counts = RoomCounts::of(screen);
    if context.json {
        let card = words::posture_card(screen);
        context.tell_json(&serde_json::json!({
            "campus": campus, "head": looked.head().to_string(), "position": looked.head(),
            "posture": screen.posture(), "checking": screen.checking(), "degraded": looked.degraded,
            "since": card.and_then(|card| card.since), "incident": card.and_then(|card| card.incident),
            "marks": card.map(|card| card.marks.clone()).unwrap_or_default(),
            "lifts": screen.open_raises(), "resumes": screen.open_releases(), "threats": looked.threats(),
            "drill": screen.drill().map(|drill| drill.id),
            "drill_over": card.is_some_and(|card| card.drill_over),
            "record_lost": card.is_some_and(|card| card.record_lost),
            "duties": words::duties(screen), "lines": words::escalations(screen),
            "lead": words::lead_card(screen), "contacts": words::contacts(screen),
            "sightings": words::sightings(screen), "reach": words::reach_card(screen),
            "rooms": counts, "news": news, "cards": screen.cards.values().collect::<Vec<_>>(),
        }));
    } else {
        print(context, &looked, &counts, &news);
    }
    context.profile.keep_looked_at(campus, looked.head())
}

fn print(context: &Context, looked: &Looked, counts: &RoomCounts, news: &[String]) {
    let screen = &looked.screen;
    let name = words::campus_card(screen).map_or(looked.campus.as_str(), |card| card.name.as_str());
    context.tell(&format!(
        "{name} ({})\n{}",
        looked.campus,
        looked.headline()
    ));
    response::print_drill(context, looked);
    // The campus's words for `normal` are for no drill, and for no threat that is being checked (A2).
    let calm = screen.posture() == Posture::Normal;
    let instructed = !calm || (screen.drill().is_none() && !screen.checking());
    if let Some(card) = words::posture_card(screen).filter(|_| instructed) {
        context.tell(&card.instruction);
    }
    if looked.degraded {
        context.tell("The record cannot be written now: raising works, nothing can be lowered.");
    }
    section(
        context,
        "Open raises",
        &looked.item_lines(&screen.open_raises()),
    );
    section(
        context,
        "Threats that wait for an answer",
        &looked.item_lines(&looked.threats()),
    );
    section(
        context,
        "Releases to resume from",
        &looked.item_lines(&screen.open_releases()),
    );
    for sentence in looked.radio_sentences() {
        context.tell(&format!("Say on the radio: {sentence}"));
    }
    let forced = looked.screen.cards.values().filter_map(|card| {
        if let Card::Duress(duress) = card {
            Some(words::duress(duress, &looked.zone))
        } else {
            None
        }
    });
    section(context, "Under duress", &forced.collect::<Vec<_>>());
    let vetoes: Vec<String> = looked
        .vetoes()
        .map(|veto| {
            let word = match veto.kind {
                VetoKind::NotClear => "NOT CLEAR",
                VetoKind::Objection => "Objection to a school lift",
            };
            format!(
                "{}  {word}  {}  {}: {}",
                veto.id,
                words::second(veto.at, &looked.zone),
                words::who(Some(&veto.by)),
                veto.reason
            )
        })
        .collect();
    section(context, "Vetoes", &vetoes);
    let proposals: Vec<String> = looked
        .proposals()
        .map(|proposal| {
            format!(
                "{}  proposed {} by {}: {}",
                proposal.id,
                words::second(proposal.at, &looked.zone),
                words::who(Some(&proposal.by)),
                proposal.statement
            )
        })
        .collect();
    section(
        context,
        "School lift that waits for its second person",
        &proposals,
    );
    let pleas = looked.plea_lines();
    section(context, "Asking for help", &pleas);
    response::print(context, looked);
    if counts.rooms > 0 {
        context.tell(&counts.words());
    }
    let (done, all) = looked.zones().fold((0, 0), |(done, all), zone| {
        (done + u32::from(zone.clear), all + 1)
    });
    if all > 0 {
        context.tell(&format!("Sweep: {done} of {all} zones clear"));
    }
    section(context, "New since you last looked", news);
    context.tell(&format!("Head {}", looked.head()));
}

fn section(context: &Context, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        context.tell(&format!("{title}:"));
        for line in lines {
            context.tell(&format!("  {line}"));
        }
    }
}

/// All campuses.
pub(super) async fn campuses(context: &Context) -> Result<(), Failure> {
    let mut campuses = context.api()?.campuses().await?;
    campuses.sort_by(|a, b| {
        b.posture
            .cmp(&a.posture)
            .then(b.checking.cmp(&a.checking))
            .then(a.id.cmp(&b.id))
    });
    context.tell_json(&serde_json::json!({ "campuses": campuses }));
    for campus in &campuses {
        let word = match (campus.posture, campus.checking) {
            (Posture::Normal, true) => words::CHECKING.to_owned(),
            (posture, true) => format!("{}. {}", posture.words(), words::CHECKING),
            (posture, false) => posture.words().to_owned(),
        };
        let degraded = if campus.degraded {
            "  (record cannot be written)"
        } else {
            ""
        };
        context.tell(&format!(
            "{:<18} {:<28} head {}  {word}{degraded}",
            campus.id.to_string(),
            campus.name,
            campus.position
        ));
    }
    Ok(())
}

/// Acknowledges what one look showed, which is printed: the head goes with it (R1).
pub(super) async fn acknowledge(
    context: &Context,
    campus: &CampusId,
    room: Option<RoomId>,
) -> Result<(), Failure> {
    let looked = Looked::at(context, campus).await?;
    context.tell(&looked.headline());
    let also = not_recorded(&looked.screen);
    let command = Command::Acknowledge {
        room,
        through: looked.head(),
        also,
    };
    raise::steady(context, campus, command).await
}

/// Items on a screen that the journal does not have yet: they travel by id beside the position.
#[must_use]
pub(crate) fn not_recorded(screen: &Screen) -> Vec<FactId> {
    screen
        .cards
        .values()
        .filter_map(|card| {
            if let Card::Raise(raise) = card {
                (!raise.recorded).then_some(raise.id)
            } else if let Card::Threat(threat) = card {
                (!threat.recorded).then_some(threat.id)
            } else {
                None
            }
        })
        .collect()
}
