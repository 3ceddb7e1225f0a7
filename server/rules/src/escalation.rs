//! Calls for help from outside, and what was recorded of each (E1, E2).
//!
//! Owns the lines and their words. A line is shown by the last word on it, and the answer to
//! it by the last word on that: never further than somebody recorded.

use std::collections::BTreeMap;

use lockstep_proto::Timestamp;
use lockstep_proto::escalation::{Agency, Basis, Line, LineState, Response};
use lockstep_proto::fact::{Author, Fact, Stamped};
use lockstep_proto::id::FactId;
use lockstep_proto::text::Words;
use lockstep_proto::view::{Card, EscalationCard};

use crate::campus::{Campus, Order, Site};
use crate::cards::who;

/// Words that are kept of one escalation.
const WORDS_KEPT: usize = 128;

/// Escalations that are kept: those of this incident, and of earlier ones where somebody is
/// still to be told or a line is still open.
const KEPT: usize = 256;

/// Sightings that the caller is shown.
const TO_TELL: usize = 5;

/// Everything that was asked for, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Escalations {
    opened: BTreeMap<FactId, Opened>,
    /// What was said of each, by the fact that said it. It may come before what it is about.
    said: BTreeMap<FactId, BTreeMap<FactId, Said>>,
}

/// One escalation, as it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) order: Order,
    pub(crate) by: Author,
    pub(crate) agency: Agency,
    basis: Basis,
    decided_by: Option<String>,
    called_by: Option<String>,
    number: Option<String>,
}

/// One word on it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    order: Order,
    state: LineState,
    incident_number: Option<String>,
    note: Option<String>,
}

/// What the lines to 911 come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To911 {
    /// None was ever more than asked for or tried.
    NeverCalled,
    /// One is open.
    Open,
    /// None is open, and the last was lost.
    Lost(Order),
    /// None is open, and the last was closed for a reason.
    Closed(Order),
}

impl To911 {
    fn later(self, other: Self) -> Self {
        let when = |to: Self| match to {
            Self::NeverCalled | Self::Open => None,
            Self::Lost(order) | Self::Closed(order) => Some(order),
        };
        if when(other) > when(self) {
            other
        } else {
            self
        }
    }
}

/// Whether something was said in the open incident. What is not recorded yet was.
pub(crate) fn is_of(incident: Option<u64>, order: Order) -> bool {
    order.seq == u64::MAX || incident.is_some_and(|incident| order.seq >= incident)
}

/// How a line was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed {
    /// The word that closed it.
    pub(crate) id: FactId,
    pub(crate) order: Order,
    /// Somebody said why.
    pub(crate) explained: bool,
}

/// An escalation as it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) id: FactId,
    pub(crate) opened: &'a Opened,
    said: Option<&'a BTreeMap<FactId, Said>>,
}

impl Escalations {
    /// Folds in what concerns an escalation.
    pub(crate) fn take(&mut self, stamped: &Stamped, order: Order) {
        let shown = |words: &Option<Words>| words.as_ref().map(|words| words.shown().to_owned());
        if let Fact::EscalationOpened {
            agency,
            basis,
            state,
            decided_by,
            called_by,
            number,
            incident_number,
            note,
        } = &stamped.fact
        {
            let opened = Opened {
                order,
                by: stamped.by.clone(),
                agency: *agency,
                basis: *basis,
                decided_by: shown(decided_by),
                called_by: shown(called_by),
                number: shown(number),
            };
            self.opened.insert(stamped.id, opened);
            let said = Said {
                order,
                state: *state,
                incident_number: shown(incident_number),
                note: shown(note),
            };
            self.say(stamped.id, stamped.id, said);
        } else if let Fact::LineRecorded {
            escalation,
            state,
            incident_number,
            note,
        } = &stamped.fact
        {
            let said = Said {
                order,
                state: *state,
                incident_number: shown(incident_number),
                note: shown(note),
            };
            self.say(*escalation, stamped.id, said);
        }
        while self.opened.len() > KEPT {
            let oldest = self.opened.iter().min_by_key(|(_, opened)| opened.order);
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                break;
            };
            self.opened.remove(&oldest);
            self.said.remove(&oldest);
        }
    }

    fn say(&mut self, escalation: FactId, id: FactId, said: Said) {
        let words = self.said.entry(escalation).or_default();
        words.insert(id, said);
        while words.len() > WORDS_KEPT {
            let oldest = words.iter().min_by_key(|(_, said)| said.order);
            let Some(oldest) = oldest.map(|(id, _)| *id) else {
                break;
            };
            words.remove(&oldest);
        }
    }

    /// Every escalation that is kept.
    pub(crate) fn all(&self) -> impl Iterator<Item = Standing<'_>> {
        self.opened.iter().map(|(id, opened)| Standing {
            id: *id,
            opened,
            said: self.said.get(id),
        })
    }

    /// Whether there is one of that id.
    pub(crate) fn knows(&self, id: FactId) -> bool {
        self.opened.contains_key(&id)
    }

    fn of_911(&self) -> impl Iterator<Item = Standing<'_>> {
        self.all()
            .filter(|standing| standing.opened.agency == Agency::NineOneOne)
    }

    /// A 911 call is recorded in this incident: somebody called, whatever became of it (C2). A
    /// request is none.
    pub(crate) fn called_911(&self, incident: Option<u64>) -> bool {
        self.of_911()
            .flat_map(|standing| standing.said.into_iter().flatten())
            .any(|(_, said)| said.state.line() != Some(Line::None) && is_of(incident, said.order))
    }

    /// What this incident's lines to 911 come to (E3). What was said in an earlier one counts
    /// for nothing: a line that nobody closed then is no call for help now.
    pub(crate) fn to_911(&self, incident: Option<u64>) -> To911 {
        let mut comes_to = To911::NeverCalled;
        for standing in self.of_911() {
            let Some((_, said)) = standing.last_on_the_line() else {
                continue;
            };
            if !is_of(incident, said.order) {
                continue;
            }
            let this = match said.state.line() {
                Some(Line::Open) => return To911::Open,
                Some(Line::Dropped) => To911::Lost(said.order),
                // Closed with a word why, it is answered; else it is asked for again.
                Some(Line::Closed) if standing.closed().is_some_and(|closed| closed.explained) => {
                    if !standing.was_open() {
                        continue;
                    }
                    To911::Closed(said.order)
                }
                Some(Line::Closed) => To911::Lost(said.order),
                Some(Line::None | Line::Calling) | None => continue,
            };
            comes_to = comes_to.later(this);
        }
        comes_to
    }

    /// With the incident goes what is over: a line that is still open stays until it is
    /// closed (P4), and what `wanted` asks for.
    pub(crate) fn close(&mut self, wanted: impl Fn(FactId) -> bool) {
        let gone: Vec<FactId> = self
            .all()
            .filter(|standing| {
                standing.opened.order.seq != u64::MAX && !standing.is_live() && !wanted(standing.id)
            })
            .map(|standing| standing.id)
            .collect();
        for id in gone {
            self.opened.remove(&id);
            self.said.remove(&id);
        }
        let opened = &self.opened;
        self.said.retain(|id, _| opened.contains_key(id));
    }
}

