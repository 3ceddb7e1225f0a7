//! The Merkle log against RFC 6962's known roots, and against `ct-merkle` as an independent oracle.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use lockstep_proto::merkle::{
    BadFrontier, Frontier, Hash, MAX_SIZE, ProofError, consistency_proof, empty_root,
    inclusion_proof, leaf_hash, root, verify_consistency, verify_inclusion,
};
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::Sha256;

fn leaves() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 0..8), 1..130)
}

fn hashes(leaves: &[Vec<u8>]) -> Vec<Hash> {
    leaves.iter().map(|leaf| leaf_hash(leaf)).collect()
}

fn oracle(leaves: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    leaves.iter().for_each(|leaf| tree.push(leaf.clone()));
    tree
}

fn flat(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn rfc_6962_known_roots() {
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::new();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(frontier.root().to_string(), empty);
    for (leaf, root) in leaves.into_iter().zip(roots) {
        frontier.push(leaf_hash(leaf));
        assert_eq!(frontier.root().to_string(), root);
    }
}

#[test]
fn a_hash_has_one_spelling() {
    let hash = leaf_hash(b"x");
    let hex = hash.to_string();
    assert_eq!(hex.parse(), Ok(hash));
    assert!(hex.to_uppercase().parse::<Hash>().is_err());
    assert!(hex[1..].parse::<Hash>().is_err());
    assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
    assert!(Hash::from_base64(hash.to_base64().trim_end_matches('=')).is_err());
    let json = serde_json::to_string(&hash).unwrap();
    assert_eq!(json, format!("\"{hex}\""));
    assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
}

#[test]
fn the_empty_log_is_a_prefix_of_every_log_and_holds_nothing() {
    let log = hashes(&[vec![1], vec![2]]);
    assert_eq!(consistency_proof(&log, 0, 2), Ok(vec![]));
    assert_eq!(
        verify_consistency(0, 2, empty_root(), root(&log), &[]),
        Ok(())
    );
    let claimed = verify_consistency(0, 2, log[0], root(&log), &[]);
    assert_eq!(claimed, Err(ProofError::Mismatch));
    assert_eq!(inclusion_proof(&log, 0, 0), Err(ProofError::OutOfRange));
    assert_eq!(inclusion_proof(&log, 0, 3), Err(ProofError::OutOfRange));
    assert_eq!(consistency_proof(&log, 2, 1), Err(ProofError::OutOfRange));
}

#[test]
fn a_frontier_of_the_wrong_length_or_size_is_refused() {
    let with_size = |size: u64, hashes: usize| {
        Frontier::from_bytes(&[&size.to_be_bytes()[..], &vec![0; 32 * hashes]].concat())
    };
    assert!(with_size(MAX_SIZE, 1).is_ok());
    assert_eq!(with_size(MAX_SIZE + 1, 2), Err(BadFrontier::TooLarge));
    assert_eq!(with_size(5, 3), Err(BadFrontier::Length));
    assert_eq!(with_size(5, 1), Err(BadFrontier::Length));
    assert_eq!(Frontier::from_bytes(&[0; 7]), Err(BadFrontier::Length));
}

#[test]
fn an_index_beyond_the_log_is_out_of_range() {
    let leaf = leaf_hash(b"x");
    let claimed = verify_inclusion(leaf, 1, 1, &[], leaf);
    assert_eq!(claimed, Err(ProofError::OutOfRange));
}

proptest! {
    #[test]
    fn t2_roots_and_inclusion_agree_with_the_oracle(leaves in leaves(), pick: prop::sample::Index) {
        let (log, tree) = (hashes(&leaves), oracle(&leaves));
        let (size, index) = (log.len() as u64, pick.index(log.len()));
        let root = root(&log);
        let their_root = tree.root();
        prop_assert_eq!(&root.0[..], &their_root.as_bytes()[..]);

        let path = inclusion_proof(&log, index as u64, size).unwrap();
        let theirs = tree.prove_inclusion(index);
        prop_assert_eq!(&flat(&path)[..], theirs.as_bytes());
        prop_assert_eq!(verify_inclusion(log[index], index as u64, size, &path, root), Ok(()));

        let ours = InclusionProof::<Sha256>::try_from_bytes(flat(&path)).unwrap();
        let their_root = RootHash::<Sha256>::new(root.0.into(), size);
        prop_assert!(their_root.verify_inclusion(&leaves[index], index as u64, &ours).is_ok());
    }

    #[test]
    fn t2_consistency_agrees_with_the_oracle(leaves in leaves(), pick: prop::sample::Index) {
        let (log, tree) = (hashes(&leaves), oracle(&leaves));
        let old = pick.index(log.len()) + 1;
        let (old_root, new_root) = (root(&log[..old]), root(&log));
        let (old_size, new_size) = (old as u64, log.len() as u64);

        let path = consistency_proof(&log, old_size, new_size).unwrap();
        let theirs = tree.prove_consistency(log.len() - old);
        prop_assert_eq!(&flat(&path)[..], theirs.as_bytes());
        prop_assert_eq!(verify_consistency(old_size, new_size, old_root, new_root, &path), Ok(()));

        let wrong = leaf_hash(b"another log");
        let claim = |old, new| verify_consistency(old_size, new_size, old, new, &path);
        prop_assert_eq!(claim(wrong, new_root), Err(ProofError::Mismatch));
        prop_assert_eq!(claim(old_root, wrong), Err(ProofError::Mismatch));

        let ours = ConsistencyProof::<Sha256>::try_from_bytes(flat(&path)).unwrap();
        let old_tree = RootHash::<Sha256>::new(old_root.0.into(), old_size);
        prop_assert!(tree.root().verify_consistency(&old_tree, &ours).is_ok());
    }

    #[test]
    fn t2_a_proof_holds_for_one_place_only(
        leaves in leaves(),
        pick: prop::sample::Index,
        index in 0_u64..200,
        other in prop::option::of(0_u64..200),
        flip: Option<(prop::sample::Index, u8)>,
        extra: Option<[u8; 32]>,
    ) {
        let log = hashes(&leaves);
        let (true_index, true_size) = (pick.index(log.len()), log.len() as u64);
        // Half of them claim another place in this log, and not in another.
        let size = other.unwrap_or(true_size);
        let mut path = inclusion_proof(&log, true_index as u64, true_size).unwrap();
        let honest = path.clone();
        if let Some((at, bits)) = flip && !path.is_empty() {
            let at = at.index(path.len());
            path[at].0[usize::from(bits) % 32] ^= bits;
        }
        path.extend(extra.map(Hash));
        let held = verify_inclusion(log[true_index], index, size, &path, root(&log));
        let same = log.get(usize::try_from(index).unwrap()) == Some(&log[true_index]);
        // The size is not part of a root: a path may hold for another place in a log of another size,
        // if both places have the same shape above them. A signed head names its size with its root.
        if path != honest || (size == true_size && !same) {
            prop_assert!(held.is_err());
        }
    }

    #[test]
    fn a_frontier_survives_its_bytes(leaves in vec(any::<[u8; 4]>(), 0..80), more: [u8; 4]) {
        let mut frontier = Frontier::new();
        leaves.iter().for_each(|leaf| frontier.push(leaf_hash(leaf)));
        let bytes = frontier.to_bytes();
        let mut read = Frontier::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&read, &frontier);
        prop_assert!(Frontier::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        read.push(leaf_hash(&more));
        frontier.push(leaf_hash(&more));
        prop_assert_eq!(read.root(), frontier.root());
    }

    #[test]
    fn hostile_input_never_panics(
        bytes in vec(any::<u8>(), 0..2200),
        sizes: [u64; 2],
        path in vec(any::<[u8; 32]>(), 0..70),
        hash: [u8; 32],
    ) {
        if let Ok(mut frontier) = Frontier::from_bytes(&bytes) {
            frontier.push(Hash(hash));
        }
        let path: Vec<_> = path.into_iter().map(Hash).collect();
        let [a, b] = sizes;
        prop_assert!(verify_inclusion(Hash(hash), a, b, &path, Hash(hash)).is_err());
        prop_assert!(a == b || verify_consistency(a, b, Hash(hash), Hash(hash), &path).is_err());
    }
}
