//! Build, announce, run, drain.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::fact::{Author, Stamped};
use lockstep_proto::id::Principal;
use lockstep_proto::role::Role;
use lockstep_proto::timeline::LogId;
use tokio::net::TcpSocket;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::auth::Auth;
use crate::bus::redis::RedisBus;
use crate::bus::{Alone, Bus};
use crate::campus::registry::Registry;
use crate::clock::{Clock as _, SharedClock, SystemClock};
use crate::config::Config;
use crate::held::{Held, hold};
use crate::http::{App, Changes, SharedApp, Writable, router};
use crate::journal::postgres::{OpenError, PostgresJournal};
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{ChangeError, Journal, JournalError};
use crate::keys::Keys;
use crate::let_in::LetIn;
use crate::outside::{Outside, ScreensOnly};
use crate::pictures::Pictures;
use crate::sign_on::{self, SignOn};
use crate::socket::Sockets;
use crate::spool::Spool;
use crate::tls::{Shown, keep_showing};
use crate::{demo, telemetry};

/// How often directories and switched-off sign-ins are read again.
const REFRESH_EVERY: Duration = Duration::from_secs(2);
/// A client that has not sent its request's head by then is closed.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// The largest request head.
const HEAD_MAX: usize = 16 * 1024;
/// Connections that wait to be accepted: a whole district comes back at once.
const BACKLOG: u32 = 4_096;
/// What the kernel keeps for a client that does not read (it takes twice as much): a frame of the
/// largest size. Left to itself it grows to megabytes for each.
const SEND_BUFFER: u32 = 64 * 1024;
/// How long open requests may take to end when the server stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// Whoever has the server's own shell.
#[must_use]
pub fn operator() -> Author {
    Author {
        principal: Principal::Operator,
        name: "operator".to_owned(),
        role: Role::Operator,
        credential: None,
    }
}

/// A server that is built and restored, and not listening yet.
pub struct Built {
    /// What its routes stand on.
    pub app: SharedApp,
    config: Config,
    held: Held,
    socket: TcpSocket,
    shown: Option<Shown>,
    away: bool,
}

/// Opens everything and restores every campus before the first client is let in. People are
/// reached at their screens.
pub async fn build(config: Config) -> anyhow::Result<Built> {
    build_with(config, Arc::new(ScreensOnly)).await
}

/// The same, with channels out of the building.
pub async fn build_with(config: Config, outside: Arc<dyn Outside>) -> anyhow::Result<Built> {
    config.validate()?;
    let shown = config.tls().map(|files| files.read()).transpose()?;
    if shown
        .as_ref()
        .is_some_and(|shown| shown.has_ended(SystemClock.now()))
    {
        // Some clients may still come, and a server that does not start has none.
        tracing::error!("the certificate has ended: browsers will refuse it. Renew it now");
    }
    let providers = config.sign_on.as_deref().map(sign_on::read).transpose()?;
    // Before anything is made: a server that cannot listen leaves nothing behind.
    let socket = bind(config.listen).map_err(|why| not_ours(config.listen, why))?;
    make_folder(&config.data)?;
    let held = hold(&config.data)?;
    let clock: SharedClock = Arc::new(SystemClock);
    let spool_folder = config.spool_folder();
    make_folder(&spool_folder)?;
    let spool = Spool::open(&spool_folder, config.spool_mib * 1024 * 1024)
        .context("the spool cannot be opened")?;
    let (journal, away) = open_journal_or_not(&config, &clock).await?;
    if !away {
        is_of_the_same_school(&config, &*journal).await?;
    }
    let keys = Arc::new(Keys::open(&config.keys_folder())?);
    let mut by_log: BTreeMap<LogId, Vec<Stamped>> = BTreeMap::new();
    for (log, stamped) in spool.all() {
        by_log.entry(log).or_default().push(stamped);
    }
    let auth = Auth::new(Arc::clone(&journal), Arc::clone(&clock), &keys);
    let auth = auth.with_keys_in(config.keys_folder())?;
    let auth = if journal.is_shared() {
        auth.keeps_in(config.kept_file())
    } else {
        auth
    };
    let bus = join_bus(&config, &keys)?;
    let registry = Registry::new(
        Arc::clone(&journal),
        Arc::new(spool),
        Arc::clone(&clock),
        Arc::clone(&keys),
    );
    let registry = registry.with_bus(Arc::clone(&bus)).with_outside(outside);
    let registry = Arc::new(registry);
    if away {
        for directory in auth.recall() {
            registry.put_without_journal(&directory, &mut by_log);
        }
    } else {
        demo::fill_if_empty(&journal, &clock).await?;
        for directory in patiently(is_slow, async || auth.refresh().await).await? {
            // A try that fails half-way has used up what it was given.
            let put = async || registry.put(&directory, &mut by_log.clone()).await;
            patiently(is_slow, put).await?;
        }
    }
    let floor = config.pictures_floor_mib.saturating_mul(1024 * 1024);
    let pictures = Pictures::in_folder(config.pictures_folder(), floor);
    let sign_on = providers
        .map(|providers| SignOn::new(providers, &keys, Arc::clone(&clock)))
        .transpose()?;
    let app = Arc::new(App {
        auth,
        registry,
        journal,
        bus,
        keys,
        clock,
        metrics: telemetry::metrics()?,
        sockets: Sockets::default(),
        writable: Writable::default(),
        changes: Changes::default(),
        pictures,
        sign_on,
        over_tls: shown.is_some(),
        refreshing: tokio::sync::Mutex::default(),
    });
    Ok(Built {
        app,
        config,
        held,
        socket,
        shown,
        away,
    })
}

