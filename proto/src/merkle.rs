//! The Merkle log of RFC 6962: hashes, the frontier that a database keeps, proofs and their verification.
//!
//! This module owns how entries become one root (T2). It never looks inside an entry, signs nothing, and
//! knows of no campus. A leaf's index is its entry's `seq - 1`. Every function takes hostile input without a panic.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// No path is longer: a tree of 2^64 leaves is 64 levels deep.
pub const MAX_PATH: usize = 64;

/// No log is longer: a seq must survive a JavaScript number.
pub const MAX_SIZE: u64 = 1 << 53;

/// A SHA-256 hash; lowercase hex in JSON and in print.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "String", extend("pattern" = crate::schema::HASH))
)]
pub struct Hash(pub [u8; 32]);

/// Why text is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 lowercase hex digits, or 44 characters of base64")]
pub struct BadHash;

impl Hash {
    /// Standard padded base64, as checkpoints and proofs carry hashes.
    #[must_use]
    pub fn to_base64(self) -> String {
        BASE64.encode(self.0)
    }

    /// Reads what [`Hash::to_base64`] wrote, and no other spelling of it.
    ///
    /// # Errors
    /// When the text is not canonical base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, BadHash> {
        let bytes = BASE64.decode(text).map_err(|_| BadHash)?;
        Ok(Self(bytes.try_into().map_err(|_| BadHash)?))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        let mut bytes = [0; 32];
        decode_hex(text, &mut bytes).ok_or(BadHash)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// Fills `out` from exactly as many lowercase hex digits as it needs: one spelling, so that text can be compared.
pub(crate) fn decode_hex(text: &str, out: &mut [u8]) -> Option<()> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != out.len() || !rest.is_empty() {
        return None;
    }
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(())
}

