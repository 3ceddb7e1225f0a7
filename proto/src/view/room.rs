//! How far the newest alert came in a room (L5).

use super::RoomCard;

/// A room stands in exactly one of these, so that their counts add up to all rooms. That it asks for
/// help is apart from them. The pages' copy is `reachOf` in `server/web/screen.js`; both pass
/// `proto/cases/rooms.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoomReach {
    /// It has no live screen, whatever it showed before: nothing new would be seen there.
    NoScreen,
    /// It has one, which has not shown the alert.
    NotReached,
    /// It was shown, and nobody there has acknowledged it.
    NotAcknowledged,
    /// Somebody there has acknowledged it.
    Acknowledged,
}

impl RoomCard {
    /// How far the newest alert came here. Who has acknowledged it was reached, by whatever way.
    #[must_use]
    pub fn reach(&self) -> RoomReach {
        match (self.live, self.acknowledged, self.reached) {
            (0, _, _) => RoomReach::NoScreen,
            (_, Some(_), _) => RoomReach::Acknowledged,
            (_, None, true) => RoomReach::NotAcknowledged,
            (_, None, false) => RoomReach::NotReached,
        }
    }
}
