//! The spool's bytes: the file's header and its slots, out and back in.
//!
//! Owns the layout and nothing else: it opens no file and decides nothing about room.
//!
//! ```text
//! file   0 header, 4,096 bytes, written once │ 4,096 slot 0 │ 4,608 slot 1 │ …
//! header 0 "lockstep spool\n\0" │ 16 version u32 │ 20 slot size u32 │ 24 file size u64
//!        │ 32 nonce, 16 bytes │ 48 checksum, 16 bytes │ zeros
//! slot   0 magic, 8 bytes │ 8 order u64 │ 16 settled u64 │ 24 fact id, 16 bytes
//!        │ 40 length u32 │ 44 part u16 │ 46 lane u8 │ 47 zero │ 48 checksum, 16 bytes
//!        │ 64 part of the payload, 448 bytes, then zeros
//! ```
//!
//! Numbers are little endian. A record is the JSON `{"log","stamped"}` cut into parts, each
//! in any slot: with every slot checked for itself there is no fragmentation, so room is a
//! matter of counting, and a garbled slot costs its own record and no other. Magic and checksum are
//! keyed with the file's random nonce, and the checksum covers the slot's own number: neither
//! text that somebody typed nor a slot copied elsewhere is ever taken for a record.

use std::collections::BTreeMap;

use lockstep_proto::fact::Stamped;
use lockstep_proto::id::FactId;
use lockstep_proto::timeline::LogId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Lane;

/// Bytes before the first slot: a page, so that slots never straddle one.
pub(super) const HEADER_BYTES: usize = 4096;
/// Bytes of a slot: a disk sector, the unit that disks write whole.
pub(super) const SLOT_BYTES: usize = 512;
/// Bytes of a record that one slot takes.
pub(super) const PART_BYTES: usize = SLOT_BYTES - 64;
/// The longest record: a frame of 64 KiB, with room for its author, log and digest.
pub(super) const RECORD_MAX: usize = 72 * 1024;
/// The version that this release writes, and the only one that it reads.
pub(super) const VERSION: u32 = 1;

const NAME: &[u8; 16] = b"lockstep spool\n\0";
const NONCE_BYTES: usize = 16;

/// What makes this file's slots its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    nonce: [u8; NONCE_BYTES],
    magic: [u8; 8],
}

/// Why a header was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeaderError {
    /// Not a spool, or its header is garbled.
    Unknown,
    /// A spool of another version.
    Version(u32),
}

/// What a slot says about its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Head {
    /// Numbers the records of this file in the order of their acceptance, from 1.
    pub(super) order: u64,
    /// The record's fact.
    pub(super) id: FactId,
    /// Bytes of the whole payload.
    pub(super) length: u32,
    /// Its lane.
    pub(super) lane: Lane,
}

/// A record that was read back whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// What its slots say.
    pub(super) head: Head,
    /// Where it stands, in the order of its parts.
    pub(super) slots: Vec<u32>,
    /// Its JSON.
    pub(super) payload: Vec<u8>,
}

/// What stood in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Whole records, in order.
    pub(super) records: Vec<Whole>,
    /// Records of which only some parts are left: overwritten, or damaged.
    pub(super) partial: usize,
    /// Every record before this order was recorded, or shed, when a later one was written.
    pub(super) settled: u64,
    /// The highest order seen, whole or not.
    pub(super) last_order: u64,
}

/// A record's JSON, going out.
#[derive(Serialize)]
struct PayloadOut<'a> {
    log: &'a LogId,
    stamped: &'a Stamped,
}

/// A record's JSON, coming in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayloadIn {
    log: LogId,
    stamped: Stamped,
}

/// The JSON of a record.
pub(super) fn to_payload(log: &LogId, stamped: &Stamped) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&PayloadOut { log, stamped })
}

/// A record's JSON read back: none where this release does not understand it.
pub(super) fn from_payload(whole: &Whole) -> Option<(LogId, Stamped)> {
    let read: PayloadIn = serde_json::from_slice(&whole.payload).ok()?;
    let fits = read.stamped.id == whole.head.id
        && Lane::of(read.stamped.fact.class()) == Some(whole.head.lane);
    fits.then_some((read.log, read.stamped))
}

/// How many slots a payload takes.
pub(super) fn slots_for(length: usize) -> usize {
    length.div_ceil(PART_BYTES)
}

/// Where a slot begins in the file.
pub(super) fn offset_of(slot: u32) -> u64 {
    HEADER_BYTES as u64 + u64::from(slot) * SLOT_BYTES as u64
}

fn short(hash: Sha256) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&hash.finalize()[..16]);
    out
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

impl Key {
    /// The key of a file with this nonce.
    pub(super) fn new(nonce: [u8; NONCE_BYTES]) -> Self {
        let hash = Sha256::new()
            .chain_update(b"lockstep spool slot\0")
            .chain_update(nonce);
        Self {
            nonce,
            magic: array(&short(hash), 0),
        }
    }