/// How long a start waits for a database without which it can go on.
const AWAY_AFTER: Duration = Duration::from_secs(3);

/// Opens the journal. A database that is away is no reason not to serve, where this machine has
/// kept who may raise: then true comes with it, and it is read as soon as it is there.
async fn open_journal_or_not(
    config: &Config,
    clock: &SharedClock,
) -> anyhow::Result<(Arc<dyn Journal>, bool)> {
    let unreachable = |error: &OpenError| matches!(error, OpenError::Unavailable(_));
    let open = patiently(unreachable, async || open_journal(config, clock).await);
    let kept = config.database()?.filter(|_| {
        config.kept_file().exists() && config.keys_folder().join("master.key").exists()
    });
    let Some(database) = kept else {
        let journal = open.await.context("the journal cannot be opened")?;
        return Ok((journal, false));
    };
    match timeout(AWAY_AFTER, open).await {
        Ok(Ok(journal)) => Ok((journal, false)),
        Ok(Err(error)) if !unreachable(&error) => {
            Err(anyhow::Error::new(error).context("the journal cannot be opened"))
        }
        Ok(Err(_)) | Err(_) => {
            tracing::error!(
                "the database does not answer: starting without it, with what this machine has \
                 kept. Raising works, nothing can be lowered"
            );
            let journal = PostgresJournal::unseen(database, Arc::clone(clock));
            Ok((Arc::new(journal), true))
        }
    }
}

/// Opens the journal that the settings name, and makes it where there is none.
pub async fn open_journal(
    config: &Config,
    clock: &SharedClock,
) -> Result<Arc<dyn Journal>, OpenError> {
    let clock = Arc::clone(clock);
    if let Some(database) = config.database()? {
        return Ok(Arc::new(PostgresJournal::open(database, clock).await?));
    }
    let moved = config.moved_file();
    if moved.exists() {
        return Err(OpenError::Setting(format!(
            "the journal of this folder has moved into a database: name it with \
             LOCKSTEP_DATABASE_URL. To go back to what stood here before, remove {}",
            shown(&moved)
        )));
    }
    let journal = SqliteJournal::open(config.journal_file(), clock);
    Ok(Arc::new(
        journal.map_err(|why| OpenError::Setting(why.to_string()))?,
    ))
}

/// Joins the other instances, if there are any. Whether they can be reached now is no matter.
pub fn join_bus(config: &Config, keys: &Arc<Keys>) -> anyhow::Result<Arc<dyn Bus>> {
    Ok(match config.redis()? {
        Some(server) => RedisBus::start(server, Arc::clone(keys)),
        None => Arc::new(Alone),
    })
}

/// A database that others use already needs their key: an own one would make every head and every
/// sign-in of theirs good for nothing here.
async fn is_of_the_same_school(config: &Config, journal: &dyn Journal) -> anyhow::Result<()> {
    let key = config.keys_folder().join("master.key");
    if config.database_url.is_none() || key.exists() {
        return Ok(());
    }
    if !patiently(is_slow, async || journal.directories().await)
        .await?
        .is_empty()
    {
        anyhow::bail!(
            "the database is in use already, and there is no key in {}: copy master.key there \
             from another instance",
            shown(&config.keys_folder())
        );
    }
    Ok(())
}

/// How often something is tried that has time, on a journal that is only slow.
const TRIES: u32 = 40;
/// How long to wait between the tries.
const TRY_AGAIN: Duration = Duration::from_millis(250);

/// Whether an error of the journal says no more than "not now".
#[must_use]
pub fn is_slow(error: &JournalError) -> bool {
    match error {
        JournalError::Unavailable(_) | JournalError::InDoubt => true,
        JournalError::Damaged(_) => false,
    }
}

/// Whether a change of the directory was not made for no more than a slow journal.
#[must_use]
pub fn is_slow_change(error: &ChangeError) -> bool {
    match error {
        ChangeError::Journal(error) => is_slow(error),
        ChangeError::Refused(_) => false,
    }
}

/// Whether a refusal says no more than that the journal is slow.
#[must_use]
pub fn waits(refusal: &Refusal) -> bool {
    refusal.code == Code::JournalUnavailable
}

