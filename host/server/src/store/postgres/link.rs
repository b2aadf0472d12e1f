//! A connection to the database: made, set up, looked at, and used from a thread that waits.

use core::cell::Cell;
use core::future::Future;
use core::time::Duration;
use std::collections::HashMap;

use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Connection, Error, NoTls, Row, Statement};
use tracing::warn;

use super::address::{Address, Protection};
use super::error::of_state;
use super::tls::Tls;
use crate::store::{Access, StoreError};

/// How long the database may take to let somebody in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long nothing may be heard after something was sent, on any network.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// After how much idleness the other side is looked for.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// What every session is told. A statement, a wait for somebody's lock and a pause within a transaction
/// are bounded, so that a server that hangs cannot hold up the others. Nothing is compiled for a query: each
/// reads a few rows, and compiling one takes ten times as long as running it.
const SESSION: &str = "SET client_min_messages = warning; SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
     SET jit = off; \
     SET idle_in_transaction_session_timeout = '15s'; SET tcp_keepalives_idle = 10; \
     SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// What a statement gives.
pub(super) type Answer<T> = Result<T, Failure>;

/// Why a statement gave nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database said no, or the connection broke.
    Database(Error),
    /// Nothing was heard.
    Silence,
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => error.into(),
            Failure::Silence => Self::Unavailable,
        }
    }
}

/// A connection with its prepared statements. Its runtime runs while somebody waits for an answer.
#[derive(Debug)]
pub(super) struct Link {
    runtime: Runtime,
    client: Client,
    statements: HashMap<&'static str, Statement>,
    is_silent: Cell<bool>,
}

impl Link {
    /// Connects, and refuses a database that does not keep what it acknowledges.
    pub(super) fn open(address: &Address, access: Access) -> Result<Self, StoreError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|_| StoreError::Unavailable)?;
        let client = runtime.block_on(connect(address, access))?;
        let mut link = Self { runtime, client, statements: HashMap::new(), is_silent: Cell::new(false) };
        link.batch(SESSION)?;
        if access == Access::Read {
            link.batch("SET default_transaction_read_only = on")?;
        }
        link.check_durability()?;
        Ok(link)
    }

    /// Looks whether a commit survives a power cut. What a session may decide by itself is decided here.
    fn check_durability(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on', \
                   current_setting('synchronous_commit') = 'off'";
        let row = self.wait(|client| client.query_one(sql, &[]))?;
        if !row.try_get::<_, bool>(0)? {
            return Err(StoreError::NotDurable);
        }
        if row.try_get(1)? {
            self.batch("SET synchronous_commit = on")?;
        }
        Ok(())
    }

    /// Whether it is gone for good.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed() || self.is_silent.get()
    }

    /// Runs several statements that give nothing.
    pub(super) fn batch(&mut self, sql: &str) -> Answer<()> {
        self.wait(|client| client.batch_execute(sql))
    }

    /// Runs a statement and gives the number of rows that it changed.
    pub(super) fn execute(&mut self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Answer<u64> {
        let statement = self.prepared(sql)?;
        self.wait(|client| client.execute(&statement, values))
    }

    /// Runs a query.
    pub(super) fn query(&mut self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Answer<Vec<Row>> {
        let statement = self.prepared(sql)?;
        self.wait(|client| client.query(&statement, values))
    }

    /// Runs something on the client itself.
    pub(super) fn with_client<R>(&mut self, work: impl AsyncFnOnce(&mut Client) -> R) -> R {
        self.runtime.block_on(work(&mut self.client))
    }

    fn prepared(&mut self, sql: &'static str) -> Answer<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.wait(|client| client.prepare(sql))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    fn wait<'a, T, F: Future<Output = Result<T, Error>>>(&'a self, work: impl FnOnce(&'a Client) -> F) -> Answer<T> {
        if self.is_silent.get() {
            return Err(Failure::Silence);
        }
        let work = work(&self.client);
        match self.runtime.block_on(async { timeout(SILENCE_MAX, work).await }) {
            Ok(outcome) => outcome.map_err(Failure::Database),
            Err(_) => {
                self.is_silent.set(true);
                Err(Failure::Silence)
            }
        }
    }
}

/// Connects. What the database says to it is logged, because it says what to mend; it holds no password.
async fn connect(address: &Address, access: Access) -> Result<Client, StoreError> {
    let config = config(address, access);
    let connected = match &address.protection {
        Protection::None => start(config.connect(NoTls).await),
        Protection::Tls { roots } => match Tls::new(roots.as_deref()) {
            Ok(tls) => start(config.connect(tls).await),
            Err(error) => {
                warn!(%address, %error, "the way to the database cannot be protected");
                return Err(StoreError::Unavailable);
            }
        },
    };
    connected.map_err(|error| {
        let cause = core::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        warn!(%address, cause, "the database cannot be reached");
        error.code().map_or(StoreError::Unavailable, of_state)
    })
}

fn config(address: &Address, access: Access) -> Config {
    let mut config = address.config();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    config.tcp_user_timeout(SILENCE_MAX).keepalives_idle(KEEPALIVE).application_name("hwlicense");
    config.ssl_mode(match address.protection {
        Protection::None => SslMode::Disable,
        Protection::Tls { .. } => SslMode::Require,
    });
    // Of several hosts, the one that is the primary now.
    if access == Access::Write {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config
}

/// Lets a connection run beside the client.
fn start<S, T>(connected: Result<(Client, Connection<S, T>), Error>) -> Result<Client, Error>
where
    Connection<S, T>: Future<Output = Result<(), Error>> + Send + 'static,
{
    let (client, connection) = connected?;
    tokio::spawn(async move {
        // Whoever waits for an answer hears of its end.
        let _ = connection.await;
    });
    Ok(client)
}
