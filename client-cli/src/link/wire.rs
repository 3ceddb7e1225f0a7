//! One connection, as two bounded channels of frames: what the link sees of a WebSocket, so that tests
//! hand it channels. Owns the handshake, the limits and the frames' JSON; never looks into a frame.

use std::future::Future;

use futures_util::{SinkExt as _, StreamExt as _};
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::frame::{ClientFrame, FRAME_MAX, SUBPROTOCOL, ServerFrame};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::address::Address;

/// Frames between socket and link, each way.
pub const QUEUE: usize = 64;

/// What comes out of a connection.
#[derive(Debug)]
pub enum Incoming {
    /// A frame.
    Frame(Box<ServerFrame>),
    /// A frame that this client does not know: newer servers may send some. It is passed over.
    Unknown,
    /// The end, with the close code where there was one.
    Closed {
        /// The close code.
        code: Option<u16>,
        /// Why, in words.
        why: String,
    },
}

/// A connection.
#[derive(Debug)]
pub struct Wire {
    /// Frames to send. Dropping it closes the connection.
    pub send: mpsc::Sender<ClientFrame>,
    /// What comes in; `Closed` is the last.
    pub receive: mpsc::Receiver<Incoming>,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialError {
    /// Try again.
    ComeBack(String),
    /// Somebody has to do something first.
    StayAway(String),
}

/// Makes connections.
pub trait Dial: Send + Sync + 'static {
    /// Makes one. Has no deadline of its own: the link sets it.
    fn dial(
        &self,
        server: &Address,
        token: &str,
    ) -> impl Future<Output = Result<Wire, DialError>> + Send;
}

/// Real WebSockets.
#[derive(Debug, Clone, Copy, Default)]
pub struct WebSocket;

impl Dial for WebSocket {
    async fn dial(&self, server: &Address, token: &str) -> Result<Wire, DialError> {
        let mut request = server
            .socket()
            .into_client_request()
            .map_err(|why| DialError::StayAway(why.to_string()))?;
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
            DialError::StayAway("The sign-in is damaged. Sign in again.".to_owned())
        })?;
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        request.headers_mut().insert(
            header::SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
        let limits = WebSocketConfig::default()
            .read_buffer_size(8 * 1024)
            .write_buffer_size(8 * 1024)
            .max_write_buffer_size(4 * FRAME_MAX)
            .max_message_size(Some(FRAME_MAX))
            .max_frame_size(Some(FRAME_MAX));
        let (socket, _) = tokio_tungstenite::connect_async_with_config(request, Some(limits), true)
            .await
            .map_err(refused)?;
        let (send, sent) = mpsc::channel(QUEUE);
        let (came, receive) = mpsc::channel(QUEUE);
        tokio::spawn(pump(socket, sent, came));
        Ok(Wire { send, receive })
    }
}

/// A handshake that a server answered with a refusal says whether to come back.
fn refused(error: Error) -> DialError {
    let Error::Http(answer) = &error else {
        return DialError::ComeBack(error.to_string());
    };
    let refusal = answer
        .body()
        .as_deref()
        .and_then(|body| serde_json::from_slice::<Refusal>(body).ok());
    match (answer.status().as_u16(), refusal) {
        (401, refusal) => {
            let refusal = refusal.unwrap_or_else(|| Refusal::new(Code::NotSignedIn));
            DialError::StayAway(refusal.to_string())
        }
        (403 | 404, Some(refusal)) => DialError::StayAway(refusal.to_string()),
        (status, _) => DialError::ComeBack(format!("HTTP status {status}")),
    }
}

/// Moves frames between the socket and the link until either ends.
async fn pump(
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    mut sent: mpsc::Receiver<ClientFrame>,
    came: mpsc::Sender<Incoming>,
) {
    let (mut out, mut incoming) = socket.split();
    let writing = async {
        while let Some(frame) = sent.recv().await {
            let Ok(text) = serde_json::to_string(&frame) else {
                continue;
            };
            if out.send(Message::text(text)).await.is_err() {
                return;
            }
        }
        // The link let go: say goodbye, and do not wait long for an answer.
        let _ = out.send(Message::Close(None)).await;
    };
    let reading = async {
        let (code, why) = loop {
            match incoming.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(text.as_str())
                        .map_or(Incoming::Unknown, |frame| Incoming::Frame(Box::new(frame)));
                    if came.send(frame).await.is_err() {
                        return;
                    }
                }
                Some(Ok(Message::Close(close))) => {
                    break close.map_or((None, "closed".to_owned()), |close| {
                        (Some(close.code.into()), close.reason.to_string())
                    });
                }
                Some(Ok(
                    Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
                )) => {}
                Some(Err(why)) => break (None, why.to_string()),
                None => break (None, "closed".to_owned()),
            }
        };
        let _ = came.send(Incoming::Closed { code, why }).await;
    };
    tokio::select! {
        () = writing => {}
        () = reading => {}
    }
}
