//! `not-clear` and `object`: an officer's word against a release.

use lockstep_proto::command::Command;
use lockstep_proto::id::{CampusId, FactId};
use lockstep_proto::text::Text;
use lockstep_proto::view::VetoKind;

use super::{raise, show::Looked};
use crate::Failure;
use crate::args::VetoDo;
use crate::context::Context;

/// One kind of veto and its three commands.
pub(super) struct Kind {
    kind: VetoKind,
    word: &'static str,
    say: fn(Text) -> Command,
    withdraw: fn(FactId) -> Command,
    set_aside: fn(FactId, Text) -> Command,
}

pub(super) const NOT_CLEAR: Kind = Kind {
    kind: VetoKind::NotClear,
    word: "*not clear*",
    say: |reason| Command::SayNotClear { reason },
    withdraw: |not_clear| Command::WithdrawNotClear { not_clear },
    set_aside: |not_clear, reason| Command::SetAsideNotClear { not_clear, reason },
};

pub(super) const OBJECTION: Kind = Kind {
    kind: VetoKind::Objection,
    word: "objection",
    say: |reason| Command::ObjectToLift { reason },
    withdraw: |objection| Command::WithdrawObjection { objection },
    set_aside: |objection, reason| Command::SetAsideObjection { objection, reason },
};

pub(super) async fn run(
    context: &Context,
    campus: &CampusId,
    kind: Kind,
    what: VetoDo,
) -> Result<(), Failure> {
    match what {
        VetoDo::Say { reason, patience } => {
            raise::one(context, campus, (kind.say)(reason), patience.patience).await
        }
        VetoDo::Withdraw { id } => {
            let id = match id {
                Some(id) => id,
                None => own(context, campus, &kind).await?,
            };
            raise::steady(context, campus, (kind.withdraw)(id)).await
        }
        VetoDo::SetAside { id, reason } => {
            raise::steady(context, campus, (kind.set_aside)(id, reason)).await
        }
    }
}

/// The only veto of this kind by the one who is signed in. Withdrawing one's own word lifts nothing,
/// so it may be looked up.
async fn own(context: &Context, campus: &CampusId, kind: &Kind) -> Result<FactId, Failure> {
    let you = context.sign_in()?.you;
    let looked = Looked::at(context, campus).await?;
    let own: Vec<FactId> = looked
        .vetoes()
        .filter(|veto| {
            veto.kind == kind.kind && veto.by.name == you.name && veto.by.role == you.role
        })
        .map(|veto| veto.id)
        .collect();
    match own.as_slice() {
        [id] => Ok(*id),
        [] => Err(Failure::Usage(format!(
            "No {} of yours stands at {campus}.",
            kind.word
        ))),
        several => Err(Failure::Usage(format!(
            "Several of yours stand at {campus}. Name one: {}.",
            several
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}
