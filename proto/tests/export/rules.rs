//! One test for each thing that a check tells apart.

use lockstep_proto::export::{
    Detail, DetailCounts, Export, ExportedEntry, Finding, Loss, Salt, Verdict, canonical, check,
    seal_text,
};
use serde_json::json;

use crate::sample::*;

#[test]
fn t2_an_honest_export_is_whole_and_survives_its_json() {
    let export = sample(12);
    let read: Export = serde_json::from_str(&serde_json::to_string(&export).unwrap()).unwrap();
    assert_eq!(read, export);
    let report = checked(&read);
    assert_eq!(report.verdict, Verdict::Whole);
    assert_eq!(
        (report.entries, report.vouched, report.details.shown),
        (12, 12, 12)
    );
}

#[test]
fn t2_an_empty_log_is_whole_under_its_own_head_only() {
    assert_eq!(
        checked(&export(vec![], &[head(&[], 1)])).verdict,
        Verdict::Whole
    );
    assert_eq!(findings(&checked(&export(vec![], &[]))), [Finding::NoHead]);
    let emptied = checked(&export(vec![], &[head(&log(3), 1)]));
    assert_eq!(
        findings(&emptied),
        [Finding::CutOff {
            epoch: 1,
            size: 3,
            kept: 0
        }]
    );
}

#[test]
fn t2_invariant_11_cutting_the_end_off_shows_against_a_remembered_head() {
    let entries = log(12);
    let cut = export(entries[..5].to_vec(), &[head(&entries[..5], 1)]);
    assert_eq!(
        checked(&cut).verdict,
        Verdict::Whole,
        "nobody kept a later head"
    );
    let report = check(&cut, &keys(), &[head(&entries, 1)]);
    assert_eq!(
        findings(&report),
        [Finding::CutOff {
            epoch: 1,
            size: 12,
            kept: 5
        }]
    );
    insta::assert_snapshot!(findings(&report)[0], @"A head signed in epoch 1 counts 12 entries; 5 are here, and no signed entry declares the rest lost.");
}

#[test]
fn t2_a_change_is_narrowed_down_by_the_heads_around_it() {
    let mut export = sample(12);
    export.entries[7] = annotated(8, 1, "another story");
    let report = checked(&export);
    assert_eq!(
        findings(&report)[0],
        Finding::Changed {
            epoch: 1,
            size: 12,
            proven: 5
        }
    );
    insta::assert_snapshot!(findings(&report)[0], @"The first 12 entries are not those signed in epoch 1: something in entries 6 to 12 was changed, added or removed.");
}

#[test]
fn t2_two_signed_histories_are_a_fork() {
    let (ours, mut theirs) = (log(6), log(5));
    theirs.push(annotated(6, 1, "another story"));
    let report = check(
        &export(ours.clone(), &[head(&ours, 1)]),
        &keys(),
        &[head(&theirs, 1)],
    );
    assert!(findings(&report).contains(&Finding::Fork { epoch: 1, size: 6 }));
}

#[test]
fn t2_a_declared_loss_is_not_tampering() {
    let (entries, before) = lost_tail();
    let seen = [before, head(&log(9), 1), head(&log(4), 1)];
    let report = check(
        &export(entries.clone(), &[head(&entries, 2)]),
        &keys(),
        &seen,
    );
    assert_eq!(report.verdict, Verdict::TailLost { at_seq: 8 });
    assert_eq!(report.verdict.to_string(), "tail lost at seq 8 (declared)");
    insta::assert_snapshot!(report.losses[0], @"Entries 8 to 10, as first written in epoch 1, were lost; a later signed entry declares it.");
}

#[test]
fn t2_a_head_beyond_the_declared_one_is_tampering() {
    let (entries, _) = lost_tail();
    let report = check(
        &export(entries.clone(), &[head(&entries, 2)]),
        &keys(),
        &[head(&log(11), 1)],
    );
    assert_eq!(
        findings(&report),
        [Finding::CutOff {
            epoch: 1,
            size: 11,
            kept: 7
        }]
    );
}

#[test]
fn t2_a_new_epoch_that_lost_nothing_is_whole() {
    let mut entries = log(4);
    entries.push(opened(5, 2, Some(&head(&log(4), 1))));
    let whole = export(entries.clone(), &[head(&entries, 2)]);
    assert_eq!(checked(&whole).verdict, Verdict::Whole);
}