/// The hash of one leaf: `SHA-256(0x00 || bytes)`.
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([0])
            .chain_update(bytes)
            .finalize()
            .into(),
    )
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`.
#[must_use]
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    let hasher = Sha256::new()
        .chain_update([1])
        .chain_update(left.0)
        .chain_update(right.0);
    Hash(hasher.finalize().into())
}

/// The root of the empty log: `SHA-256("")`.
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// The roots of the perfect subtrees of a log, widest first: all that appending and signing need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One hash per set bit of `size`, the highest bit first.
    peaks: Vec<Hash>,
}

/// Why bytes are not a frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFrontier {
    /// The size claims more entries than a log may have.
    #[error("a frontier holds at most 2^53 entries")]
    TooLarge,
    /// The size and the number of hashes do not belong together.
    #[error("a frontier is 8 bytes of size and one hash per set bit of it")]
    Length,
}

impl Frontier {
    /// The frontier of the empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one leaf, given its [`leaf_hash`].
    pub fn push(&mut self, leaf: Hash) {
        // Adding one carries through the trailing ones of the size; each carry joins two equal subtrees.
        let mut joined = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                joined = node_hash(left, joined);
            }
        }
        self.peaks.push(joined);
        self.size += 1;
    }

    /// How many leaves the log has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Merkle tree hash over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let narrow_first = self.peaks.iter().rev().copied();
        narrow_first
            .reduce(|right, left| node_hash(left, right))
            .unwrap_or_else(empty_root)
    }

    /// The size as eight big-endian bytes, then the hashes, widest subtree first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.peaks.iter().flat_map(|peak| peak.0));
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote. Whether the hashes are right shows only against a signed head.
    ///
    /// # Errors
    /// When the length does not fit the size, or the size is beyond [`MAX_SIZE`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFrontier> {
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or(BadFrontier::Length)?;
        let size = u64::from_be_bytes(*size);
        if size > MAX_SIZE {
            return Err(BadFrontier::TooLarge);
        }
        let (hashes, rest) = hashes.as_chunks::<32>();
        if !rest.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(BadFrontier::Length);
        }
        let peaks = hashes.iter().copied().map(Hash).collect();
        Ok(Self { size, peaks })
    }
}

/// Why a proof cannot be made, or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index or a size lies outside the log.
    #[error("the index or size lies outside the log")]
    OutOfRange,
    /// The path has more or fewer hashes than the sizes call for.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The path leads to another root.
    #[error("the proof leads to another root")]
    Mismatch,
}

/// The root over these leaves.
#[must_use]
pub fn root(leaf_hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaf_hashes.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}

/// Where RFC 6962 splits a tree: the largest power of two below `len`, which must be at least 2.
fn split_point(len: usize) -> usize {
    1 << (len - 1).ilog2()
}

/// The audit path of leaf `index` in the tree over the first `size` leaves, the leaf's sibling first.
///
/// # Errors
/// [`ProofError::OutOfRange`] when there is no such leaf or no such tree.
pub fn inclusion_proof(
    leaf_hashes: &[Hash],
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, ProofError> {
    let mut tree = first(leaf_hashes, size)?;
    let mut index = usize::try_from(index).map_err(|_| ProofError::OutOfRange)?;
    if index >= tree.len() {
        return Err(ProofError::OutOfRange);
    }
    let mut path = Vec::new();
    while tree.len() > 1 {
        let (left, right) = tree.split_at(split_point(tree.len()));
        if index < left.len() {
            path.push(root(right));
            tree = left;
        } else {
            path.push(root(left));
            index -= left.len();
            tree = right;
        }
    }
    // Walked from the root down; a path is read from the leaf up.
    path.reverse();
    Ok(path)
}

/// The proof that the log of `old` leaves is a prefix of the log of `new` leaves.
///
/// # Errors
/// [`ProofError::OutOfRange`] when `old > new` or there are not that many leaves.
pub fn consistency_proof(
    leaf_hashes: &[Hash],
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, ProofError> {
    let mut tree = first(leaf_hashes, new)?;
    let mut old = first(tree, old)?.len();
    let mut path = Vec::new();
    if old == 0 || old == tree.len() {
        return Ok(path);
    }
    // The verifier knows the old root, so it is named only once the walk has gone right of it.
    let mut is_old_root = true;
    while old < tree.len() {
        let (left, right) = tree.split_at(split_point(tree.len()));
        if old <= left.len() {
            path.push(root(right));
            tree = left;
        } else {
            path.push(root(left));
            old -= left.len();
            tree = right;
            is_old_root = false;
        }
    }
    if !is_old_root {
        path.push(root(tree));
    }
    path.reverse();
    Ok(path)
}

fn first(leaf_hashes: &[Hash], size: u64) -> Result<&[Hash], ProofError> {
    usize::try_from(size)
        .ok()
        .and_then(|size| leaf_hashes.get(..size))
        .ok_or(ProofError::OutOfRange)
}

/// Checks that `leaf` stands at `index` in the log of `size` leaves with this root (RFC 9162, 2.1.3.2).
///
/// # Errors
/// Says whether the index, the path's length or its hashes are wrong.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange);
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(*sibling, hash);
            skip_lone_levels(&mut node, &mut last);
        } else {
            hash = node_hash(hash, *sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    settle(last == 0, hash == root)
}

/// Checks that the log of `old_size` leaves is a prefix of the log of `new_size` leaves (RFC 9162, 2.1.4.2).
///
/// # Errors
/// Says whether the sizes, the path's length or its hashes are wrong.
pub fn verify_consistency(
    old_size: u64,
    new_size: u64,
    old_root: Hash,
    new_root: Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::OutOfRange);
    }
    if old_size == 0 {
        return settle(path.is_empty(), old_root == empty_root());
    }
    if old_size == new_size {
        return settle(path.is_empty(), old_root == new_root);
    }
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    let shift = node.trailing_ones();
    node >>= shift;
    last >>= shift;
    // An old log that is a perfect subtree is its own first hash, and the path leaves it out.
    let (start, rest) = if old_size.is_power_of_two() {
        (old_root, path)
    } else {
        let (start, rest) = path.split_first().ok_or(ProofError::Length)?;
        (*start, rest)
    };
    let (mut old, mut new) = (start, start);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            old = node_hash(*sibling, old);
            new = node_hash(*sibling, new);
            skip_lone_levels(&mut node, &mut last);
        } else {
            new = node_hash(new, *sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    settle(last == 0, old == old_root && new == new_root)
}

/// A rightmost node with no sibling is carried up unhashed; the path has nothing for such levels.
fn skip_lone_levels(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

fn settle(length_fits: bool, root_fits: bool) -> Result<(), ProofError> {
    match (length_fits, root_fits) {
        (true, true) => Ok(()),
        (true, false) => Err(ProofError::Mismatch),
        (false, _) => Err(ProofError::Length),
    }
}
