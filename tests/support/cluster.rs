//! A Redis cluster of one's own.

use std::time::{Duration, Instant};

use redis::Cmd;

use crate::{PATIENCE, Redis};

/// How many slots a cluster has.
const SLOTS: usize = 16_384;

/// Three servers that share the slots, and one that stands by for the first of them.
pub struct Cluster {
    nodes: Vec<Redis>,
}

fn cluster(words: &[&str]) -> Cmd {
    let mut command = redis::cmd("CLUSTER");
    for word in words {
        command.arg(*word);
    }
    command
}

impl Cluster {
    /// Which of [`Self::node`] stands by.
    pub const STANDBY: usize = 3;

    /// Starts one, and waits until it is whole.
    ///
    /// # Panics
    /// Where it does not come about.
    #[must_use]
    pub fn start() -> Self {
        let node = |_| {
            let port = Redis::free_port().to_string();
            Redis::start(
                &[
                    ["--cluster-enabled", "yes"],
                    ["--cluster-node-timeout", "500"],
                    ["--cluster-port", &port],
                ]
                .concat(),
            )
        };
        let nodes: Vec<Redis> = (0..=Self::STANDBY).map(node).collect();
        let cluster = Self { nodes };
        cluster.form();
        cluster
    }

    fn form(&self) {
        for (n, node) in self.nodes[..Self::STANDBY].iter().enumerate() {
            let first = (SLOTS * n / Self::STANDBY).to_string();
            let last = (SLOTS * (n + 1) / Self::STANDBY - 1).to_string();
            let () = node.ask(&cluster(&["ADDSLOTSRANGE", &first, &last]));
        }
        for node in &self.nodes[1..] {
            let port = node.port().to_string();
            let bus = node.setting("cluster-port");
            let () = self.nodes[0].ask(&cluster(&["MEET", "127.0.0.1", &port, &bus]));
        }
        let all = format!("cluster_known_nodes:{}", self.nodes.len());
        self.until("all know each other", |node| node.says(&all));
        let first = self.id(0);
        let () = self.nodes[Self::STANDBY].ask(&cluster(&["REPLICATE", &first]));
        self.until("whole", |node| node.says("cluster_state:ok"));
        let standby = &self.nodes[Self::STANDBY];
        let follows = |_: &Redis| {
            let said: String = standby.ask(redis::cmd("INFO").arg("replication"));
            said.contains("master_link_status:up")
        };
        self.until("one stands by", follows);
        // Everybody knows that it does: else nobody would let it take over.
        self.until("that is known", |node| {
            let slots: String = node.ask(&cluster(&["NODES"]));
            slots.contains(&format!("slave {first}"))
        });
    }

    /// Waits until something is so of every node.
    fn until(&self, what: &str, is: impl Fn(&Redis) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !self.nodes.iter().all(&is) {
            assert!(Instant::now() < until, "the cluster is not so: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// One of its servers.
    #[must_use]
    pub fn node(&self, n: usize) -> &Redis {
        &self.nodes[n]
    }

    /// What the cluster calls one.
    #[must_use]
    pub fn id(&self, n: usize) -> String {
        self.nodes[n].ask(&cluster(&["MYID"]))
    }

    /// Gives the slot of a channel to a node, as a resharding does in its end.
    ///
    /// The node that takes it is told first, and that it imports: only then is its claim newer than what the
    /// others still gossip of the owner before, which would take the slot back.
    pub fn move_slot(&self, channel: &str, from: usize, to: usize) {
        let slot: u16 = self.nodes[0].ask(&cluster(&["KEYSLOT", channel]));
        let (slot, owner, taker) = (slot.to_string(), self.id(from), self.id(to));
        let () = self.nodes[to].ask(&cluster(&["SETSLOT", &slot, "IMPORTING", &owner]));
        let others = (0..Self::STANDBY).filter(|n| *n != to);
        for n in std::iter::once(to).chain(others) {
            let () = self.nodes[n].ask(&cluster(&["SETSLOT", &slot, "NODE", &taker]));
        }
    }

    /// On which nodes a channel is heard by somebody.
    #[must_use]
    pub fn heard_on(&self, channel: &str) -> Vec<usize> {
        let nodes = self.nodes[..Self::STANDBY].iter().enumerate();
        let heard = nodes.filter(|(_, node)| {
            let mut asked = redis::cmd("PUBSUB");
            let channels: Vec<String> = node.ask(asked.arg("SHARDCHANNELS"));
            channels.iter().any(|one| one == channel)
        });
        heard.map(|(n, _)| n).collect()
    }
}

impl Redis {
    fn says(&self, line: &str) -> bool {
        let said: String = self.ask(&cluster(&["INFO"]));
        said.lines().any(|said| said.trim() == line)
    }

    fn setting(&self, name: &str) -> String {
        let said: Vec<String> = self.ask(redis::cmd("CONFIG").arg("GET").arg(name));
        said.into_iter().nth(1).expect("it has that setting")
    }
}
