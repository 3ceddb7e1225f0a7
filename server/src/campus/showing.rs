//! What the screens are told: changes, pulses, signed heads, seals.

use std::time::Duration;

use lockstep_proto::fact::Stamped;
use lockstep_proto::frame::{PULSE_EVERY_MS, ServerFrame};
use lockstep_proto::role::Audience;
use tokio::time::Instant;

use super::Seen;
use super::task::{Dirty, Task};
use crate::failpoint::{Moment, reach};
use crate::hub::{SessionId, pulse};

impl Task {
    /// Tells the screens, if anything as urgent changed.
    pub(super) fn publish(&mut self, at_least: Dirty) {
        if self.dirty == Dirty::No || self.dirty < at_least {
            return;
        }
        self.dirty = Dirty::No;
        if self.is_blank() {
            return;
        }
        self.trim_seals();
        self.extras.live = self.hub.live();
        self.elsewhere
            .add_rooms(&mut self.extras.live, Instant::now());
        self.extras.now = self.ground.clock.now();
        if self.unfolded {
            self.hub.show_waiting(&self.state, &self.site, &self.extras);
        }
        reach(Moment::BeforePublish);
        self.hub.publish(&self.state, &self.site, &self.extras);
        reach(Moment::AfterPublish);
        self.turns_at = self.state.turns_after(&self.site, self.extras.now);
        self.note_sent();
    }

    /// What the screens begin with: nobody was told anything before.
    pub(super) fn begin_showing(&mut self) {
        self.extras.now = self.ground.clock.now();
        self.hub.begin(&self.state, &self.site, &self.extras);
        self.turns_at = self.state.turns_after(&self.site, self.extras.now);
        self.note_sent();
    }

    /// Time alone has changed what a screen shows: a duty is overdue, a presence too old.
    pub(super) fn turn(&mut self) {
        if self
            .turns_at
            .is_some_and(|at| at <= self.ground.clock.now())
        {
            self.dirty = self.dirty.max(Dirty::Soon);
        }
    }

    /// Every two seconds, and when something about the journal changes: the signed head, and
    /// up to where each audience is concerned.
    pub(super) fn pulse(&mut self) {
        self.pulse_at = Instant::now() + Duration::from_millis(PULSE_EVERY_MS);
        self.publish(Dirty::Soon);
        if self.is_blank() {
            return self.say_again();
        }
        self.sign_head();
        for audience in [Audience::Room, Audience::Staff, Audience::Responder] {
            let frame = self.pulse_frame(audience);
            self.hub.broadcast(audience, &frame);
        }
        self.say_again();
    }

    /// To whoever has just begun to follow, who need not wait for everybody's.
    pub(super) fn first_pulse(&mut self, session: SessionId, audience: Audience) {
        self.sign_head();
        let frame = self.pulse_frame(audience);
        self.hub.tell(session, &frame);
    }

    fn pulse_frame(&self, audience: Audience) -> ServerFrame {
        pulse(
            &self.site.record.id,
            self.ground.clock.now(),
            self.state.position(),
            self.hub.concerns(audience),
            self.head.as_ref().map(|(_, head)| head.clone()),
            self.degraded,
        )
    }

    pub(super) fn sign_head(&mut self) {
        let position = self.tip.position();
        if self.head.as_ref().is_some_and(|(at, _)| *at == position) {
            return;
        }
        match self.ground.keys.sign_head(&self.ground.log, &self.tip) {
            Ok(head) => self.head = Some((position, head)),
            Err(error) => tracing::error!(%error, "a head could not be signed"),
        }
    }

    pub(super) fn seen(&self, audience: Audience) -> Seen {
        Seen {
            position: self.state.position(),
            head: self.head.as_ref().map(|(_, head)| head.clone()),
            degraded: self.degraded,
            posture: self.state.posture(),
            checking: self.state.checking(),
            cards: self.hub.cards(audience).values().cloned().collect(),
        }
    }

    pub(super) fn seal(&mut self, stamped: &Stamped) {
        let id = stamped.id;
        if self.state.is_open(id)
            && stamped.fact.class().is_raise()
            && !self.extras.seals.contains_key(&id)
            && let Some(seal) = self.ground.seal.seal(&self.ground.log, stamped)
        {
            self.extras.seals.insert(id, seal);
        }
    }

    pub(super) fn trim_seals(&mut self) {
        let state = &self.state;
        self.extras.seals.retain(|id, _| state.is_open(*id));
    }
}
