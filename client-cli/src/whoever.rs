//! The same question to several servers, for whichever answers first. Owns the order and how soon the
//! next one is asked; what is asked, and what counts as an answer, is its caller's.
//!
//! A server that is gone is noticed at once. One that hangs is not: its kernel still takes the
//! connection. So the next is asked as well soon after, and nobody waits for the first one's deadline.
//! Only for what may be asked twice: reads, connections, and facts under their id (P6). Never a clear.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep;

use crate::address::Address;

/// The last of the servers is asked no later than this, so that it has answered within five seconds.
pub const ALL_ASKED_WITHIN: Duration = Duration::from_secs(4);

/// How long a server is waited for before the next is asked as well. An answer takes a tenth of it.
pub const NEXT_AFTER: Duration = Duration::from_secs(1);

/// Asks each server in its turn, and gives the first answer; or, where none gave one, what became of
/// each. `ask` sets its own deadline.
///
/// # Errors
/// Where no server gave an answer: why not, as they failed.
pub async fn whoever_answers<'a, T, E, F>(
    servers: &'a [Address],
    ask: impl Fn(&'a Address) -> F,
) -> Result<T, Vec<E>>
where
    F: Future<Output = Result<T, E>>,
{
    let among = u32::try_from(servers.len()).unwrap_or(u32::MAX).max(1);
    let next_after = NEXT_AFTER.min(ALL_ASKED_WITHIN / among);
    let mut not_asked = servers.iter();
    let mut asked = FuturesUnordered::new();
    let mut failed = Vec::new();
    loop {
        if let Some(server) = not_asked.next() {
            asked.push(ask(server));
        } else if asked.is_empty() {
            return Err(failed);
        }
        tokio::select! {
            Some(answer) = asked.next() => match answer {
                Ok(answer) => return Ok(answer),
                Err(why) => failed.push(why),
            },
            () = sleep(next_after), if not_asked.len() > 0 => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use tokio::time::Instant;

    use super::*;

    fn servers(names: &[&str]) -> Vec<Address> {
        names
            .iter()
            .map(|name| format!("http://{name}").parse().unwrap())
            .collect()
    }

    /// `gone` fails at once, `hangs` never answers, anything else does.
    async fn ask(server: &Address) -> Result<String, String> {
        let name = server.to_string();
        if name.contains("hangs") {
            return std::future::pending().await;
        }
        if name.contains("gone") {
            Err(name)
        } else {
            Ok(name)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_that_answers_is_soon_found() {
        let many: Vec<String> = (0..15).map(|n| format!("hangs{n}")).collect();
        let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
        many.push("well");
        for (names, within_ms) in [
            (&["well", "other"][..], 0),
            (&["gone", "well"], 0),
            (&["hangs", "well"], 1_000),
            (&["hangs", "gone", "well"], 1_000),
            (&many, 4_000),
        ] {
            let (servers, began) = (servers(names), Instant::now());
            let answer = whoever_answers(&servers, ask).await.unwrap();
            assert_eq!(answer, "http://well");
            assert!(began.elapsed().as_millis() <= within_ms, "{names:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_answers_each_is_told() {
        let gone = servers(&["gone", "gone2"]);
        let told = whoever_answers(&gone, ask).await.unwrap_err();
        assert_eq!(told, ["http://gone", "http://gone2"]);
        let none: Vec<String> = whoever_answers(&[], ask).await.unwrap_err();
        assert!(none.is_empty());
    }
}
