//! A screen: it follows an instance by its hub's frames, takes them by R3 as `proto` has it, and
//! roams with what it shows.

use lockstep_proto::frame::SEALED_MAX;
use lockstep_proto::id::FactId;
use lockstep_proto::position::Position;
use lockstep_proto::screen::Screen;
use lockstep_proto::view::Card;
use lockstep_server::hub::{Inlet, SessionId};
use lockstep_tests::{responder, take_frame};
use tokio::sync::mpsc::error::TryRecvError;

use crate::instance::Life;
use crate::state::{RAISES, Set};

pub(crate) struct Watcher {
    pub(crate) screen: Screen,
    follows: Option<(usize, SessionId, Inlet)>,
    parts: Vec<Card>,
    /// The raises that are looked at.
    raises: [FactId; RAISES],
    /// Ghost: those that it showed since it came to its epoch, as the model has it.
    pub(crate) showed: Set,
    showed_in: u32,
}

impl Watcher {
    pub(crate) fn new(raises: [FactId; RAISES]) -> Self {
        Self {
            screen: Screen::default(),
            follows: None,
            parts: Vec::new(),
            raises,
            showed: Set::NONE,
            showed_in: Position::START.epoch,
        }
    }

    pub(crate) fn follows(&self) -> Option<usize> {
        self.follows.as_ref().map(|(at, _, _)| *at)
    }

    /// Leaves where it is and subscribes here, as the clients do: with its position, what it
    /// shows and the sealed raises; or without them, as one that has none.
    pub(crate) fn follow(
        &mut self,
        at: usize,
        (life, old): (&Life, Option<&Life>),
        id: SessionId,
        hands_back: bool,
    ) {
        if let (Some((_, session, _)), Some(old)) = (&self.follows, old) {
            old.now(old.campus.leave(*session));
        }
        let (listener, resume, inlet) = responder(&self.screen);
        let most = if hands_back { SEALED_MAX } else { 0 };
        let sealed = self.screen.sealed().into_iter().take(most).collect();
        self.parts.clear();
        life.now(life.campus.follow(id, listener, resume, sealed));
        self.follows = Some((at, id, inlet));
    }

    /// The connection is gone, and what was on its way with it.
    pub(crate) fn lose(&mut self) {
        self.follows = None;
    }

    /// Takes what has come in.
    pub(crate) fn take(&mut self) {
        while let Some((_, _, inlet)) = &mut self.follows {
            match inlet.frames.try_recv() {
                Ok(frame) => {
                    let before = self.shows();
                    let frame = serde_json::from_str(&frame).unwrap();
                    take_frame(&mut self.screen, &mut self.parts, &frame);
                    self.remember(before);
                }
                Err(TryRecvError::Empty) if inlet.closed_as().is_none() => return,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => self.lose(),
            }
        }
    }

    pub(crate) fn shows(&self) -> Set {
        let shows = self.screen.shows();
        let mut set = Set::NONE;
        for (raise, id) in self.raises.iter().enumerate() {
            if shows.contains(id) {
                set.add(raise);
            }
        }
        set
    }

    fn remember(&mut self, before: Set) {
        let epoch = self.screen.position.unwrap_or(Position::START).epoch;
        if std::mem::replace(&mut self.showed_in, epoch) != epoch {
            self.showed = before;
        }
        self.showed = self.showed | self.shows();
    }
}