impl Standing<'_> {
    fn words(&self) -> impl Iterator<Item = (&FactId, &Said)> {
        self.said.into_iter().flatten()
    }

    fn last(&self, wanted: impl Fn(&Said) -> bool) -> Option<(&FactId, &Said)> {
        self.words()
            .filter(|(_, said)| wanted(said))
            .max_by_key(|(_, said)| said.order)
    }

    fn last_on_the_line(&self) -> Option<(FactId, &Said)> {
        self.last(|said| said.state.line().is_some())
            .map(|(id, said)| (*id, said))
    }

    /// The last word on the line, and when it was said.
    pub(crate) fn line(&self) -> (Line, Timestamp) {
        self.last_on_the_line()
            .and_then(|(_, said)| Some((said.state.line()?, said.order.at)))
            .unwrap_or((Line::None, self.opened.order.at))
    }

    fn response(&self) -> Option<(Response, Timestamp)> {
        self.last(|said| said.state.response().is_some())
            .and_then(|(_, said)| Some((said.state.response()?, said.order.at)))
    }

    fn was_open(&self) -> bool {
        self.words()
            .any(|(_, said)| said.state.line() == Some(Line::Open))
    }

    fn is_live(&self) -> bool {
        match self.line().0 {
            Line::Calling | Line::Open | Line::Dropped => true,
            Line::None | Line::Closed => false,
        }
    }

    /// How the line was closed, if it is.
    pub(crate) fn closed(&self) -> Option<Closed> {
        let (id, said) = self.last_on_the_line()?;
        if said.state != LineState::Closed {
            return None;
        }
        let explained = self
            .words()
            .any(|(_, other)| other.note.is_some() && other.order >= said.order);
        Some(Closed {
            id,
            order: said.order,
            explained,
        })
    }
}

impl Campus {
    /// One card an escalation.
    pub(crate) fn escalation_cards<'a>(
        &'a self,
        site: &'a Site,
    ) -> impl Iterator<Item = Card> + 'a {
        let held = self.held();
        let shown = self.escalations.all().filter(|standing| {
            // One of an earlier incident is there for what is still to be done about it.
            is_of(self.incident, standing.opened.order)
                || standing.is_live()
                || self.notice_owed(standing.id)
        });
        shown.map(move |standing| {
            let opened = standing.opened;
            let (line, line_at) = standing.line();
            let response = standing.response();
            let last = standing.last(|_| true).map(|(_, said)| said);
            let number = standing
                .last(|said| said.incident_number.is_some())
                .and_then(|(_, said)| said.incident_number.clone());
            Card::Escalation(EscalationCard {
                id: standing.id,
                agency: opened.agency,
                basis: opened.basis,
                by: who(&opened.by),
                at: opened.order.at,
                decided_by: opened.decided_by.clone(),
                called_by: opened.called_by.clone(),
                number: opened.number.clone(),
                call: site.record.number(opened.agency).map(str::to_owned),
                incident_number: number,
                line,
                line_at,
                response: response.map_or(Response::Unknown, |(response, _)| response),
                response_at: response.map(|(_, at)| at),
                last: last.map_or(LineState::Requested, |said| said.state),
                note: last.and_then(|said| said.note.clone()),
                closed_unexplained: held
                    && standing.closed().is_some_and(|closed| {
                        !closed.explained && is_of(self.incident, closed.order)
                    }),
                to_tell: self.sightings_since(opened.order, TO_TELL),
            })
        })
    }
}
