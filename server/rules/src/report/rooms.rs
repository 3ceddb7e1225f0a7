//! What each room last said of itself. Nothing said is *unknown*, and unknown is never safe
//! (L4).

use std::collections::{BTreeMap, BTreeSet};

use lockstep_proto::command::{RoomReport, RoomState};
use lockstep_proto::fact::Fact;
use lockstep_proto::id::{FactId, RoomId};
use lockstep_proto::text::Words;
use serde::{Deserialize, Serialize};

use super::act::{Act, Kept, Said};
use super::reach::count;

/// How the rooms were, by their own last words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rooms {
    /// Rooms that the timeline names.
    pub named: u32,
    /// Those whose last word is *secured*.
    pub secured: u32,
    /// Those whose last word is *not secured*.
    pub not_secured: u32,
    /// Those whose last word asks for help.
    pub need_help: u32,
    /// Those that said nothing. Unknown is never safe.
    pub unknown: u32,
    /// Each of them.
    pub rooms: Vec<RoomWord>,
    /// Pleas for help, each with its answer.
    pub pleas: Vec<Plea>,
}

/// One room's last word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomWord {
    /// The room.
    pub room: RoomId,
    /// What it said last; none where it said nothing: *unknown*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Word>,
    /// Who opened it after the release, last (S5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Act>,
    /// A resume left it unopened (A7).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_unopened: bool,
}

/// What was said of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Word {
    /// Which entry.
    pub act: Act,
    /// How it was.
    pub report: RoomReport,
    /// In its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}

/// A plea for help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plea {
    /// The room; none where it came from no room that its author could name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// What was said.
    pub word: Word,
    /// Who answered it first; none where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Said>,
}

/// What the entries say of rooms, of all rooms that the log names.
pub(super) fn rooms(kept: &[Kept], named: &BTreeSet<RoomId>) -> Rooms {
    let mut words: BTreeMap<RoomId, RoomWord> = named
        .iter()
        .map(|room| (room.clone(), unknown(room)))
        .collect();
    let mut pleas: Vec<(FactId, Plea)> = Vec::new();
    for kept in kept {
        if let Fact::RoomReported { room, report, note } = &kept.stamped().fact {
            let word = Word {
                act: kept.act(),
                report: report.clone(),
                note: note.clone(),
            };
            if report.is_plea() {
                let plea = Plea {
                    room: room.clone(),
                    word: word.clone(),
                    answered: None,
                };
                pleas.push((kept.id(), plea));
            }
            if let Some(room) = room {
                of(&mut words, room).last = Some(word);
            }
        } else if let Fact::PleaAnswered { plea, note } = &kept.stamped().fact {
            let open = pleas.iter_mut().find(|(id, _)| id == plea);
            if let Some((_, open)) = open.filter(|(_, open)| open.answered.is_none()) {
                open.answered = Some(kept.said(note.as_ref()));
            }
        } else if let Fact::RoomOpened { room } = &kept.stamped().fact {
            of(&mut words, room).opened = Some(kept.act());
        } else if let Fact::Resumed { unopened, .. } = &kept.stamped().fact {
            for room in unopened {
                of(&mut words, room).left_unopened = true;
            }
        } else if let Fact::LockDownCalled { .. } = &kept.stamped().fact {
            // A new call voids all openings (S5).
            for word in words.values_mut() {
                word.opened = None;
            }
        }
    }
    counted(words, pleas)
}

fn counted(words: BTreeMap<RoomId, RoomWord>, pleas: Vec<(FactId, Plea)>) -> Rooms {
    let mut rooms = Rooms {
        named: count(words.len()),
        pleas: pleas.into_iter().map(|(_, plea)| plea).collect(),
        ..Rooms::default()
    };
    for word in words.values() {
        let state = word.last.as_ref().map(|last| last.report.state);
        let of_state = match state {
            Some(RoomState::Secured) => &mut rooms.secured,
            Some(RoomState::NotSecured) => &mut rooms.not_secured,
            Some(RoomState::NeedHelp) => &mut rooms.need_help,
            None => &mut rooms.unknown,
        };
        *of_state += 1;
    }
    rooms.rooms = words.into_values().collect();
    rooms
}

fn of<'a>(words: &'a mut BTreeMap<RoomId, RoomWord>, room: &RoomId) -> &'a mut RoomWord {
    words.entry(room.clone()).or_insert_with(|| unknown(room))
}

fn unknown(room: &RoomId) -> RoomWord {
    RoomWord {
        room: room.clone(),
        last: None,
        opened: None,
        left_unopened: false,
    }
}
