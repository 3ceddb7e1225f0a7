//! A stranger's picture into one of ours: pixels out, pixels in, within limits.
//!
//! The type is by content. Nothing here touches a disk.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use lockstep_proto::code::Code;
use lockstep_proto::contact::PictureKind;

use super::Remade;

/// The most pixels: a phone's camera has 12 million; one that has more can be told to.
const PIXELS_MAX: u64 = 25_000_000;
/// The longest side.
const SIDE_MAX: u32 = 20_000;
/// The most that a decoder may ask for, in bytes.
const DECODER_MAX: u64 = 128 * 1024 * 1024;
/// A JPEG's quality when it is made anew: what a camera would take.
const QUALITY: u8 = 85;

const JPEG: &[u8] = b"\xff\xd8\xff";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What the bytes are, by how they begin.
pub(super) fn kind_of(bytes: &[u8]) -> Option<PictureKind> {
    if bytes.starts_with(JPEG) {
        Some(PictureKind::Jpeg)
    } else if bytes.starts_with(PNG) {
        Some(PictureKind::Png)
    } else {
        None
    }
}

/// Made anew, or why not.
pub(super) fn remade(upload: &[u8]) -> Result<Remade, Code> {
    let kind = kind_of(upload).ok_or(Code::PictureUnreadable)?;
    let image = decoded(upload, kind)?;
    let mut bytes = Cursor::new(Vec::new());
    let written = match kind {
        PictureKind::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
            image.into_rgb8().write_with_encoder(encoder)
        }
        PictureKind::Png if image.color().has_alpha() => {
            image.into_rgba8().write_to(&mut bytes, ImageFormat::Png)
        }
        PictureKind::Png => image.into_rgb8().write_to(&mut bytes, ImageFormat::Png),
    };
    written.map_err(|error| {
        tracing::error!(%error, "a picture could not be written");
        Code::Fault
    })?;
    Ok(Remade {
        kind,
        bytes: bytes.into_inner(),
    })
}

fn decoded(upload: &[u8], kind: PictureKind) -> Result<DynamicImage, Code> {
    let format = match kind {
        // The decoder draws half a JPEG as if it were one.
        PictureKind::Jpeg if !is_whole_jpeg(upload) => return Err(Code::PictureUnreadable),
        PictureKind::Jpeg => ImageFormat::Jpeg,
        PictureKind::Png => ImageFormat::Png,
    };
    let unreadable = |error: image::ImageError| {
        tracing::debug!(%error, "a picture could not be read");
        match error {
            image::ImageError::Limits(_) => Code::PictureTooLarge,
            image::ImageError::Decoding(_)
            | image::ImageError::Encoding(_)
            | image::ImageError::Parameter(_)
            | image::ImageError::Unsupported(_)
            | image::ImageError::IoError(_) => Code::PictureUnreadable,
        }
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODER_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(upload), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > DECODER_MAX {
        return Err(Code::PictureTooLarge);
    }
    // How the camera was held is the one thing that its metadata says of the picture itself.
    let held = decoder.orientation().map_err(unreadable)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    image.apply_orientation(held);
    Ok(image)
}

/// Whether a JPEG has its end, by a walk over its segments: an end inside a thumbnail is none.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const END: u8 = 0xd9;
    let mut at = 2;
    let mut scanned = false;
    while let Some(found) = next_marker(bytes, at, scanned) {
        let (marker, after) = found;
        match marker {
            END => return scanned,
            // Without a length: restarts, and what only old encoders write.
            0x01 | 0xd0..=0xd8 => at = after,
            _ => {
                let Some(length) = bytes.get(after..after + 2) else {
                    return false;
                };
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                scanned |= marker == START_OF_SCAN;
                at = after + length.max(2);
            }
        }
    }
    false
}