    /// The header of a file of `size` bytes with this key.
    pub(super) fn header(&self, size: u64) -> Vec<u8> {
        let mut out = vec![0; HEADER_BYTES];
        out[..16].copy_from_slice(NAME);
        out[16..20].copy_from_slice(&VERSION.to_le_bytes());
        out[20..24].copy_from_slice(&(SLOT_BYTES as u32).to_le_bytes());
        out[24..32].copy_from_slice(&size.to_le_bytes());
        out[32..48].copy_from_slice(&self.nonce);
        let sum = short(Sha256::new().chain_update(&out[..48]));
        out[48..64].copy_from_slice(&sum);
        out
    }

    /// Reads a header: the key, and the size that the file was made with.
    pub(super) fn read_header(bytes: &[u8]) -> Result<(Self, u64), HeaderError> {
        if bytes.len() < HEADER_BYTES || &bytes[..16] != NAME {
            return Err(HeaderError::Unknown);
        }
        let version = u32::from_le_bytes(array(bytes, 16));
        if version != VERSION {
            return Err(HeaderError::Version(version));
        }
        let sum = short(Sha256::new().chain_update(&bytes[..48]));
        if sum != array(bytes, 48) || array(bytes, 20) != (SLOT_BYTES as u32).to_le_bytes() {
            return Err(HeaderError::Unknown);
        }
        Ok((
            Self::new(array(bytes, 32)),
            u64::from_le_bytes(array(bytes, 24)),
        ))
    }

    /// One slot as it stands in the file. `part` must be a part of the payload.
    pub(super) fn slot(
        &self,
        slot: u32,
        head: &Head,
        settled: u64,
        part: usize,
        payload: &[u8],
    ) -> [u8; SLOT_BYTES] {
        let from = part * PART_BYTES;
        let text = &payload[from..payload.len().min(from + PART_BYTES)];
        let mut out = [0; SLOT_BYTES];
        out[..8].copy_from_slice(&self.magic);
        out[8..16].copy_from_slice(&head.order.to_le_bytes());
        out[16..24].copy_from_slice(&settled.to_le_bytes());
        out[24..40].copy_from_slice(head.id.0.as_bytes());
        out[40..44].copy_from_slice(&head.length.to_le_bytes());
        // RECORD_MAX keeps a part's number far below 65,536.
        out[44..46].copy_from_slice(&(part as u16).to_le_bytes());
        out[46] = head.lane.byte();
        out[64..64 + text.len()].copy_from_slice(text);
        let sum = self.checksum(slot, &out);
        out[48..64].copy_from_slice(&sum);
        out
    }

    fn checksum(&self, slot: u32, bytes: &[u8]) -> [u8; 16] {
        short(
            Sha256::new()
                .chain_update(self.nonce)
                .chain_update(slot.to_le_bytes())
                .chain_update(&bytes[..48])
                .chain_update(&bytes[64..]),
        )
    }

    /// What a slot holds: its head, `settled` and part; none where it holds nothing of ours.
    fn read_slot(&self, slot: u32, bytes: &[u8]) -> Option<(Head, u64, u16)> {
        if array(bytes, 0) != self.magic || array(bytes, 48) != self.checksum(slot, bytes) {
            return None;
        }
        let head = Head {
            order: u64::from_le_bytes(array(bytes, 8)),
            id: FactId(Uuid::from_bytes(array(bytes, 24))),
            length: u32::from_le_bytes(array(bytes, 40)),
            lane: Lane::from_byte(bytes[46])?,
        };
        let part = u16::from_le_bytes(array(bytes, 44));
        let length = head.length as usize;
        let sane = length <= RECORD_MAX && usize::from(part) < slots_for(length);
        sane.then_some((head, u64::from_le_bytes(array(bytes, 16)), part))
    }

    /// Reads every slot of a file's contents, header included. Any bytes will do: what is not
    /// a whole record is left out.
    pub(super) fn scan(&self, contents: &[u8]) -> Scan {
        let slots = contents.get(HEADER_BYTES..).unwrap_or_default();
        let slots: Vec<&[u8]> = slots.chunks_exact(SLOT_BYTES).collect();
        let mut found: BTreeMap<Head, BTreeMap<u16, u32>> = BTreeMap::new();
        let mut scan = Scan::default();
        for (slot, bytes) in (0..).zip(&slots) {
            if let Some((head, settled, part)) = self.read_slot(slot, bytes) {
                scan.settled = scan.settled.max(settled);
                scan.last_order = scan.last_order.max(head.order);
                found.entry(head).or_default().insert(part, slot);
            }
        }
        for (head, parts) in found {
            if parts.len() < slots_for(head.length as usize) {
                scan.partial += 1;
                continue;
            }
            let standing: Vec<u32> = parts.into_values().collect();
            let mut payload = Vec::with_capacity(standing.len() * PART_BYTES);
            for slot in &standing {
                payload.extend_from_slice(&slots[*slot as usize][SLOT_BYTES - PART_BYTES..]);
            }
            payload.truncate(head.length as usize);
            scan.records.push(Whole {
                head,
                slots: standing,
                payload,
            });
        }
        scan
    }
}
