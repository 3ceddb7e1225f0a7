//! `sweep status`: zone by zone.

use lockstep_proto::id::CampusId;

use super::show::Looked;
use crate::Failure;
use crate::context::Context;

pub(super) async fn status(context: &Context, campus: &CampusId) -> Result<(), Failure> {
    let looked = Looked::at(context, campus).await?;
    let zones: Vec<_> = looked.zones().collect();
    context.tell_json(&serde_json::json!({ "campus": campus, "zones": zones }));
    for zone in zones {
        let word = if zone.clear { "clear    " } else { "NOT CLEAR" };
        let by = zone.cleared_at.map_or_else(String::new, |at| {
            format!(
                "  cleared {} {}",
                crate::words::second(at, &looked.zone),
                crate::words::who(zone.cleared_by.as_ref())
            )
        });
        let adverse = match (&zone.adverse, zone.adverse_at) {
            (Some(seen), Some(at)) => format!(
                "  adverse {}: {seen}",
                crate::words::second(at, &looked.zone)
            ),
            (Some(seen), None) => format!("  adverse: {seen}"),
            (None, _) => String::new(),
        };
        context.tell(&format!("{word}  {:<16}{by}{adverse}", zone.id.to_string()));
    }
    Ok(())
}
