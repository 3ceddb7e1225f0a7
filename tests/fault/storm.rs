//! Everyone reconnects at once: what one more screen costs the others (R4).

use lockstep_proto::frame::ServerFrame;
use lockstep_tests::{Follower, Server};

const CAMPUS: &str = "north-high";

/// R4: who joins is told at once and alone; a school that comes back is not a pulse to every
/// screen for each of its screens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_a_screen_that_joins_costs_the_others_nothing() {
    let server = Server::start();
    let token = server.token("device:north-n101");
    let mut first = Follower::join(&server.url, &token, CAMPUS).await;
    let mut others = Vec::new();
    let room = "device:north-n101".parse().expect("a principal");
    for token in server.more_tokens(&[room], 100) {
        others.push(Follower::join(&server.url, &token, CAMPUS).await);
    }
    let last = others.last_mut().expect("they joined");
    let is_pulse = |frame: &ServerFrame| matches!(frame, ServerFrame::Pulse { .. });
    // The next pulse is everybody's: what the first was sent before it has arrived.
    let ServerFrame::Pulse { at: end, .. } = last.until(is_pulse).await else {
        unreachable!("it is a pulse");
    };
    let mut pulses = 0;
    while let Some(frame) = first.next().await {
        if let ServerFrame::Pulse { at, .. } = frame {
            pulses += 1;
            if at >= end {
                break;
            }
        }
    }
    println!("while 100 screens joined another was sent {pulses} pulses");
    assert!(pulses < 50, "{pulses} pulses");
}
