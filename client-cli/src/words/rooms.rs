//! The rooms of a campus, counted for those who answer for all of them (L5).

use lockstep_proto::screen::Screen;
use lockstep_proto::view::{Card, RoomReach};

/// Each room is counted in one of *no screen*, *not reached*, *not acknowledged* or in none of them;
/// asking for help is apart, and counts people in no known room as well.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
pub struct RoomCounts {
    /// All of them.
    pub rooms: usize,
    /// Without a live screen.
    pub no_screen: usize,
    /// With one that has not shown the newest alert.
    pub not_reached: usize,
    /// Shown it, and not acknowledged it.
    pub not_acknowledged: usize,
    /// Asking for help.
    pub asking_for_help: usize,
}

impl RoomCounts {
    /// As this screen has them.
    #[must_use]
    pub fn of(screen: &Screen) -> Self {
        let mut counts = Self::default();
        for card in screen.cards.values() {
            if let Card::Room(room) = card {
                counts.rooms += 1;
                counts.asking_for_help += usize::from(room.plea.is_some());
                match room.reach() {
                    RoomReach::NoScreen => counts.no_screen += 1,
                    RoomReach::NotReached => counts.not_reached += 1,
                    RoomReach::NotAcknowledged => counts.not_acknowledged += 1,
                    RoomReach::Acknowledged => {}
                }
            } else if let Card::Plea(_) = card {
                counts.asking_for_help += 1;
            }
        }
        counts
    }

    /// What is counted, in words.
    #[must_use]
    pub fn words(&self) -> String {
        format!(
            "{} rooms: {} need help · {} no screen · {} not reached · {} reached, no ack",
            self.rooms,
            self.asking_for_help,
            self.no_screen,
            self.not_reached,
            self.not_acknowledged
        )
    }
}
