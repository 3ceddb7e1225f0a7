//! A campus as one audience sees it.
//!
//! The whole view is made from the state each time and compared with the one before: nothing
//! that changed can be forgotten, whatever changed it.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::Timestamp;
use lockstep_proto::directory::{OnScene, ReleaseMode};
use lockstep_proto::fact::{Author, Mark};
use lockstep_proto::id::{CredentialId, FactId, RoomId};
use lockstep_proto::position::Position;
use lockstep_proto::posture::{Level, Posture};
use lockstep_proto::role::Audience;
use lockstep_proto::sentence::{CHECKING, radio};
use lockstep_proto::view::{
    CampusCard, Card, Cards, CoverCard, DuressCard, DutyCard, LineCard, OwnRoomCard, Pickable,
    PleaCard, PostureCard, PresenceCard, ProposalCard, RaiseCard, ReleaseCard, RoomCard,
    ThreatCard, VetoCard, Who, ZoneCard,
};

use crate::authority::leads;
use crate::campus::{Campus, Duress, ItemKind, OpenItem, Site};
use crate::reach::Alert;

/// A raise that the journal took this much later than an instance accepted it arrived late (P7).
const LATE_S: i64 = 60;

/// What the state does not know: this instance's sockets and seals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Screens that this instance serves, by room.
    pub live: BTreeMap<RoomId, u32>,
    /// How far a screen of the room has shown (R1).
    pub reached: BTreeMap<RoomId, (Position, BTreeSet<FactId>)>,
    /// Raises and threats as sealed by the server (R3).
    pub seals: BTreeMap<FactId, String>,
    /// The server's clock: what a duty is overdue by, and a presence too old.
    pub now: Timestamp,
}

/// Everything that an audience sees of a campus.
#[must_use]
pub fn render(campus: &Campus, site: &Site, extras: &Extras, audience: Audience) -> Cards {
    let view = View {
        campus,
        site,
        extras,
        audience,
    };
    let mut cards = vec![view.campus_card(), view.posture_card()];
    cards.extend(
        campus
            .open
            .iter()
            .map(|(id, item)| view.item_card(*id, item)),
    );
    cards.extend(campus.covers.iter().map(|(id, cover)| {
        Card::Cover(CoverCard {
            id: *id,
            position: cover.position,
            names: cover.names.clone(),
        })
    }));
    cards.extend(campus.drill_card(site, audience.sees_responder_detail()));
    match audience {
        Audience::Room => {}
        // The eyes are asked to watch (C1); who answers for the rest is not their business.
        Audience::Staff => cards.extend(view.watch_cards()),
        Audience::Responder | Audience::District => view.responder_cards(&mut cards),
    }
    cards.into_iter().map(|card| (card.key(), card)).collect()
}

/// What changed from one view to the next.
#[must_use]
pub fn diff(before: &Cards, after: &Cards) -> (Vec<Card>, Vec<String>) {
    let put = after
        .iter()
        .filter(|(key, card)| before.get(*key) != Some(card))
        .map(|(_, card)| card.clone())
        .collect();
    let drop = before
        .keys()
        .filter(|key| !after.contains_key(*key))
        .cloned()
        .collect();
    (put, drop)
}

/// Who was forced, for those whom it is for (A4): never at the sign-in that it was said with.
#[must_use]
pub fn duress_cards(campus: &Campus, reader: Option<&CredentialId>) -> Vec<Card> {
    let elsewhere = |duress: &Duress| duress.by.credential.as_ref() != reader;
    let all = campus.duress.iter();
    all.filter(|(_, duress)| elsewhere(duress))
        .map(|(id, duress)| {
            Card::Duress(DuressCard {
                id: *id,
                who: who(&duress.by),
                at: duress.at,
                command: duress.command.clone(),
            })
        })
        .collect()
}

/// What concerns one room alone.
#[must_use]
pub fn own_room(campus: &Campus, site: &Site, room: &RoomId) -> Option<Card> {
    let record = site.record.rooms.get(room)?;
    let state = campus.rooms.get(room);
    let plea = state.and_then(|state| state.plea.as_ref());
    Some(Card::OwnRoom(OwnRoomCard {
        drill: campus.drill_report(room),
        id: room.clone(),
        name: record.name.clone(),
        acknowledged: campus
            .newest_alert()
            .and_then(|alert| campus.acknowledged_in(room, alert)),
        report: state
            .and_then(|state| state.report.as_ref())
            .map(|reported| reported.report.clone()),
        plea: plea.is_some_and(|plea| plea.answer.is_none()),
        plea_answer: plea.and_then(|plea| plea.answer.clone()),
        stay_locked: stays_locked(campus, site, room),
    }))
}

