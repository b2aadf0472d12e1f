//! Connections, with TLS or without, whose number and every wait are bounded.

use core::pin::pin;
use core::time::Duration;
use std::sync::Arc;

use axum::Router;
use hwlicense_server::net::Stop;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::debug;

/// Connections at once. One more waits until another ends.
const CONNECTIONS_MAX: usize = 128;
/// For the handshake of TLS, for the head of a request, and between two requests.
const HEAD: Duration = Duration::from_secs(15);
/// Longest head of a request in bytes.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long the life of a connection is. A browser opens another.
const LIFE: Duration = Duration::from_secs(600);
/// How long requests in work may take when the server stops.
const DRAIN: Duration = Duration::from_secs(5);
/// How long to wait when the system has no connection to give, for want of open files.
const REST: Duration = Duration::from_millis(200);

/// Serves until it is told to stop.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, app: Router, stop: Stop) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(seat) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.requested() => break,
        };
        let Ok((stream, _)) = accepted else {
            sleep(REST).await;
            continue;
        };
        let (tls, app, stop) = (tls.clone(), app.clone(), stop.clone());
        tokio::spawn(async move {
            talk(stream, tls, app, stop).await;
            drop(seat);
        });
    }
    // All seats are free when the last connection has ended.
    let everybody = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
    let _ = timeout(DRAIN, room.acquire_many(everybody)).await;
}

async fn talk(stream: TcpStream, tls: Option<TlsAcceptor>, app: Router, stop: Stop) {
    match tls {
        None => converse(stream, app, stop).await,
        Some(tls) => match timeout(HEAD, tls.accept(stream)).await {
            Ok(Ok(stream)) => converse(stream, app, stop).await,
            Ok(Err(error)) => debug!(%error, "no TLS with somebody at the administration's port"),
            Err(_) => debug!("somebody at the administration's port took too long for TLS"),
        },
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, app: Router, stop: Stop) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES_MAX);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { tokio::select! { () = stop.requested() => {}, () = sleep(LIFE) => {} } } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection at the administration's port ended");
    }
}
