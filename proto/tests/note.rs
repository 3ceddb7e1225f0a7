//! Signed heads and proofs: what is accepted, what is refused, and that nothing hostile panics.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lockstep_proto::merkle::{Hash, inclusion_proof, leaf_hash, root};
use lockstep_proto::note::{
    Checkpoint, MAX_SIGNATURES, NoteError, Origin, SignedHead, SigningKey, TlogProof, VerifierKey,
};
use proptest::prelude::*;

fn key(district: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(district, &[seed; 32]).unwrap()
}

fn head(district: &str) -> Checkpoint {
    Checkpoint {
        origin: Origin::new(district, "north-high", 2).unwrap(),
        size: 17,
        root: leaf_hash(b"anything"),
    }
}

/// The note with the signature lines of all of these, in order.
fn with_signatures(notes: &[&SignedHead]) -> SignedHead {
    let mut text = notes[0].to_string();
    for note in &notes[1..] {
        text.push_str(note.as_str().split_once("\n\n").unwrap().1);
    }
    text.parse().unwrap()
}

#[test]
fn the_example_of_the_signed_note_specification_verifies_as_a_key() {
    // Go's documentation uses this key; its id is 0xc74f20a3.
    let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let key: VerifierKey = vkey.parse().unwrap();
    assert_eq!(key.to_string(), vkey);
    assert_eq!(key.id(), [0xc7, 0x4f, 0x20, 0xa3]);
    for wrong in [
        vkey.replace("c74f", "c75f"),
        vkey.replace("+AR", "+AB"),
        vkey.replace("Peter", "P "),
    ] {
        assert_eq!(wrong.parse::<VerifierKey>(), Err(NoteError::BadKey));
    }
}

#[test]
fn keys_survive_their_text_and_der() {
    let key = key("oak", 7);
    let again = SigningKey::from_pkcs8("oak", &key.to_pkcs8().unwrap()).unwrap();
    assert_eq!(again.verifier(), key.verifier());
    assert_eq!(key.to_seed(), Ok([7; 32]));
    assert_eq!(key.verifier().unwrap().name(), "lockstep/oak");
    assert_eq!(format!("{key:?}"), r#"SigningKey { district: "oak", .. }"#);
    assert!(SigningKey::from_pkcs8("oak", b"no").is_err());
}

#[test]
fn an_origin_has_one_spelling() {
    let origin = Origin::new("oak", Origin::DISTRICT, 3).unwrap();
    assert_eq!(origin.to_string(), "lockstep/oak/_district/epoch-3");
    assert_eq!("lockstep/oak/_district/epoch-3".parse(), Ok(origin));
    for wrong in [
        "",
        "lockstep/oak/x",
        "lockstep/oak/x/epoch-0",
        "lockstep/oak/x/epoch-03",
        "lockstep/oak/x/epoch-+3",
        "lockstep/o k/x/epoch-3",
        "lockstep//x/epoch-3",
        "lockstep/oak/x/y/epoch-3",
        "elsewhere/oak/x/epoch-3",
    ] {
        assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
    }
}

#[test]
fn a_head_verifies_and_survives_its_text() {
    let key = key("oak", 1);
    let signed = key.sign(&head("oak")).unwrap();
    let read: SignedHead = signed.to_string().parse().unwrap();
    assert_eq!(read, signed);
    assert_eq!(read.verify(&[key.verifier().unwrap()]), Ok(&head("oak")));
    let json = serde_json::to_string(&signed).unwrap();
    assert_eq!(serde_json::from_str::<SignedHead>(&json).unwrap(), signed);
}

#[test]
fn unknown_keys_are_passed_over_and_a_failing_known_key_rejects() {
    let (known, unknown) = (key("oak", 1), key("oak", 2));
    let keys = [known.verifier().unwrap()];
    let ours = known.sign(&head("oak")).unwrap();
    let theirs = unknown.sign(&head("oak")).unwrap();
    assert_eq!(theirs.verify(&keys), Err(NoteError::Unsigned));
    assert!(with_signatures(&[&theirs, &ours]).verify(&keys).is_ok());

    let other_head = Checkpoint {
        size: 18,
        ..head("oak")
    };
    let forged = with_signatures(&[&ours, &known.sign(&other_head).unwrap()]);
    assert_eq!(forged.verify(&keys), Err(NoteError::BadSignature));
}

#[test]
fn no_district_speaks_for_another() {
    let (oak, elm) = (key("oak", 1), key("elm", 2));
    assert_eq!(elm.sign(&head("oak")), Err(NoteError::WrongDistrict));
    // Elm's key over oak's text, made by hand: the signature holds, and vouches for nothing.
    let text = head("oak").to_string();
    let pair = Ed25519KeyPair::from_seed_unchecked(&[2; 32]).unwrap();
    let elms = elm.verifier().unwrap();
    let blob = [&elms.id()[..], pair.sign(text.as_bytes()).as_ref()].concat();
    let line = format!("\u{2014} lockstep/elm {}\n", BASE64.encode(blob));
    let signed: SignedHead = format!("{text}\n{line}").parse().unwrap();
    let keys = [oak.verifier().unwrap(), elms];
    assert_eq!(signed.verify(&keys), Err(NoteError::Unsigned));
    let both = format!("{}{line}", oak.sign(&head("oak")).unwrap());
    assert!(both.parse::<SignedHead>().unwrap().verify(&keys).is_ok());
    assert!(Origin::new("oak/elm", "north", 1).is_err());
}

#[test]
fn oversized_notes_and_proofs_are_refused() {
    let (_, proof, _) = sample(3, None);
    let note = proof.checkpoint.to_string();
    let padded = |count| format!("{note}\u{2014} witness {}\n", "A".repeat(count));
    assert!(padded(60_000).parse::<SignedHead>().is_ok());
    assert!(padded(70_000).parse::<SignedHead>().is_err());

    let long = |length| TlogProof {
        path: vec![leaf_hash(b""); length],
        ..proof.clone()
    };
    assert!(long(64).to_string().parse::<TlogProof>().is_ok());
    assert!(long(65).to_string().parse::<TlogProof>().is_err());
    let heavy = TlogProof {
        extra: Some(vec![0; 200_000]),
        ..proof
    };
    assert!(heavy.to_string().parse::<TlogProof>().is_err());
}

#[test]
fn sixteen_signatures_are_read_and_no_more() {
    let signed: Vec<_> = (0..=16)
        .map(|seed| key("oak", seed).sign(&head("oak")).unwrap())
        .collect();
    let sixteen = with_signatures(&signed[..MAX_SIGNATURES].iter().collect::<Vec<_>>());
    assert!(
        sixteen
            .verify(&[key("oak", 15).verifier().unwrap()])
            .is_ok()
    );
    let line = signed[16].as_str().split_once("\n\n").unwrap().1;
    assert!(format!("{sixteen}{line}").parse::<SignedHead>().is_err());
}

#[test]
fn malformed_notes_are_refused() {
    let good = key("oak", 1).sign(&head("oak")).unwrap().to_string();
    let bad = [
        good.replace("17", "017"),
        good.replace("17", "+17"),
        good.replace("\n\n", "\nextension\n\n"),
        good.replace("\n\n", "\n"),
        good.replace('\u{2014}', "-"),
        good.replace("17", "1\t7"),
        good.replace("\u{2014} lock", "\u{2014} lo\u{1}ck"),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}{}", "x".repeat(70_000)),
    ];
    for note in bad {
        assert!(note.parse::<SignedHead>().is_err(), "{note:?}");
    }
}