/// S5: under `room_by_room` an unopened room stays locked from the release until it is opened,
/// whatever the campus posture is: also where controlled movement was begun in between, and
/// where a resume left it so (A7).
pub(crate) fn stays_locked(campus: &Campus, site: &Site, room: &RoomId) -> bool {
    if campus.left_locked(room) {
        return true;
    }
    let released = campus.open_releases().next().is_some();
    let room_by_room = match site.policy.release {
        ReleaseMode::Announce => false,
        ReleaseMode::RoomByRoom => true,
    };
    released && room_by_room && !campus.room_opened(room)
}

struct View<'a> {
    campus: &'a Campus,
    site: &'a Site,
    extras: &'a Extras,
    audience: Audience,
}

impl View<'_> {
    fn campus_card(&self) -> Card {
        let record = &self.site.record;
        Card::Campus(CampusCard {
            id: record.id.clone(),
            name: record.name.clone(),
            address: record.address.clone(),
            time_zone: record.time_zone.clone(),
            coordinates: record.coordinates,
            fire_alarm_words: self.site.policy.fire_alarm_words.clone(),
            fire_alarm_words_es: self.site.policy.fire_alarm_words_es.clone(),
            room_screens: self.site.policy.room_screens,
            room_sound: self.site.policy.room_sound,
            release: self.site.policy.release,
            school_lift: self.site.policy.school_lift,
            numbers: record.numbers.clone(),
            people: self.pickable(),
        })
    }

    /// Whom a contact or the lead may be asked of: nobody else has to know their names.
    fn pickable(&self) -> Vec<Pickable> {
        if !self.audience.sees_responder_detail() {
            return Vec::new();
        }
        let people = self.site.people.iter();
        people
            .filter(|(_, person)| leads(person.role))
            .map(|(id, person)| Pickable {
                id: id.clone(),
                name: person.name.clone(),
                role: person.role,
            })
            .collect()
    }

    fn posture_card(&self) -> Card {
        let campus = self.campus;
        let posture = campus.posture();
        let level = campus.open.values().map(|item| item.level).max();
        Card::Posture(PostureCard {
            posture,
            since: level.and_then(|level| {
                campus
                    .open
                    .values()
                    .filter(|item| item.level == level)
                    .map(|item| item.at)
                    .min()
            }),
            checking: campus.checking(),
            instruction: self.instruction(posture),
            incident: campus.incident(),
            calls: count(campus.at_level(Level::LockDown).count()),
            not_recorded: count(
                campus
                    .open
                    .values()
                    .filter(|item| item.seq.is_none())
                    .count(),
            ),
            marks: self.marks(),
            sweep_since: campus
                .sweep
                .filter(|_| self.audience.sees_responder_detail())
                .map(|(_, at)| at),
            drill_over: campus.drill_over(),
            record_lost: self.audience != Audience::Room && campus.record_lost(),
        })
    }

    /// What to do now. Nothing calm while a threat is being checked (A2).
    fn instruction(&self, posture: Posture) -> String {
        let calm = match posture {
            Posture::Normal | Posture::AllClear | Posture::LiftedBySchool => true,
            Posture::ControlledMovement | Posture::LockDown => false,
        };
        if calm && self.campus.checking() {
            return CHECKING.to_owned();
        }
        self.radio(posture)
    }

    fn radio(&self, posture: Posture) -> String {
        self.site
            .record
            .radio
            .get(&posture)
            .map_or_else(|| radio(posture).to_owned(), Clone::clone)
    }

    fn marks(&self) -> Vec<Mark> {
        let marks: BTreeSet<Mark> = self
            .campus
            .releases()
            .flat_map(|(_, _, marks)| marks.iter().copied())
            .collect();
        marks.into_iter().collect()
    }

    fn item_card(&self, id: FactId, item: &OpenItem) -> Card {
        match &item.what {
            ItemKind::Call { reason, place } => Card::Raise(RaiseCard {
                reason: self.detail(reason),
                place: self.detail(place),
                ..self.raise_card(id, item)
            }),
            ItemKind::Movement {
                kind,
                seen,
                place,
                shareable,
            } => Card::Raise(RaiseCard {
                kind: self.audience.sees_responder_detail().then_some(*kind),
                reason: self.detail(seen),
                place: self.detail(place),
                shareable: shareable
                    .clone()
                    .filter(|_| self.audience != Audience::Room),
                ..self.raise_card(id, item)
            }),
            ItemKind::Threat {
                reason,
                place,
                room,
            } => Card::Threat(ThreatCard {
                id,
                at: item.at,
                recorded: item.seq.is_some(),
                sealed: self.extras.seals.get(&id).cloned(),
                by: self.who(&item.by),
                room: room
                    .clone()
                    .filter(|_| self.audience.sees_responder_detail()),
                reason: self.detail(reason),
                place: self.detail(place),
            }),
            ItemKind::Release {
                kind,
                marks,
                on_scene,
            } => Card::Release(ReleaseCard {
                id,
                seq: item.seq.unwrap_or_default(),
                kind: *kind,
                at: item.at,
                marks: marks.clone(),
                by: self.who(&item.by),
                radio: self
                    .audience
                    .sees_responder_detail()
                    .then(|| self.release_words(*kind, item, marks, on_scene.as_ref())),
                on_scene: on_scene
                    .clone()
                    .filter(|_| self.audience.sees_responder_detail()),
            }),
        }
    }

    fn raise_card(&self, id: FactId, item: &OpenItem) -> RaiseCard {
        RaiseCard {
            id,
            level: item.level,
            at: item.at,
            recorded: item.seq.is_some(),
            late: item
                .recorded
                .is_some_and(|recorded| is_late(item.at, recorded)),
            sealed: self.extras.seals.get(&id).cloned(),
            by: self.who(&item.by),
            kind: None,
            reason: None,
            place: None,
            shareable: None,
            mistake: self
                .campus
                .mistakes
                .get(&id)
                .cloned()
                .filter(|_| self.audience.sees_responder_detail()),
        }
    }

    /// The sentence to say on the radio (S6): the campus's words, the giver, who vouched for
    /// them, and every mark.
    fn release_words(
        &self,
        kind: Posture,
        item: &OpenItem,
        marks: &[Mark],
        on_scene: Option<&OnScene>,
    ) -> String {
        let said = match self.site.record.radio.get(&kind) {
            // A campus that wrote its own words says in them which campus it is.
            Some(own) => own.clone(),
            None => format!("{}: {}", self.site.record.name, radio(kind)),
        };
        let mut words = format!(
            "{said} Given by {} ({}).",
            item.by.name,
            item.by.role.words()
        );
        if let Some(on_scene) = on_scene {
            words.push_str(&format!(" {}.", on_scene.words()));
        }
        for mark in marks {
            words.push_str(&format!(" {}.", mark.words()));
        }
        words
    }

    /// Who: for those who answer for the campus.
    fn who(&self, author: &Author) -> Option<Who> {
        self.audience.sees_responder_detail().then(|| who(author))
    }

    fn detail(&self, text: &Option<String>) -> Option<String> {
        text.clone()
            .filter(|_| self.audience.sees_responder_detail())
    }

    fn watch_cards(&self) -> impl Iterator<Item = Card> {
        let duties = self.campus.watch_cards(self.site, self.extras.now);
        duties.into_iter().filter_map(|card| {
            let Card::Duty(duty) = card else { return None };
            let watch = DutyCard {
                acknowledged: None,
                tried: Vec::new(),
                each: Vec::new(),
                ..duty
            };
            Some(Card::Duty(watch))
        })
    }

    /// What people do about the threat.
    fn response_cards(&self, cards: &mut Vec<Card>) {
        let (campus, site, now) = (self.campus, self.site, self.extras.now);
        cards.extend(campus.sighting_cards(now));
        cards.extend(campus.escalation_cards(site));
        cards.extend(campus.duty_cards(site, now));
        cards.extend(campus.contact_cards(now));
        cards.extend(campus.lead_card(now));
        cards.extend(campus.reach_card(site));
    }

    fn responder_cards(&self, cards: &mut Vec<Card>) {
        let campus = self.campus;
        let newest = campus.newest_alert().map(|alert| Newest {
            alert,
            displayed_in: campus.reach.displayed_in(alert),
        });
        self.response_cards(cards);
        cards.extend(
            self.site
                .record
                .rooms
                .keys()
                .filter_map(|room| self.room_card(room, newest.as_ref())),
        );
        cards.extend(self.site.record.zones.iter().map(|(id, zone)| {
            let state = campus.zones.get(id);
            let cleared = state.and_then(|state| state.cleared.as_ref());
            let adverse = state.and_then(|state| state.adverse.as_ref());
            Card::Zone(ZoneCard {
                id: id.clone(),
                name: zone.name.clone(),
                clear: campus.zone_clear(id),
                cleared_by: cleared.map(|(_, by)| who(by)),
                cleared_at: cleared.map(|(order, _)| order.at),
                adverse: adverse.map(|(_, seen)| seen.clone()),
                adverse_at: adverse.map(|(order, _)| order.at),
            })
        }));
        cards.extend(campus.vetoes.iter().map(|(id, veto)| {
            Card::Veto(VetoCard {
                id: *id,
                kind: veto.kind,
                by: who(&veto.by),
                at: veto.at,
                reason: veto.reason.clone(),
            })
        }));
        // One that was confirmed, or overtaken by an officer's all clear, waits for nobody.
        let waits = campus.proposals.iter().filter(|(_, proposal)| {
            let mut lifts = proposal.lifts.iter();
            lifts.any(|id| campus.is_open(*id))
        });
        cards.extend(waits.map(|(id, proposal)| {
            Card::Proposal(ProposalCard {
                id: *id,
                by: who(&proposal.by),
                at: proposal.at,
                statement: proposal.statement.clone(),
                lifts: proposal.lifts.clone(),
            })
        }));
        cards.extend(campus.strays.values().filter_map(|stray| {
            let open = stray.plea.answer.is_none();
            open.then(|| {
                Card::Plea(PleaCard {
                    id: stray.plea.id,
                    by: who(&stray.by),
                    at: stray.plea.order.at,
                    report: stray.report.clone(),
                    note: stray.note.clone(),
                })
            })
        }));
        // What was said too long ago says nothing: unknown, and no card.
        let known = campus
            .presence
            .iter()
            .filter(|(_, presence)| self.extras.now < presence.until());
        cards.extend(known.map(|(person, presence)| {
            Card::Presence(PresenceCard {
                person: person.clone(),
                who: who(&presence.by),
                here: presence.here,
                at: presence.order.at,
            })
        }));
        cards.extend(campus.lines.iter().map(|line| {
            Card::Line(LineCard {
                seq: line.seq,
                at: line.at,
                by: who(&line.by),
                text: line.text.clone(),
            })
        }));
    }

    fn room_card(&self, room: &RoomId, newest: Option<&Newest<'_>>) -> Option<Card> {
        let record = self.site.record.rooms.get(room)?;
        let state = self.campus.rooms.get(room);
        let report = state.and_then(|state| state.report.as_ref());
        let reached = newest.is_some_and(|newest| {
            let alert = newest.alert;
            let shown = self.extras.reached.get(room);
            shown.is_some_and(|(through, also)| {
                also.contains(&alert.id) || alert.seq.is_some_and(|seq| seq <= through.seq)
            }) || newest.displayed_in.contains(room)
        });
        Some(Card::Room(RoomCard {
            id: room.clone(),
            name: record.name.clone(),
            zone: record.zone.clone(),
            live: self.extras.live.get(room).copied().unwrap_or_default(),
            reached,
            acknowledged: newest.and_then(|newest| self.campus.acknowledged_in(room, newest.alert)),
            report: report.map(|reported| reported.report.clone()),
            reported_at: report.map(|reported| reported.order.at),
            note: report.and_then(|reported| reported.note.clone()),
            plea: state
                .and_then(|state| state.plea.as_ref())
                .filter(|plea| plea.answer.is_none())
                .map(|plea| plea.id),
            opened: self.campus.room_opened(room),
            stay_locked: stays_locked(self.campus, self.site, room),
            drill: self.campus.drill_report(room),
        }))
    }
}

/// The newest alert, and where a screen has shown it.
struct Newest<'a> {
    alert: Alert,
    displayed_in: BTreeSet<&'a RoomId>,
}

pub(crate) fn who(author: &Author) -> Who {
    Who {
        name: author.name.clone(),
        role: author.role,
    }
}

/// Whether the journal took something so long after an instance did that it arrived late (P7).
pub(crate) fn is_late(at: Timestamp, recorded: Timestamp) -> bool {
    recorded.as_second() - at.as_second() >= LATE_S
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
