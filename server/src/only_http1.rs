//! HTTP/1 and nothing else on a connection (decision 17).
//!
//! Every bound on a connection that has asked for nothing is HTTP/1's. A client that begins with HTTP/2,
//! which nobody offered, would have none of them: one request, and it kept its connection for ever. The
//! server beneath tells the two apart by itself, and its own way to leave one out leaves out WebSockets.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum_server::accept::Accept;
use futures_util::future::{FutureExt as _, Map};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How HTTP/2 begins (RFC 9113), and no method of ours.
const PREFACE: &[u8] = b"PRI ";

/// Lets in who speaks HTTP/1, over what is beneath.
#[derive(Debug, Clone)]
pub(crate) struct OnlyHttp1<A>(pub(crate) A);

type Let<S, T> = fn(io::Result<(S, T)>) -> io::Result<(Http1<S>, T)>;

impl<A: Accept<I, S>, I, S> Accept<I, S> for OnlyHttp1<A> {
    type Stream = Http1<A::Stream>;
    type Service = A::Service;
    type Future = Map<A::Future, Let<A::Stream, A::Service>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        self.0.accept(stream, service).map(|accepted| {
            let (stream, service) = accepted?;
            let begins = Some(0);
            Ok((Http1 { stream, begins }, service))
        })
    }
}

/// A connection whose first bytes are looked at.
#[derive(Debug)]
pub(crate) struct Http1<S> {
    stream: S,
    /// How much of the preface has come; nothing once it is none.
    begins: Option<usize>,
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

impl<S: AsyncRead + Unpin> AsyncRead for Http1<S> {
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

impl<S: AsyncWrite + Unpin> AsyncWrite for Http1<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, from)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    async fn heard(pieces: &[&str]) -> io::Result<String> {
        let (mut client, server) = duplex(64);
        let mut server = Http1 {
            stream: server,
            begins: Some(0),
        };
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
}
