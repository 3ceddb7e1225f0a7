//! A way to a server that can be cut.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// Connections stay, and nothing passes.
    Silent,
    /// Connections are closed at once.
    Cut,
}

/// Where it leads.
enum Target {
    Port(u16),
    Socket(PathBuf),
}

/// Passes on what comes to its port. It ends with its owner.
pub struct Forwarder {
    address: SocketAddr,
    way: watch::Sender<Way>,
}

impl Forwarder {
    /// Leads to a port of this machine.
    pub async fn to(port: u16) -> Self {
        Self::lead(Target::Port(port)).await
    }

    /// Leads to a Unix socket.
    pub async fn to_socket(path: &Path) -> Self {
        Self::lead(Target::Socket(path.to_owned())).await
    }

    async fn lead(target: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let (way, watched) = watch::channel(Way::Open);
        tokio::spawn(accept(listener, target, watched));
        Self { address, way }
    }

    /// Where it is, as a server's URL of a scheme.
    #[must_use]
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    /// Everything passes from now on.
    pub fn open(&self) {
        self.way.send_replace(Way::Open);
    }

    /// Nothing passes from now on, and nobody is told.
    pub fn silence(&self) {
        self.way.send_replace(Way::Silent);
    }

    /// Every connection is closed from now on.
    pub fn cut(&self) {
        self.way.send_replace(Way::Cut);
    }
}

async fn accept(listener: TcpListener, target: Target, mut way: watch::Receiver<Way>) {
    loop {
        let client = tokio::select! {
            client = listener.accept() => client,
            _ = way.wait_for(|_| false) => return,
        };
        let Ok((client, _)) = client else { continue };
        if *way.borrow() == Way::Cut {
            continue;
        }
        match &target {
            Target::Port(port) => {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", *port)).await {
                    join(client, server, &way);
                }
            }
            Target::Socket(path) => {
                if let Ok(server) = UnixStream::connect(path).await {
                    join(client, server, &way);
                }
            }
        }
    }
}

fn join<S>(client: TcpStream, server: S, way: &watch::Receiver<Way>)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = tokio::io::split(server);
    tokio::spawn(pass(from_client, to_server, way.clone()));
    tokio::spawn(pass(from_server, to_client, way.clone()));
}

/// Until one side ends, or the way is cut.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut way: watch::Receiver<Way>,
) {
    let mut cut = way.clone();
    let passing = async {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(n @ 1..) = from.read(&mut bytes).await {
            let open = way.wait_for(|way| *way == Way::Open).await.is_ok();
            if !open || to.write_all(&bytes[..n]).await.is_err() {
                break;
            }
        }
        // The two halves of some streams share one descriptor: dropping ours closes nothing.
        let _ = to.shutdown().await;
    };
    tokio::select! {
        () = passing => {}
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
    }
}