fn sample(index: usize, extra: Option<Vec<u8>>) -> (Vec<Vec<u8>>, TlogProof, [VerifierKey; 1]) {
    let leaves: Vec<Vec<u8>> = (0..11_u8).map(|n| vec![n; 3]).collect();
    let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    let head = Checkpoint {
        size: 11,
        root: root(&hashes),
        ..head("oak")
    };
    let proof = TlogProof {
        extra,
        index: index as u64,
        path: inclusion_proof(&hashes, index as u64, 11).unwrap(),
        checkpoint: key("oak", 1).sign(&head).unwrap(),
    };
    (leaves, proof, [key("oak", 1).verifier().unwrap()])
}

#[test]
fn s6_a_proof_holds_for_its_entry_alone() {
    for index in 0..11 {
        let (leaves, proof, keys) = sample(index, None);
        for (at, leaf) in leaves.iter().enumerate() {
            assert_eq!(proof.verify(leaf, &keys).is_ok(), at == index);
        }
        assert_eq!(proof.verify(&leaves[index], &[]), Err(NoteError::Unsigned));
    }
}

proptest! {
    #[test]
    fn a_proof_survives_its_text(index in 0_usize..11, extra: Option<Vec<u8>>) {
        let (_, proof, _) = sample(index, extra);
        prop_assert_eq!(proof.to_string().parse(), Ok(proof));
    }

    #[test]
    fn a_changed_byte_of_a_proof_is_found(index in 0_usize..11, at: prop::sample::Index, byte: u8) {
        let (leaves, proof, keys) = sample(index, None);
        let mut bytes = proof.to_string().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let read = String::from_utf8(bytes).ok().and_then(|text| text.parse::<TlogProof>().ok());
        prop_assert!(read.is_none_or(|proof| proof.verify(&leaves[index], &keys).is_err()));
    }

    #[test]
    fn hostile_text_never_panics(text in "(\\PC|\n){0,300}", tail in ".{0,40}") {
        let _ = text.parse::<SignedHead>();
        let _ = text.parse::<VerifierKey>();
        let _ = format!("c2sp.org/tlog-proof@v1\nindex {tail}\n\n{text}").parse::<TlogProof>();
        let _ = format!("lockstep/{tail}").parse::<Origin>();
    }
}

