//! What whole-system tests share: a real server as a child process, on port zero and in its
//! own folder, and clients that follow it over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests may panic: a failure here is a failure of the test"
)]

mod authenticator;
mod certificates;
mod client;
mod cluster;
mod crowd;
mod foreign;
mod forwarder;
mod island;
mod postgres;
mod redis;
mod screen;
mod server;

pub use authenticator::{Authenticator, SEEN, client_data, data, encode};
pub use certificates::Certificates;
pub use client::{Answered, Follower, Http, request};
pub use cluster::Cluster;
pub use crowd::{Socket, calls_on_screen, connect, connect_narrow, connect_trusting, subscribe};
pub use foreign::{Foreign, as_secrets};
pub use forwarder::Forwarder;
pub use island::Island;
pub use postgres::{Postgres, SOCKET};
pub use redis::Redis;
pub use screen::{lowering, responder, take_frame};
pub use server::{FAILPOINT, Server, binary};

/// Everybody of the demo who may call lock-down at the high school.
pub const MAY_CALL: [&str; 8] = [
    "person:ana.ruiz",
    "person:tom.becker",
    "person:sam.cole",
    "person:kim.ortega",
    "person:bo.hart",
    "person:al.finch",
    "person:lee.park",
    "person:dana.lind",
];

/// How long a test waits for what it expects before it fails.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
