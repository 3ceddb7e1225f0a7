//! A picture of a sighting (C5): sent over HTTP after its sighting is in, then named by its hash.

use std::path::Path;

use lockstep_proto::command::Command;
use lockstep_proto::contact::PictureKind;
use lockstep_proto::id::{CampusId, FactId};
use lockstep_proto::text::Text;

use super::raise;
use crate::Failure;
use crate::context::Context;

/// The largest picture that is sent, in bytes: what the server takes.
const PICTURE_MAX: u64 = 5 * 1024 * 1024;

/// A picture as the server kept it.
struct Stored {
    sha256: Text,
    kind: PictureKind,
    bytes: u32,
}

/// Sends a picture and says which sighting it shows. Whatever goes wrong here, the sighting is in.
pub(super) async fn attach(
    context: &Context,
    campus: &CampusId,
    to: FactId,
    file: &Path,
) -> Result<(), Failure> {
    let sent = match read(file) {
        Ok((kind, bytes)) => upload(context, campus, kind, bytes).await,
        Err(why) => Err(why),
    };
    let stored = sent.map_err(|why| {
        Failure::Fault(format!(
            "The sighting is in, its picture is not: {why} Send the picture again with `lockstep picture {campus} {to} FILE`."
        ))
    })?;
    let command = Command::AttachPicture {
        to,
        sha256: stored.sha256,
        kind: stored.kind,
        bytes: stored.bytes,
    };
    raise::steady(context, campus, command).await
}

/// The file's bytes, and its format by its bytes and not by its name.
fn read(file: &Path) -> Result<(PictureKind, Vec<u8>), Failure> {
    let wrong = |why: String| Failure::Usage(format!("{}: {why}.", file.display()));
    let size = std::fs::metadata(file)
        .map_err(|why| wrong(why.to_string()))?
        .len();
    if size > PICTURE_MAX {
        return Err(wrong("larger than 5 MiB".to_owned()));
    }
    let bytes = std::fs::read(file).map_err(|why| wrong(why.to_string()))?;
    let kind = if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        PictureKind::Jpeg
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        PictureKind::Png
    } else {
        return Err(wrong("neither a JPEG nor a PNG".to_owned()));
    };
    Ok((kind, bytes))
}

/// The seam to the server's picture store.
// TODO(issue 3): send it, once the route of pictures is served.
async fn upload(
    _context: &Context,
    _campus: &CampusId,
    _kind: PictureKind,
    _bytes: Vec<u8>,
) -> Result<Stored, Failure> {
    Err(Failure::Fault(
        "this server takes no pictures yet.".to_owned(),
    ))
}
