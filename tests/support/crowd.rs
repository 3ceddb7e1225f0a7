//! Clients by the hundred and the thousand, which look at the bytes of frames alone: parsing them
//! in so many would be most of what is measured.

use std::path::Path;
use std::sync::Arc;

use futures_util::SinkExt as _;
use lockstep_proto::frame::{ClientFrame, SUBPROTOCOL};
use lockstep_proto::screen::Screen;
use lockstep_server::tls::client;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_with_config,
    connect_async_tls_with_config, connect_async_with_config,
};

use crate::screen::subscription;

/// A raw connection.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a raw connection.
///
/// # Errors
/// Where there is no server, or it refuses.
pub async fn connect(url: &str, token: &str) -> Result<Socket, Error> {
    let request = upgrade(url, token)?;
    let (socket, _) = connect_async_with_config(request, Some(small()), true).await?;
    Ok(socket)
}

/// The same over TLS, where an authority of one's own is believed and no other.
///
/// # Errors
/// Where there is no server, it is another, or it refuses.
pub async fn connect_trusting(url: &str, token: &str, ca: &Path) -> Result<Socket, Error> {
    let request = upgrade(url, token)?;
    let tls = client(Some(ca)).expect("an authority");
    let tls = Some(Connector::Rustls(Arc::new(tls)));
    let connected = connect_async_tls_with_config(request, Some(small()), true, tls).await;
    Ok(connected?.0)
}

/// A raw connection whose system keeps next to nothing for it: whoever stops reading is felt by
/// the server at once.
///
/// # Errors
/// Where there is no server, or it refuses.
pub async fn connect_narrow(url: &str, token: &str) -> Result<Socket, Error> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4 * 1024)?;
    let address = url
        .trim_start_matches("http://")
        .parse()
        .expect("an address");
    let stream = MaybeTlsStream::Plain(socket.connect(address).await?);
    let request = upgrade(url, token)?;
    let (socket, _) = client_async_with_config(request, stream, Some(small())).await?;
    Ok(socket)
}

/// Ten thousand clients share a machine with their server: what they zero and copy, it cannot have.
fn small() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4 * 1024)
}

fn upgrade(url: &str, token: &str) -> Result<Request, Error> {
    let address = format!("{}/v1/ws", url.replacen("http", "ws", 1));
    let mut request = address.into_client_request()?;
    let headers = request.headers_mut();
    let bearer = format!("Bearer {token}");
    headers.insert("authorization", bearer.parse().expect("a token"));
    let protocol = SUBPROTOCOL.parse().expect("a protocol");
    headers.insert("sec-websocket-protocol", protocol);
    Ok(request)
}

/// Begins to follow a campus, with what a screen shows already.
///
/// # Errors
/// Where the connection is gone.
pub async fn subscribe(socket: &mut Socket, campus: &str, screen: &Screen) -> Result<(), Error> {
    let campus = campus.parse().expect("a campus");
    let frame = ClientFrame::Subscribe {
        campuses: vec![subscription(&campus, screen)],
    };
    let text = serde_json::to_string(&frame).expect("a frame");
    socket.send(Message::text(text)).await
}

/// The headline's number of open calls.
#[must_use]
pub fn calls_on_screen(frame: &str) -> u64 {
    frame
        .split("\"calls\":")
        .nth(1)
        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}