#[test]
fn t2_an_opening_may_know_no_head_but_must_not_name_nonsense() {
    let whole_after = |fact| {
        let mut entries = log(2);
        entries.push(entry(3, 2, fact));
        checked(&export(entries.clone(), &[head(&entries, 2)])).verdict == Verdict::Whole
    };
    assert!(whole_after(json!({"fact": "epoch_opened"})));
    assert!(whole_after(
        json!({"fact": "epoch_opened", "previous_head": null})
    ));
    assert!(!whole_after(
        json!({"fact": "epoch_opened", "previous_head": 7})
    ));
    assert!(!whole_after(
        json!({"fact": "epoch_opened", "previous_head": "x"})
    ));
    assert!(!whole_after(json!({"fact": "annotated"})));
}

#[test]
fn t2_a_second_loss_may_swallow_the_declaration_of_the_first() {
    let (second, first_head) = lost_tail();
    let second_head = head(&second, 2);
    let mut entries = log(5);
    entries.push(opened(6, 3, Some(&second_head)));
    let third = export(entries.clone(), &[head(&entries, 3)]);
    let report = check(&third, &keys(), &[first_head, head(&log(9), 1)]);
    assert_eq!(report.verdict, Verdict::TailLost { at_seq: 6 });
    let lost = |epoch, to_seq| Loss {
        epoch,
        from_seq: 6,
        to_seq,
    };
    assert_eq!(report.losses, [lost(1, 10), lost(2, 11)]);
}

#[test]
fn t2_a_declaration_that_is_still_there_is_held_to_its_word() {
    // Epoch 2 says that epoch 1 ended at ten. That epoch 3 was lost later excuses no eleventh entry of epoch 1.
    let mut entries = log(10);
    entries.push(opened(11, 2, Some(&head(&log(10), 1))));
    let mut third = entries.clone();
    third.push(opened(12, 3, Some(&head(&entries, 2))));
    grow(&mut third, 3, 4);
    entries.push(opened(12, 4, Some(&head(&third, 3))));
    let fourth = export(entries.clone(), &[head(&entries, 4)]);
    assert_eq!(checked(&fourth).verdict, Verdict::TailLost { at_seq: 12 });
    let report = check(&fourth, &keys(), &[head(&log(11), 1)]);
    assert_eq!(
        findings(&report),
        [Finding::CutOff {
            epoch: 1,
            size: 11,
            kept: 10
        }]
    );
}

#[test]
fn t2_an_epoch_cannot_declare_its_own_loss() {
    let mut entries = log(3);
    let own = head(&log(10), 2);
    entries.push(opened(4, 2, Some(&own)));
    let report = checked(&export(entries.clone(), &[head(&entries, 2)]));
    assert_eq!(
        findings(&report),
        [Finding::CutOff {
            epoch: 2,
            size: 10,
            kept: 4
        }]
    );
}

#[test]
fn t2_invariant_11_one_entry_cut_off_is_found() {
    let entries = log(6);
    let cut = export(
        entries[..5].to_vec(),
        &[head(&entries[..5], 1), head(&entries, 1)],
    );
    assert_eq!(
        findings(&checked(&cut)),
        [Finding::CutOff {
            epoch: 1,
            size: 6,
            kept: 5
        }]
    );
}

#[test]
fn t2_labels_are_checked_even_where_the_signature_holds() {
    let signed = |entries: Vec<ExportedEntry>| {
        let report = checked(&export(entries.clone(), &[head(&entries, 1)]));
        findings(&report).to_vec()
    };
    let gap = vec![annotated(1, 1, "a"), annotated(3, 1, "b")];
    assert_eq!(
        signed(gap),
        [Finding::Sequence {
            position: 2,
            seq: 3
        }]
    );
    for stated in [annotated(2, 1, "a"), annotated(1, 2, "a")] {
        let filed = ExportedEntry {
            seq: 1,
            epoch: 1,
            ..stated
        };
        assert_eq!(signed(vec![filed]), [Finding::Mislabelled { position: 1 }]);
    }
}

#[test]
fn t5_a_seal_never_changes_and_depends_on_its_salt() {
    let sealed = seal_text(SALT, "T\u{fc}r 4");
    assert_eq!(
        sealed.to_string(),
        "6289e18e6a10ac878ec22c227f95daac42da7379da3835f3cc2adae17280eb5c"
    );
    assert_ne!(seal_text(Salt([8; 16]), "T\u{fc}r 4"), sealed);
}

