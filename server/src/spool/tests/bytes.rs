//! Whatever stands in the file, only whole records of this file come out of it.

use proptest::prelude::*;

use super::super::format::{HeaderError, Scan, from_payload, offset_of, slots_for, to_payload};
use super::super::{Lane, format::Head};
use super::*;

/// A file of records with the slots of each, every record of `lengths` bytes of text.
fn file_of(lengths: &[usize]) -> (Vec<u8>, Vec<Vec<u32>>) {
    let mut contents = key().header(0);
    let mut standing = Vec::new();
    let mut slot = 0;
    for (order, length) in (1..).zip(lengths) {
        let stamped = raise(order, &"x".repeat(*length));
        let payload = to_payload(&log(), &stamped).unwrap();
        let head = Head {
            order,
            id: stamped.id,
            length: u32::try_from(payload.len()).unwrap(),
            lane: Lane::Raise,
        };
        let mut slots = Vec::new();
        for part in 0..slots_for(payload.len()) {
            contents.extend(key().slot(slot, &head, 0, part, &payload));
            slots.push(slot);
            slot += 1;
        }
        standing.push(slots);
    }
    (contents, standing)
}

fn orders(scan: &Scan) -> Vec<u64> {
    let read = scan
        .records
        .iter()
        .filter(|whole| from_payload(whole).is_some());
    read.map(|whole| whole.head.order).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A garbled range costs the records that stand in it, and no other.
    #[test]
    fn every_other_whole_record_still_reads(
        lengths in prop::collection::vec(0_usize..3_000, 1..12),
        from in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 1..2_000),
    ) {
        let (mut contents, standing) = file_of(&lengths);
        let before = contents.clone();
        let from = HEADER_BYTES + from.index(contents.len() - HEADER_BYTES);
        for (at, byte) in noise.iter().enumerate() {
            if let Some(place) = contents.get_mut(from + at) {
                *place = *byte;
            }
        }
        let same = |slot: &u32| {
            let at = usize::try_from(offset_of(*slot)).unwrap();
            contents[at..at + SLOT_BYTES] == before[at..at + SLOT_BYTES]
        };
        let expected: Vec<u64> = (1..)
            .zip(&standing)
            .filter(|(_, slots)| slots.iter().all(same))
            .map(|(order, _)| order)
            .collect();
        prop_assert_eq!(orders(&key().scan(&contents)), expected);
    }

    /// A file cut off anywhere gives what is whole before the cut.
    #[test]
    fn a_cut_file_gives_what_is_whole(
        lengths in prop::collection::vec(0_usize..3_000, 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut contents, standing) = file_of(&lengths);
        contents.truncate(cut.index(contents.len()));
        let whole = |slots: &&Vec<u32>| {
            offset_of(slots[slots.len() - 1]) + SLOT_BYTES as u64 <= contents.len() as u64
        };
        let expected = standing.iter().take_while(whole).count() as u64;
        prop_assert_eq!(orders(&key().scan(&contents)), (1..=expected).collect::<Vec<_>>());
    }

    /// Any bytes at all are scanned without a panic, also where a slot has this file's own magic.
    #[test]
    fn noise_holds_nothing(mut noise in prop::collection::vec(any::<u8>(), 0..8_000), forge: bool) {
        let (genuine, _) = file_of(&[0]);
        if forge {
            for slot in noise.chunks_mut(SLOT_BYTES) {
                let length = slot.len().min(8);
                slot[..length].copy_from_slice(&genuine[HEADER_BYTES..HEADER_BYTES + length]);
            }
        }
        let mut contents = key().header(0);
        contents.extend(noise);
        prop_assert!(key().scan(&contents).records.is_empty());
        let _ = Key::read_header(&contents[..contents.len().min(100)]);
    }

    /// A garbled header is refused, never guessed at.
    #[test]
    fn a_garbled_header_is_refused(at in 0_usize..64, flip in 1_u8..) {
        let mut header = key().header(1 << 20);
        header[at] ^= flip;
        prop_assert!(Key::read_header(&header).is_err());
    }
}

#[test]
fn a_header_of_another_version_says_so() {
    let mut header = key().header(1 << 20);
    assert_eq!(Key::read_header(&header), Ok((key(), 1 << 20)));
    header[16] = 9;
    assert_eq!(Key::read_header(&header), Err(HeaderError::Version(9)));
}

/// A slot of this very file at another place, or of another file at this place, is nothing.
#[test]
fn copies_of_slots_are_no_records() {
    let (contents, _) = file_of(&[0, 0]);
    let first = &contents[HEADER_BYTES..HEADER_BYTES + SLOT_BYTES];
    let mut moved = key().header(0);
    moved.extend([0; SLOT_BYTES]);
    moved.extend(first);
    assert!(key().scan(&moved).records.is_empty());
    assert!(Key::new([9; 16]).scan(&contents).records.is_empty());
}

/// Somebody types what looks like slots, and their record makes way for shorter ones: its stale
/// slots begin with what they typed, and are not taken for records.
#[test]
fn hostile_text_is_never_a_record() {
    let (genuine, _) = file_of(&[0]);
    let copy: String = genuine[HEADER_BYTES..]
        .iter()
        .map(|byte| char::from(*byte))
        .collect();
    let stamped = raise(2, &copy.repeat(4));
    // Every shift, so that some copy begins where a slot does.
    for shift in 0..SLOT_BYTES {
        let mut payload = vec![b' '; shift];
        payload.extend(to_payload(&log(), &stamped).unwrap());
        let raw: Vec<u8> = (0..4)
            .flat_map(|_| genuine[HEADER_BYTES..].to_vec())
            .collect();
        payload.extend(raw);
        let head = Head {
            order: 2,
            id: stamped.id,
            length: u32::try_from(payload.len()).unwrap(),
            lane: Lane::Raise,
        };
        let mut contents = key().header(0);
        for part in 0..slots_for(payload.len()) {
            contents.extend(key().slot(u32::try_from(part).unwrap(), &head, 0, part, &payload));
        }
        // The first slot now holds something else.
        contents[HEADER_BYTES..HEADER_BYTES + SLOT_BYTES].fill(0);
        let scan = key().scan(&contents);
        assert!(scan.records.is_empty());
        assert_eq!(scan.partial, 1);
        // Without slot headers of their own, the bare text at slot boundaries is nothing either.
        let mut bare = key().header(0);
        bare.extend(&payload);
        bare.resize(bare.len().next_multiple_of(SLOT_BYTES), 0);
        assert!(key().scan(&bare).records.is_empty());
    }
}