/// Tries again while `slow` says that trying helps. The journal's deadline is made for people
/// who wait at a screen; before the server listens, and at a shell, there is time. What is
/// tried must do no harm when it is done twice.
pub async fn patiently<T, E: std::fmt::Display>(
    slow: impl Fn(&E) -> bool,
    mut ask: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    for _ in 1..TRIES {
        match ask().await {
            Err(error) if slow(&error) => {
                tracing::warn!(%error, "trying again");
                tokio::time::sleep(TRY_AGAIN).await;
            }
            done => return done,
        }
    }
    ask().await
}

/// A folder that only its owner reads.
pub fn make_folder(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| {
            format!(
                "the folder {} cannot be made: name another with --data, or make it writable",
                path.display()
            )
        })
}

/// Takes the address, and lets nobody in yet. What is set here, each accepted connection inherits.
fn bind(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // Starts again at once, although connections of its last life have not timed out.
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    // An alert does not wait for the confirmation of the frame before it.
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn not_ours(address: SocketAddr, why: std::io::Error) -> anyhow::Error {
    anyhow::Error::new(why).context(format!(
        "{address} is taken or not ours: stop what listens there, or name another with --listen"
    ))
}

/// With our own limits: what is too slow or too large is closed.
fn tuned(mut server: Server<SocketAddr>) -> Server<SocketAddr> {
    // Until the first request is in, hyper's own timer does not always run.
    server = server.first_request_timeout(HEAD_WITHIN);
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_MAX);
    server
}

/// By the name that the certificate is for, or a browser would refuse it.
fn url(address: SocketAddr, shown: Option<&Shown>) -> String {
    let Some(shown) = shown else {
        return format!("http://{address}");
    };
    match (&shown.name, address.port()) {
        (Some(name), 443) => format!("https://{name}"),
        (Some(name), port) => format!("https://{name}:{port}"),
        (None, _) => format!("https://{address}"),
    }
}

/// A server that listens.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    /// What its routes stand on.
    pub app: SharedApp,
    /// It began while its database was away.
    pub away: bool,
    url: String,
    handle: Handle<SocketAddr>,
    serving: JoinHandle<std::io::Result<()>>,
    keeping: JoinSet<()>,
    /// Nobody else serves from the folder while this does.
    _held: Held,
}

impl Built {
    /// Listens.
    pub fn listen(self) -> anyhow::Result<Running> {
        // Who took it at the same moment is found out here.
        let listener = self.socket.listen(BACKLOG);
        let listener = listener.map_err(|why| not_ours(self.config.listen, why))?;
        let listener = listener.into_std()?;
        let address = listener.local_addr()?;
        let handle = Handle::new();
        let server = tuned(axum_server::from_tcp(listener)?.handle(handle.clone()));
        let service = router(Arc::clone(&self.app)).into_make_service();
        let url = url(address, self.shown.as_ref());
        let mut keeping = JoinSet::new();
        let serving = if let Some(shown) = self.shown {
            let tls = RustlsConfig::from_config(Arc::clone(&shown.config));
            let acceptor = RustlsAcceptor::new(tls.clone()).handshake_timeout(HEAD_WITHIN);
            keeping.spawn(keep_showing(shown, tls));
            tokio::spawn(server.acceptor(LetIn(acceptor)).serve(service))
        } else {
            let acceptor = LetIn(DefaultAcceptor::new());
            tokio::spawn(server.acceptor(acceptor).serve(service))
        };
        crate::failpoint::arm();
        keeping.spawn(refresh(Arc::clone(&self.app)));
        let keys_of = Arc::clone(&self.app);
        keeping.spawn(async move { keys_of.auth.keep_reading_keys().await });
        Ok(Running {
            address,
            app: self.app,
            away: self.away,
            url,
            handle,
            serving,
            keeping,
            _held: self.held,
        })
    }

    /// Where things are kept.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl Running {
    /// Where browsers and programs reach it.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Closes every connection with a code, lets open requests end, and stops.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.keeping.abort_all();
        self.app.registry.stop().await;
        self.handle.graceful_shutdown(Some(DRAIN_WITHIN));
        self.serving.await??;
        Ok(())
    }

    /// Runs until the process is told to stop.
    pub async fn until_told(self) -> anyhow::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => {}
            result = tokio::signal::ctrl_c() => result?,
        }
        tracing::info!("stopping");
        self.stop().await
    }
}

/// Directories and switched-off sign-ins, read again and again: another process may have
/// changed them.
async fn refresh(app: SharedApp) {
    let mut every = tokio::time::interval(REFRESH_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(error) = app.refresh().await {
            tracing::warn!(%error, "the directory could not be read again");
        }
    }
}

/// A path as it is shown to people.
#[must_use]
pub fn shown(path: &Path) -> String {
    std::fs::canonicalize(path)
        .unwrap_or_else(|_| PathBuf::from(path))
        .display()
        .to_string()
}
