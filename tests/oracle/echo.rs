//! Sends back what it hears, over a connection as Lockstep's are: their bounds, their close codes
//! and their way to close. Lockstep's own socket is no echo, and other people's cases of
//! WebSockets ask for one.
//!
//! `echo` prints its address. `echo MIB` takes messages of so many MiB instead of 64 KiB: the
//! one thing in which it then differs from what Lockstep serves.

#![allow(clippy::print_stdout, reason = "that is how a script hears of it")]

use anyhow::Context as _;
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use lockstep_server::socket::{bounded, close_of, hear_out, let_go};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let raised = std::env::args()
        .nth(1)
        .map(|mib| mib.parse::<usize>().context("how many MiB?"))
        .transpose()?
        .map(|mib| mib << 20);
    let upgrade = move |upgrade: WebSocketUpgrade| async move { answer(upgrade, raised) };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", get(upgrade))).await?;
    Ok(())
}

fn answer(upgrade: WebSocketUpgrade, raised: Option<usize>) -> Response {
    let mut upgrade = bounded(upgrade);
    if let Some(max) = raised {
        upgrade = upgrade
            .max_message_size(max)
            .max_frame_size(max)
            .max_write_buffer_size(2 * max);
    }
    upgrade.on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(received) = socket.recv().await {
        let heard = match received {
            Ok(Message::Ping(_) | Message::Pong(_)) => continue,
            Ok(Message::Close(_)) => return hear_out(socket).await,
            Ok(said @ (Message::Text(_) | Message::Binary(_))) => said,
            Err(error) => return let_go(socket, close_of(&error), None).await,
        };
        if socket.send(heard).await.is_err() {
            return;
        }
    }
}