/// A log with an all clear in it, and the proof that it stands there.
fn all_clear_proof() -> (String, VerifierKey) {
    use lockstep_proto::directory::{Certification, Date};
    use lockstep_proto::fact::{Author, Fact, Stamped};
    use lockstep_proto::id::{CampusId, DistrictId, FactId, PersonId, Principal};
    use lockstep_proto::timeline::{Entry, LogId, seal};
    let at = lockstep_proto::Timestamp::constant(1_772_460_000, 0);
    let entry = Entry {
        v: 1,
        log: LogId::campus(
            DistrictId::new("oak").unwrap(),
            CampusId::new("north").unwrap(),
        ),
        epoch: 1,
        seq: 3,
        recorded: at,
        clock_in_doubt: false,
        stamped: Stamped {
            id: FactId(uuid::Uuid::from_u128(3)),
            at,
            claimed_at: None,
            by: Author {
                principal: Principal::Person(PersonId::new("sam").unwrap()),
                name: "Sam Cole".to_owned(),
                role: lockstep_proto::role::Role::Sro,
                credential: None,
            },
            origin: None,
            fact: Fact::AllClearGiven {
                lifts: vec![FactId(uuid::Uuid::from_u128(1))],
                seen: "1.2".parse().unwrap(),
                incident: 1,
                certification: Certification {
                    on_scene: None,
                    agency: "North PD".to_owned(),
                    badge: "17".to_owned(),
                    kind: None,
                    number: "LE-1".to_owned(),
                    full_time: true,
                    valid_until: Date::constant(2026, 12, 31),
                },
                marks: Vec::new(),
                override_reason: None,
            },
        },
    };
    let bytes = seal(&entry, &mut || unreachable!("it has no words"))
        .unwrap()
        .canonical
        .into_bytes();
    let leaves = [
        leaf_hash(b"1"),
        leaf_hash(b"2"),
        leaf_hash(&bytes),
        leaf_hash(b"4"),
        leaf_hash(b"5"),
    ];
    let head = Checkpoint {
        origin: Origin::new("oak", "north", 1).unwrap(),
        size: 5,
        root: root(&leaves),
    };
    let proof = TlogProof {
        extra: Some(bytes),
        index: 2,
        path: inclusion_proof(&leaves, 2, 5).unwrap(),
        checkpoint: key("oak", 1).sign(&head).unwrap(),
    };
    (proof.to_string(), key("oak", 1).verifier().unwrap())
}

#[test]
fn s6_anybody_can_check_offline_which_officer_gave_the_all_clear_of_which_incident() {
    let (text, trusted) = all_clear_proof();
    let proof: TlogProof = text.parse().unwrap();
    let entry = proof.entry(std::slice::from_ref(&trusted)).unwrap();
    assert_eq!(entry.stamped.by.principal.to_string(), "person:sam");
    let lockstep_proto::fact::Fact::AllClearGiven { incident, .. } = entry.stamped.fact else {
        panic!("not an all clear");
    };
    assert_eq!(incident, 1);
    // Another district's key vouches for nothing here, and no key for nothing at all.
    let other = key("elm", 1).verifier().unwrap();
    assert_eq!(proof.entry(&[other]), Err(NoteError::Unsigned));
    assert_eq!(proof.entry(&[]), Err(NoteError::Unsigned));
    // Without the entry in it there is nothing to say.
    let bare = TlogProof {
        extra: None,
        ..proof
    };
    assert!(bare.entry(&[trusted]).is_err());
}

#[test]
fn s6_a_flipped_bit_anywhere_in_the_proof_is_refused() {
    let (text, trusted) = all_clear_proof();
    let trusted = [trusted];
    let mut accepted = Vec::new();
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(flipped) = String::from_utf8(bytes) else {
                continue;
            };
            if let Ok(proof) = flipped.parse::<TlogProof>()
                && proof.entry(&trusted).is_ok()
            {
                accepted.push((at, bit));
            }
        }
    }
    assert_eq!(accepted, [], "of {} bytes", text.len());
}

#[test]
fn s6_a_true_entry_under_another_place_is_refused() {
    let (text, trusted) = all_clear_proof();
    let proof: TlogProof = text.parse().unwrap();
    for index in [0, 1, 3, 4] {
        let moved = TlogProof {
            index,
            ..proof.clone()
        };
        assert!(moved.entry(std::slice::from_ref(&trusted)).is_err());
    }
}