#[test]
fn t2_invariant_11_a_forged_opening_excuses_nothing() {
    // Whoever has every genuine head but no key cuts the log and "declares" it.
    let genuine = log(10);
    let newest = head(&genuine, 1);
    let mut forged = genuine[..5].to_vec();
    forged.push(opened(6, 2, Some(&newest)));
    let report = checked(&export(forged, &[head(&genuine[..5], 1), newest]));
    let cut = Finding::CutOff {
        epoch: 1,
        size: 10,
        kept: 5,
    };
    assert!(findings(&report).contains(&cut));
    assert!(findings(&report).contains(&Finding::NotVouched { from: 6, to: 6 }));
}

#[test]
fn t2_an_epoch_begins_by_saying_so_and_never_goes_back() {
    let mut entries = log(3);
    grow(&mut entries, 2, 1);
    grow(&mut entries, 1, 1);
    let report = checked(&export(entries.clone(), &[head(&entries, 2)]));
    assert_eq!(
        findings(&report),
        [
            Finding::EpochNotOpened {
                position: 4,
                epoch: 2
            },
            Finding::EpochDecreased {
                position: 5,
                epoch: 1
            },
        ]
    );
}

#[test]
fn t2_heads_of_strangers_and_of_other_campuses_are_findings() {
    let entries = log(3);
    let whole = export(entries.clone(), &[head(&entries, 1)]);
    assert!(matches!(
        findings(&check(&whole, &[], &[])),
        [Finding::BadHead { .. }, Finding::NoHead]
    ));
    let relabelled = Export {
        campus: "south".to_owned(),
        ..whole
    };
    assert!(matches!(
        findings(&checked(&relabelled))[0],
        Finding::ForeignHead { .. }
    ));
}

#[test]
fn t2_an_entry_out_of_canonical_form_is_found_even_if_signed() {
    for text in [
        r#"{"seq":1,"epoch":1}"#,
        r#"{"epoch":1,"seq":1,"x":1.5}"#,
        r#"{"epoch":1,"epoch":1,"seq":1}"#,
        "",
        "[[[[",
    ] {
        let entries = vec![ExportedEntry {
            seq: 1,
            epoch: 1,
            entry: text.to_owned(),
            details: vec![],
        }];
        let report = checked(&export(entries.clone(), &[head(&entries, 1)]));
        assert!(
            findings(&report).contains(&Finding::NotCanonical { position: 1 }),
            "{text}"
        );
    }
}

#[test]
fn t5_details_are_shown_withheld_removed_or_altered() {
    let mut export = sample(6);
    export.entries[1].details.clear();
    let order = Some("order 17 of 3 March".to_owned());
    let removed = Detail {
        salt: None,
        text: None,
        removed: order,
        ..export.entries[2].details[0].clone()
    };
    export.entries[2].details[0] = removed;
    let report = checked(&export);
    assert_eq!(
        report.verdict,
        Verdict::Whole,
        "the log stays whole without its texts"
    );
    assert_eq!(
        report.details,
        DetailCounts {
            shown: 4,
            withheld: 1,
            removed: 1,
            altered: 0
        }
    );

    export.entries[3].details[0].text = Some("something else".to_owned());
    let foreign = export.entries[5].details[0].clone();
    export.entries[4].details.push(foreign);
    let report = checked(&export);
    assert_eq!(report.details.altered, 1);
    assert!(matches!(
        findings(&report),
        [
            Finding::DetailAltered { position: 4, .. },
            Finding::DetailForeign { position: 5, .. },
        ]
    ));
}

#[test]
fn canonical_json_refuses_numbers_that_programs_read_differently() {
    let big = 1_i64 << 53;
    for wrong in [
        json!(0.5),
        json!(1e300),
        json!(big),
        json!(-big),
        json!(u64::MAX),
        json!([{"a": 1.0}]),
    ] {
        assert!(canonical(&wrong).is_err(), "{wrong}");
    }
    let value = json!({"b": [big - 1, 1 - big, null], "a": "\u{e9}\n"});
    let text = r#"{"a":"é\n","b":[9007199254740991,-9007199254740991,null]}"#;
    assert_eq!(canonical(&value).unwrap(), text);
}
