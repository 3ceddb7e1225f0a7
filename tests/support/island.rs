//! A network of one's own, and the wire to it, which can be cut.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A network namespace with one wire to this one. Whoever lives there is reached by the wire, or
/// by a Unix socket, which no cut concerns. It ends with its owner. Takes root.
#[derive(Debug)]
pub struct Island {
    name: String,
    /// Of its addresses.
    net: u32,
}

static ISLANDS: AtomicU32 = AtomicU32::new(0);

/// Networks of four addresses, of which two are used, in the block that is set aside for
/// measuring (RFC 2544): 198.18.0.0/15.
const NETS: u32 = 1 << 15;

impl Island {
    /// Whether this machine lets us have one.
    #[must_use]
    pub fn can_be() -> bool {
        Self::named("probe").make().is_ok()
    }

    /// Makes one.
    ///
    /// # Panics
    /// Where the machine does not let us.
    #[must_use]
    pub fn rise() -> Self {
        let n = ISLANDS.fetch_add(1, Ordering::SeqCst);
        let island = Self::named(&n.to_string());
        island.make().expect("a network namespace");
        island
    }

    fn named(last: &str) -> Self {
        let pid = std::process::id();
        let n = ISLANDS.load(Ordering::SeqCst);
        Self {
            // The longest name of an interface is 15 bytes.
            name: format!("ls{pid:x}{last}"),
            net: (pid.wrapping_mul(8) + n) % NETS,
        }
    }

    fn make(&self) -> Result<(), String> {
        let name = &self.name;
        let (ours, theirs) = (self.end(1), self.end(2));
        ip(&format!("netns add {name}"))?;
        ip(&format!(
            "link add {name} type veth peer name wire netns {name}"
        ))?;
        ip(&format!("addr add {ours}/30 dev {name}"))?;
        ip(&format!("link set {name} up"))?;
        ip(&format!("-n {name} addr add {theirs}/30 dev wire"))?;
        ip(&format!("-n {name} link set lo up"))?;
        ip(&format!("-n {name} link set wire up"))
    }

    fn end(&self, which: u32) -> String {
        let [.., b, c] = (self.net * 4 + which).to_be_bytes();
        format!("198.{}.{b}.{c}", 18 + self.net / (NETS / 2))
    }

    /// Where whoever lives there is reached from here.
    #[must_use]
    pub fn address(&self) -> String {
        self.end(2)
    }

    /// A program that is to run there.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// Nothing passes from now on, and nobody is told: packets are lost, as on a wire.
    ///
    /// # Panics
    /// Where it cannot be cut.
    pub fn cut(&self) {
        ip(&format!("-n {} link set wire down", self.name)).expect("a wire");
    }

    /// Everything passes again.
    ///
    /// # Panics
    /// Where it cannot be mended.
    pub fn mend(&self) {
        ip(&format!("-n {} link set wire up", self.name)).expect("a wire");
    }
}

impl Drop for Island {
    fn drop(&mut self) {
        // The wire goes at once; the namespace when the last who lives there has ended.
        let _ = ip(&format!("link del {}", self.name));
        let _ = ip(&format!("netns del {}", self.name));
    }
}

fn ip(what: &str) -> Result<(), String> {
    let done = Command::new("ip").args(what.split(' ')).output();
    let done = done.map_err(|error| format!("ip: {error}"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    let refused = || format!("ip {what}: {}", said.trim());
    done.status.success().then_some(()).ok_or_else(refused)
}