/// The next marker and where it ends. Between segments there is nothing but fill bytes; in a
/// scan there are pixels, where `ff 00` is a pixel.
fn next_marker(bytes: &[u8], mut at: usize, in_scan: bool) -> Option<(u8, usize)> {
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)?) {
            (0xff, 0x00) if in_scan => at += 2,
            (0xff, 0xff) => at += 1,
            (0xff, marker) => return Some((*marker, at + 2)),
            (_, _) if in_scan => at += 1,
            (_, _) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use image::{Rgb, RgbImage};

    use super::*;

    fn made(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
        // Red above, blue below: which way up it is can be seen.
        let image = RgbImage::from_fn(width, height, |_, y| {
            if y < height / 2 {
                Rgb([250, 10, 10])
            } else {
                Rgb([10, 10, 250])
            }
        });
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG with an APP1 segment: EXIF with this orientation, a place in GPS, and a thumbnail
    /// with an end of its own.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
        exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
        exif.extend([0, 0, 0, 0]);
        exif.extend(b"GPSLatitude 41.40338 \xff\xd8\xff\xd9");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend(length);
        bytes.extend(exif);
        bytes.extend(&jpeg[2..]);
        bytes
    }

    fn contains(bytes: &[u8], needle: &[u8]) -> bool {
        bytes.windows(needle.len()).any(|window| window == needle)
    }

    #[test]
    fn c5_metadata_is_gone_and_the_picture_stands_upright() {
        let upload = with_exif(&made(ImageFormat::Jpeg, 64, 48), 6);
        assert!(contains(&upload, b"GPS") && is_whole_jpeg(&upload));
        let kept = remade(&upload).unwrap();
        assert_eq!(kept.kind, PictureKind::Jpeg);
        for trace in [&b"GPS"[..], b"Exif", b"41.40338"] {
            assert!(!contains(&kept.bytes, trace), "{trace:?} survived");
        }
        let image = image::load_from_memory(&kept.bytes).unwrap().into_rgb8();
        assert_eq!(image.dimensions(), (48, 64), "held sideways, shown upright");
        // Turned by 90° clockwise: what was above is at the right.
        assert!(image.get_pixel(40, 32)[0] > 200 && image.get_pixel(8, 32)[2] > 200);
    }

    #[test]
    fn c5_what_stands_behind_a_picture_is_not_kept() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let mut upload = made(format, 32, 32);
            upload.extend(b"PK\x03\x04<script>alert(1)</script>");
            let kept = remade(&upload).unwrap();
            assert!(!contains(&kept.bytes, b"script") && !contains(&kept.bytes, b"PK\x03"));
        }
    }

    #[test]
    fn c5_the_same_picture_comes_out_the_same() {
        let upload = made(ImageFormat::Jpeg, 40, 40);
        assert_eq!(remade(&upload).unwrap(), remade(&upload).unwrap());
    }

    /// A PNG whose header says another size than its pixels.
    fn claiming(width: u32, height: u32) -> Vec<u8> {
        let mut png = made(ImageFormat::Png, 8, 8);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let mut crc = !0_u32;
        for byte in &png[12..29] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 {
                    (crc >> 1) ^ 0xedb8_8320
                } else {
                    crc >> 1
                };
            }
        }
        png[29..33].copy_from_slice(&(!crc).to_be_bytes());
        png
    }

    #[test]
    fn c5_bombs_are_told_by_their_size_before_they_are_unpacked() {
        for (width, height) in [
            (50_000, 50_000),
            (20_000, 20_000),
            (6_000, 6_000),
            (30_000, 1),
        ] {
            let told = remade(&claiming(width, height)).unwrap_err();
            assert_eq!(told, Code::PictureTooLarge, "{width} × {height}");
        }
        // A JPEG has its size in two bytes each.
        let mut jpeg = made(ImageFormat::Jpeg, 16, 16);
        let frame = jpeg
            .windows(2)
            .position(|window| window == [0xff, 0xc0])
            .unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
        assert_eq!(remade(&jpeg), Err(Code::PictureTooLarge));
    }

    #[test]
    fn c5_what_is_no_whole_picture_is_refused() {
        let (jpeg, png) = (
            with_exif(&made(ImageFormat::Jpeg, 200, 200), 1),
            made(ImageFormat::Png, 200, 200),
        );
        for whole in [&jpeg, &png] {
            assert!(remade(whole).is_ok());
            for cut in 1..whole.len().min(64) {
                let half = &whole[..whole.len() - cut * whole.len() / 64];
                assert!(remade(half).is_err(), "{cut}/64 cut off");
            }
        }
        for odd in [
            &b""[..],
            b"GIF89a\x01\0\x01\0\0\0\0;",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"RIFF\x24\0\0\0WEBPVP8 ",
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n",
            b"BM\0\0",
        ] {
            assert_eq!(remade(odd), Err(Code::PictureUnreadable), "{odd:?}");
        }
    }

    /// Bytes turned at random: refused or made anew, and never more than that.
    #[test]
    fn a_damaged_picture_breaks_nothing() {
        let mut random = 0x9e37_79b9_u32;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            random as usize
        };
        for whole in [
            made(ImageFormat::Jpeg, 48, 48),
            made(ImageFormat::Png, 48, 48),
        ] {
            for _ in 0..300 {
                let mut bytes = whole.clone();
                for _ in 0..4 {
                    let at = next() % bytes.len();
                    bytes[at] = (next() % 256) as u8;
                }
                let _ = remade(&bytes);
            }
        }
    }
}
