//! Where Redis is, and one connection to it.
//!
//! The client's own subscriptions put what comes in into a queue without an end. So each
//! connection has a meter here, and ends when too much has come in that nobody has taken yet.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo as _,
    ProtocolVersion, PushInfo, RedisConnectionInfo, RedisError,
};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc::UnboundedSender;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use crate::tls::{self, TlsError};

/// What may have come in on one connection and wait to be taken, in bytes.
pub const WAITING_MAX: usize = 8 * 1024 * 1024;

/// Why an address of Redis cannot be used. What is wrong with it may quote it, password and all:
/// so it is not said.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// It is none.
    #[error(
        "the Redis URL cannot be read: redis://USER:PASSWORD@HOST:PORT, rediss:// for TLS, or \
         unix:///PATH"
    )]
    Unreadable,
    /// It asks for TLS that proves nothing.
    #[error(
        "the Redis URL asks for TLS without checking who answers (`#insecure`), which would give \
         the password to anybody: name the certificate to trust with LOCKSTEP_REDIS_CA"
    )]
    Insecure,
    /// TLS cannot be had.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A Redis server, not connected to. It has a password: it is never shown.
#[derive(Clone)]
pub struct RedisServer {
    address: Address,
    sign_in: RedisConnectionInfo,
}

#[derive(Clone)]
enum Address {
    Tcp(String, u16),
    Tls(String, u16, ServerName<'static>, TlsConnector),
    Unix(PathBuf),
}

impl RedisServer {
    /// Reads the URL, and `ca`: the certificates (PEM) to trust in place of the machine's own.
    pub fn at(url: &str, ca: Option<&Path>) -> Result<Self, AddressError> {
        let info: ConnectionInfo = url
            .into_connection_info()
            .map_err(|_| AddressError::Unreadable)?;
        let address = match info.addr() {
            ConnectionAddr::Tcp(host, port) => Address::Tcp(host.clone(), *port),
            ConnectionAddr::TcpTls { insecure: true, .. } => return Err(AddressError::Insecure),
            ConnectionAddr::TcpTls { host, port, .. } => {
                let name = ServerName::try_from(host.clone());
                let name = name.map_err(|_| AddressError::Unreadable)?;
                let tls = TlsConnector::from(Arc::new(tls::client(ca)?));
                Address::Tls(host.clone(), *port, name, tls)
            }
            ConnectionAddr::Unix(path) => Address::Unix(path.clone()),
            _ => return Err(AddressError::Unreadable),
        };
        let sign_in = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP3)
            .set_skip_set_lib_name();
        Ok(Self { address, sign_in })
    }

    /// For people: where, and no password.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.address {
            Address::Tcp(host, port) => format!("Redis on {host}:{port}"),
            Address::Tls(host, port, ..) => format!("Redis on {host}:{port} (TLS)"),
            Address::Unix(path) => format!("Redis on {}", path.display()),
        }
    }

    /// Another node of the same cluster, reached in the same way and as the same user: at another
    /// name, or where this one is.
    pub(super) fn beside(&self, host: Option<String>, port: u16) -> Result<Self, RedisError> {
        let none = |why: &'static str| RedisError::from((ErrorKind::Client, why));
        let own = match &self.address {
            Address::Tcp(host, _) | Address::Tls(host, ..) => Some(host.clone()),
            Address::Unix(_) => None,
        };
        let host = host.or(own).ok_or_else(|| none("a node has no name"))?;
        let address = match &self.address {
            Address::Tcp(..) | Address::Unix(_) => Address::Tcp(host, port),
            Address::Tls(_, _, _, tls) => {
                let name = ServerName::try_from(host.clone());
                let name = name.map_err(|_| none("a node's name is none"))?;
                Address::Tls(host, port, name, tls.clone())
            }
        };
        Ok(Self {
            address,
            sign_in: self.sign_in.clone(),
        })
    }

    /// A connection that hears: what comes in is handed over with a number, which says from where.
    pub(super) async fn to_hear(
        &self,
        number: usize,
        coming: UnboundedSender<(usize, PushInfo)>,
    ) -> Result<Line, RedisError> {
        let hand_over = move |push: PushInfo| coming.send((number, push));
        let config = AsyncConnectionConfig::new().set_push_sender(hand_over);
        self.line(config).await
    }

    /// A connection that says.
    pub(super) async fn to_say(&self) -> Result<Line, RedisError> {
        self.line(AsyncConnectionConfig::new()).await
    }

    async fn line(&self, config: AsyncConnectionConfig) -> Result<Line, RedisError> {
        let (socket, meter) = self.connect().await?;
        let (connection, driver) =
            MultiplexedConnection::new_with_config(&self.sign_in, socket, config).await?;
        Ok(Line {
            connection,
            meter,
            _driver: AbortOnDropHandle::new(tokio::spawn(driver)),
        })
    }

    async fn connect(&self) -> io::Result<(Metered, Arc<Meter>)> {
        let socket: Pin<Box<dyn Socket>> = match &self.address {
            Address::Tcp(host, port) => Box::pin(tcp(host, *port).await?),
            Address::Tls(host, port, name, tls) => {
                let tcp = tcp(host, *port).await?;
                Box::pin(tls.connect(name.clone(), tcp).await?)
            }
            Address::Unix(path) => Box::pin(UnixStream::connect(path).await?),
        };
        let meter = Arc::new(Meter::default());
        let metered = Metered {
            socket,
            meter: Arc::clone(&meter),
        };
        Ok((metered, meter))
    }
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let socket = TcpStream::connect((host, port)).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// A connection. Dropped, its socket is closed at once: the client alone would wait for the answers
/// that are still due, from a server that may never give them.
pub(super) struct Line {
    pub(super) connection: MultiplexedConnection,
    pub(super) meter: Arc<Meter>,
    _driver: AbortOnDropHandle<()>,
}

trait Socket: AsyncRead + AsyncWrite + Send {}
impl<S: AsyncRead + AsyncWrite + Send> Socket for S {}

/// How many bytes came in that nobody has taken yet, about.
#[derive(Debug, Default)]
pub(super) struct Meter(AtomicUsize);

impl Meter {
    /// Whether there is still room after so many more.
    fn came(&self, bytes: usize) -> bool {
        self.0.fetch_add(bytes, Ordering::Relaxed) + bytes <= WAITING_MAX
    }

    /// So many were taken.
    pub(super) fn took(&self, bytes: usize) {
        let less = |waiting: usize| Some(waiting.saturating_sub(bytes));
        // It always has an answer, so there is nothing to look at.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Nothing waits.
    pub(super) fn took_all(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

struct Metered {
    socket: Pin<Box<dyn Socket>>,
    meter: Arc<Meter>,
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(self.socket.as_mut().poll_read(cx, buf))?;
        if self.meter.came(buf.filled().len() - before) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Ready(Err(io::Error::other("more came in than can be heard")))
        }
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.socket.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.as_mut().poll_shutdown(cx)
    }
}
