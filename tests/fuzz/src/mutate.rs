//! Mutations of what a target begins with: the same for the same seed.

/// Numbers that are by chance (xorshift64*).
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// One below a bound, which is not nought.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound as u64)).unwrap_or(0)
    }
}

/// What breaks a reader of text: marks, ends of numbers, letters of more than one byte.
const ODD: &[&[u8]] = &[
    b"",
    b"0",
    b"-1",
    b"+18446744073709551615s",
    b"307445734561825860m",
    b"1e999",
    b"65536",
    b"4294967296",
    b"9007199254740993",
    b"18446744073709551615",
    b"99999999999999999999",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"\"",
    b"\\",
    b"\n",
    b"\r",
    b"\n\n",
    b"\0",
    b"\\u0007",
    b"\\ud800",
    b"\xff",
    b"\xef\xbb\xbf",
    "\u{2028}".as_bytes(),
    "é".as_bytes(),
    "\u{1f6a8}".as_bytes(),
    b",",
    b";",
    b":",
    b".",
    b"=",
    b" ",
    b"+",
    b"9999-12-31",
    b"-9999-01-01",
    b"23:59:60",
    b"sro",
    b"officer",
    b"administrator",
    b"person:",
    b"operator",
];

/// One mutation of one of them, or a mix of two.
#[must_use]
pub fn mutated(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(4) {
        let other = &seeds[dice.below(seeds.len())];
        mutate(dice, &mut bytes, other);
    }
    bytes
}

fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = dice.below(bytes.len() + 1);
    let end = (at + dice.below(24)).min(bytes.len());
    match dice.below(9) {
        0 => drop(bytes.drain(at..end)),
        1 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        2 => insert(bytes, at..at, ODD[dice.below(ODD.len())]),
        3 => insert(bytes, at..end, ODD[dice.below(ODD.len())]),
        4 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        5 => {
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(200)).min(other.len());
            insert(bytes, at..at, &other[from..to]);
        }
        6 => {
            let odd = ODD[dice.below(ODD.len())];
            word(dice, bytes, at, odd);
        }
        7 => lines(dice, bytes),
        _ => {
            let from = dice.below(other.len() + 1);
            let some = other[from..].to_vec();
            let start = from.min(some.len());
            word(dice, bytes, at, &some[start..(start + 12).min(some.len())]);
        }
    }
}

fn insert(bytes: &mut Vec<u8>, range: std::ops::Range<usize>, what: &[u8]) {
    bytes.splice(range, what.iter().copied());
}

/// A whole word, number or quoted text, in the place of the next one.
fn word(dice: &mut Dice, bytes: &mut Vec<u8>, at: usize, what: &[u8]) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.+".contains(byte);
    let Some(from) = bytes.iter().skip(at).position(is_word).map(|n| n + at) else {
        return;
    };
    let length = bytes[from..]
        .iter()
        .take_while(|byte| is_word(byte))
        .count();
    let to = if dice.below(4) == 0 {
        from
    } else {
        from + length
    };
    insert(bytes, from..to, what);
}

/// A line gone, twice, or in the place of another.
fn lines(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let (one, two) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(3) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(two, lines[one].clone()),
        _ => lines.swap(one, two),
    }
    *bytes = lines.join(&b'\n');
}
