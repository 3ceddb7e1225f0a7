//! Which node hears and says a channel.
//!
//! In a cluster each channel has a slot and each slot a node, and a word passes on that node alone
//! (`SPUBLISH`, `SSUBSCRIBE`). A server that is no cluster is one node with every slot. So is one
//! that may not say what its cluster is: plain words reach every node of a cluster from any.

use std::ops::RangeInclusive;

use crc::{CRC_16_XMODEM, Crc};
use redis::{ErrorKind, RedisError, ServerErrorKind, Value, from_redis_value};
use uuid::Uuid;

use super::way::RedisServer;

/// How many slots there are, in any cluster.
const SLOTS: u16 = 16_384;
/// More nodes than any school's cluster has: each takes two connections.
const NODES_MAX: usize = 32;
/// Names that are tried for a channel in a node's slots. One slot alone is hit once in 16,384.
const NAMES_MAX: u32 = 1_000_000;

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// A node, and the slots that are its own.
pub(super) struct Node {
    pub(super) server: RedisServer,
    slots: Vec<RangeInclusive<u16>>,
    /// The command that says a word here.
    pub(super) say: &'static str,
    /// The command that hears a channel here.
    pub(super) hear: &'static str,
}

impl Node {
    fn alone(server: RedisServer) -> Self {
        Self {
            server,
            slots: vec![0..=SLOTS - 1],
            say: "PUBLISH",
            hear: "SUBSCRIBE",
        }
    }

    fn of_cluster(server: RedisServer) -> Self {
        Self {
            server,
            slots: Vec::new(),
            say: "SPUBLISH",
            hear: "SSUBSCRIBE",
        }
    }

    pub(super) fn has(&self, slot: u16) -> bool {
        self.slots.iter().any(|slots| slots.contains(&slot))
    }

    /// A channel here that nobody else hears; none if none was found.
    pub(super) fn own_channel(&self) -> Option<String> {
        let own = Uuid::new_v4();
        let mut names = (0..NAMES_MAX).map(|n| format!("lockstep:1:beat:{{{n}}}:{own}"));
        names.find(|name| self.has(slot(name)))
    }
}

/// The slot of a channel: of what its first braces hold, if they hold anything.
pub(super) fn slot(channel: &str) -> u16 {
    let braced = channel
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'))
        .map(|(tag, _)| tag)
        .filter(|tag| !tag.is_empty());
    CRC.checksum(braced.unwrap_or(channel).as_bytes()) % SLOTS
}

/// Asks a server which nodes there are.
pub(super) async fn nodes(entrance: &RedisServer) -> Result<Vec<Node>, RedisError> {
    let line = entrance.to_say().await?;
    let mut connection = line.connection.clone();
    let asked = redis::cmd("CLUSTER")
        .arg("SLOTS")
        .query_async::<Vec<Vec<Value>>>(&mut connection)
        .await;
    match asked {
        Ok(rows) => of_rows(entrance, rows),
        Err(why) if is_no_cluster(&why) => Ok(vec![Node::alone(entrance.clone())]),
        Err(why) => Err(why),
    }
}

/// It is none, does not know the word, or may not tell us.
fn is_no_cluster(why: &RedisError) -> bool {
    matches!(
        why.kind(),
        ErrorKind::Server(ServerErrorKind::ResponseError | ServerErrorKind::NoPerm)
    )
}

/// Each row: the first slot, the last one, the node, its replicas.
fn of_rows(entrance: &RedisServer, rows: Vec<Vec<Value>>) -> Result<Vec<Node>, RedisError> {
    let mut nodes: Vec<(String, Node)> = Vec::new();
    for row in rows {
        let mut row = row.into_iter();
        let mut next = || row.next().unwrap_or(Value::Nil);
        let slots: RangeInclusive<u16> = from_redis_value(next())?..=from_redis_value(next())?;
        let mut node = from_redis_value::<Vec<Value>>(next())?.into_iter();
        let mut next = || node.next().unwrap_or(Value::Nil);
        // A node that does not know its own name is where it was asked.
        let host: Option<String> = from_redis_value(next())?;
        let port: u16 = from_redis_value(next())?;
        let key = format!("{}:{port}", host.as_deref().unwrap_or_default());
        if let Some((_, known)) = nodes.iter_mut().find(|(known, _)| *known == key) {
            known.slots.push(slots);
            continue;
        }
        let server = entrance.beside(host.filter(|host| !host.is_empty()), port)?;
        let mut node = Node::of_cluster(server);
        node.slots.push(slots);
        nodes.push((key, node));
    }
    if nodes.is_empty() || nodes.len() > NODES_MAX {
        let many = format!("{} nodes have slots", nodes.len());
        return Err((ErrorKind::Client, "no cluster to use", many).into());
    }
    Ok(nodes.into_iter().map(|(_, node)| node).collect())
}

#[cfg(test)]
mod tests {
    use super::slot;

    /// The values are those that a cluster answers to `CLUSTER KEYSLOT`.
    #[test]
    fn the_slot_of_a_channel_is_the_cluster_s() {
        for (channel, said) in [
            ("123456789", 12_739),
            ("foo", 12_182),
            ("lockstep:1:{foo}", 12_182),
            ("{foo}{bar}", 12_182),
            ("foo{}{bar}", 8_363),
            ("foo{{bar}}zap", 4_015),
        ] {
            assert_eq!(slot(channel), said, "{channel}");
        }
    }
}
