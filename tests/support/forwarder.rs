//! A way to a server that can be cut.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// Connections stay, and nothing passes.
    Silent,
    /// Connections are closed at once.
    Cut,
}

/// Passes on what comes to its port. It ends with its owner.
pub struct Forwarder {
    address: SocketAddr,
    way: watch::Sender<Way>,
}

impl Forwarder {
    /// Leads to a port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let (way, watched) = watch::channel(Way::Open);
        tokio::spawn(accept(listener, port, watched));
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

async fn accept(listener: TcpListener, port: u16, mut way: watch::Receiver<Way>) {
    loop {
        let client = tokio::select! {
            client = listener.accept() => client,
            _ = way.wait_for(|_| false) => return,
        };
        let Ok((client, _)) = client else { continue };
        if *way.borrow() == Way::Cut {
            continue;
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else {
            continue;
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::spawn(pass(from_client, to_server, way.clone()));
        tokio::spawn(pass(from_server, to_client, way.clone()));
    }
}

/// Until one side ends, or the way is cut.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) {
    let mut cut = way.clone();
    let passing = async {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(n @ 1..) = from.read(&mut bytes).await {
            let open = way.wait_for(|way| *way == Way::Open).await.is_ok();
            if !open || to.write_all(&bytes[..n]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = passing => {}
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
    }
}
