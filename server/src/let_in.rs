//! What every connection keeps to, whoever it is of: HTTP/1 and nothing else (decision 17), and
//! somebody who takes what was asked for.
//!
//! Every bound on a connection that has asked for nothing is HTTP/1's. A client that begins with HTTP/2,
//! which nobody offered, would have none of them: one request, and it kept its connection for ever. The
//! server beneath tells the two apart by itself, and its own way to leave one out leaves out WebSockets.
//!
//! And whoever asks for much and takes none of it would keep an answer in this machine's memory, and a file
//! of the process, for as long as they like.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum_server::accept::Accept;
use futures_util::future::{FutureExt as _, Map};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How HTTP/2 begins (RFC 9113), and no method of ours.
const PREFACE: &[u8] = b"PRI ";

/// How long nothing may be taken of what is to be sent.
const TAKEN_WITHIN: Duration = Duration::from_secs(15);

/// Lets in, over what is beneath.
#[derive(Debug, Clone)]
pub(crate) struct LetIn<A>(pub(crate) A);

type Let<S, T> = fn(io::Result<(S, T)>) -> io::Result<(Bounded<S>, T)>;

impl<A: Accept<I, S>, I, S> Accept<I, S> for LetIn<A> {
    type Stream = Bounded<A::Stream>;
    type Service = A::Service;
    type Future = Map<A::Future, Let<A::Stream, A::Service>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        self.0.accept(stream, service).map(|accepted| {
            let (stream, service) = accepted?;
            Ok((Bounded::new(stream), service))
        })
    }
}

/// A connection whose first bytes are looked at, and whose last are taken.
#[derive(Debug)]
pub(crate) struct Bounded<S> {
    stream: S,
    /// How much of the preface has come; nothing once it is none.
    begins: Option<usize>,
    /// Since something waits to be taken.
    waits: Option<Pin<Box<Sleep>>>,
}

impl<S> Bounded<S> {
    fn new(stream: S) -> Self {
        Self {
            stream,
            begins: Some(0),
            waits: None,
        }
    }

    /// What a write came to: one that is not taken in time is an end.
    fn taken<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if write.is_ready() {
            self.waits = None;
            return write;
        }
        let waits = self
            .waits
            .get_or_insert_with(|| Box::pin(sleep(TAKEN_WITHIN)));
        ready!(waits.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// How much of the preface has come with these as well.
fn so_far(begins: usize, more: &[u8]) -> io::Result<Option<usize>> {
    let left = &PREFACE[begins..];
    let common = left.len().min(more.len());
    if left[..common] != more[..common] {
        return Ok(None);
    }
    if common == left.len() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "HTTP/2, which is not spoken here",
        ));
    }
    Ok(Some(begins + common))
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        if let Some(begins) = self.begins {
            self.begins = so_far(begins, &into.filled()[before..])?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write(cx, from);
        self.taken(cx, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.stream).poll_write_vectored(cx, from);
        self.taken(cx, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let write = Pin::new(&mut self.stream).poll_flush(cx);
        self.taken(cx, write)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::Instant;

    use super::*;

    async fn heard(pieces: &[&str]) -> io::Result<String> {
        let (mut client, server) = duplex(64);
        let mut server = Bounded::new(server);
        let mut all = String::new();
        for piece in pieces {
            client.write_all(piece.as_bytes()).await.unwrap();
            let mut read = vec![0; piece.len()];
            server.read_exact(&mut read).await?;
            all.push_str(&String::from_utf8(read).unwrap());
        }
        Ok(all)
    }

    #[tokio::test]
    async fn inv12_http_2_is_not_read_however_it_is_cut() {
        for http_2 in [
            &["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"][..],
            &["P", "R", "I", " "],
            &["PR", "I * HTTP/2.0\r\n"],
        ] {
            assert!(heard(http_2).await.is_err(), "{http_2:?}");
        }
        for http_1 in [
            &["GET / HTTP/1.1\r\n\r\n"][..],
            &["P", "OST / HTTP/1.1\r\n\r\n"],
            &["PUT ", "PRI * HTTP/2.0"],
        ] {
            assert_eq!(heard(http_1).await.unwrap(), http_1.concat());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn inv12_whoever_takes_nothing_of_an_answer_is_let_go() {
        let (mut client, server) = duplex(64);
        let mut server = Bounded::new(server);
        let since = Instant::now();
        // Slow is not gone: each piece that is taken is time for the next.
        let (wrote, ()) = tokio::join!(server.write_all(&[7; 640]), async {
            for _ in 0..10 {
                sleep(TAKEN_WITHIN - Duration::from_secs(1)).await;
                client.read_exact(&mut [0; 64]).await.unwrap();
            }
        });
        wrote.unwrap();
        assert!(since.elapsed() > 9 * TAKEN_WITHIN / 2);
        server.write_all(&[7; 64]).await.unwrap();
        let since = Instant::now();
        let let_go = server.write_all(&[7; 64]).await.unwrap_err();
        assert_eq!(let_go.kind(), io::ErrorKind::TimedOut);
        assert_eq!(since.elapsed(), TAKEN_WITHIN);
    }
}
