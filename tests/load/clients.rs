//! What the measured runs share: who follows, who calls and how often, and how a figure is told.

use std::time::Duration;

use lockstep_proto::id::Principal;
use lockstep_tests::Server;

/// The campus that everybody follows.
pub(crate) const CAMPUS: &str = "north-high";

/// Those who call, in turn: from the eleventh raise in ten seconds one is told to slow down (L2).
pub(crate) const AUTHORS: [&str; 5] = [
    "person:ana.ruiz",
    "person:tom.becker",
    "person:sam.cole",
    "person:kim.ortega",
    "person:lee.park",
];

/// Five authors at two calls a second stay at ten raises in ten seconds each (L2), and nothing of
/// one call is still on its way when the next is timed.
pub(crate) const BETWEEN_CALLS: Duration = Duration::from_millis(1_050);

/// A sign-in of its own for each client: what it confirms is counted by that (R1).
pub(crate) fn room_tokens(server: &Server, clients: usize) -> Vec<String> {
    let rooms: Vec<Principal> = server
        .sign_ins()
        .sign_ins
        .into_keys()
        .filter(|principal| principal.to_string().starts_with("device:north-"))
        .collect();
    server.more_tokens(&rooms, clients)
}

/// Median, 99th percentile and worst, on a line.
pub(crate) fn print(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let ms = |index: usize| times[index.min(times.len() - 1)].as_secs_f64() * 1_000.0;
    println!(
        "{what:<24} median {:.1} ms, 99th percentile {:.1} ms, worst {:.1} ms, {} tries",
        ms(times.len() / 2),
        ms(times.len() * 99 / 100),
        ms(times.len() - 1),
        times.len()
    );
}

/// A number from the command line.
pub(crate) fn argument(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments
        .nth(1)
        .map_or(default, |value| value.parse().expect("a number"))
}
