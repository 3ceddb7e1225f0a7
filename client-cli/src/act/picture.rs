//! A picture of a sighting (C5): sent over HTTP after its sighting is in. The server attaches it.

use std::path::Path;

use lockstep_proto::frame::ServerFrame;
use lockstep_proto::id::{CampusId, FactId};

use crate::Failure;
use crate::context::Context;
use crate::words;

/// The largest picture that is sent, in bytes: what the server takes.
const PICTURE_MAX: u64 = 5 * 1024 * 1024;

/// Sends a picture of a sighting. Whatever goes wrong here, the sighting is in.
pub(super) async fn attach(
    context: &Context,
    campus: &CampusId,
    sighting: FactId,
    file: &Path,
) -> Result<(), Failure> {
    let again = |why: &str| {
        Failure::Fault(format!(
            "The sighting is in, its picture is not: {why} Send the picture again with `lockstep picture {campus} {sighting} FILE`."
        ))
    };
    let bytes = read(file).map_err(|why| again(&why))?;
    let uploaded = match context.api()?.upload_picture(campus, sighting, bytes).await {
        Ok(uploaded) => uploaded,
        Err(crate::api::ApiError::Refused(refusal)) => return Err(Failure::Refused(refusal)),
        Err(why) => return Err(again(&why.to_string())),
    };
    // Not matched arm by arm: a frame of another kind is no answer to this.
    if let ServerFrame::Accepted(accepted) = &uploaded.answer {
        context.tell(&format!(
            "{campus}: picture kept, {}.",
            words::held(accepted)
        ));
        context.tell_json(&serde_json::json!({
            "answer": "accepted", "campus": campus, "sighting": sighting,
            "sha256": uploaded.sha256, "bytes": uploaded.bytes,
            "holds": accepted.holds, "position": accepted.position,
        }));
        return Ok(());
    }
    Err(again("the server's answer cannot be understood."))
}

/// The file's bytes, where the server would take them: that is said before anything is sent.
fn read(file: &Path) -> Result<Vec<u8>, String> {
    let wrong = |why: String| format!("{}: {why}.", file.display());
    let size = std::fs::metadata(file)
        .map_err(|why| wrong(why.to_string()))?
        .len();
    if size > PICTURE_MAX {
        return Err(wrong("larger than 5 MiB".to_owned()));
    }
    let bytes = std::fs::read(file).map_err(|why| wrong(why.to_string()))?;
    let is_jpeg = bytes.starts_with(&[0xff, 0xd8, 0xff]);
    let is_png = bytes.starts_with(b"\x89PNG\r\n\x1a\n");
    if is_jpeg || is_png {
        Ok(bytes)
    } else {
        Err(wrong("neither a JPEG nor a PNG".to_owned()))
    }
}
