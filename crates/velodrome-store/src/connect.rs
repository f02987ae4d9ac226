//! Connecting, migrating, and the way in.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
    sqlx::{self, Connection, PgConnection},
};
use sea_orm_migration::MigratorTrait;
use uuid::{ContextV7, Timestamp, Uuid};
use velodrome_model::{Scope, SharedClock};

use crate::{
    StoreError, Unit,
    clock::DatabaseClock,
    faults::Points,
    migrations::{self, Migrator},
    seal::{MasterKeys, Sealer},
};

/// Memory of SQLite's connections for pages, KiB, negative as SQLite wants it. Only what is used is taken.
const WRITER_CACHE: &str = "-32768";
const READER_CACHE: &str = "-4096";
/// The writer puts the log back into the file itself when it has grown to so many pages of 4 KiB, because
/// nobody else has.
const PAGES_OF_LOG: &str = "16000";

/// A unit of work on PostgreSQL that has nothing asked for so long is ended by the server, and with it its locks:
/// whoever began it is paused, cut off or gone. Units only talk to the database, so none is idle on purpose.
/// Others who wait for such a lock renew their leases meanwhile every ten seconds, and leases last thirty.
const IDLE_UNIT: Duration = Duration::from_secs(10);
/// The same where the server waits for an answer to be fetched.
const DEAF_CLIENT: Duration = Duration::from_secs(15);

/// Which database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// The embedded one, in this file.
    Sqlite(PathBuf),
    /// A server, by its `postgres://` address.
    Postgres(String),
}

impl Database {
    /// Reads `sqlite:…` or `postgres://…`.
    ///
    /// # Errors
    /// A text that names neither, with what to write instead.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.trim_start_matches("//");
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            if path.is_empty() {
                return Err(StoreError::Configuration(
                    "sqlite: needs the path of a file, such as sqlite:./data/velodrome.db".into(),
                ));
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(StoreError::Configuration(
            "the database URL must begin with sqlite: or postgres://".into(),
        ))
    }
}

/// How to open the store.
#[derive(Clone)]
pub struct StoreOptions {
    /// Which database.
    pub database: Database,
    /// Keys that seal the data keys, newest first.
    pub master_keys: MasterKeys,
    /// The time.
    pub clock: SharedClock,
    /// Most connections to PostgreSQL, and readers of SQLite.
    pub connections: u32,
}

/// The database, its keys and the time. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    reader: DatabaseConnection,
    /// SQLite: one connection, so that writers queue here and not in busy loops. PostgreSQL: the reader's pool.
    writer: DatabaseConnection,
    pub(crate) database: Database,
    pub(crate) sealer: Sealer,
    pub(crate) clock: SharedClock,
    /// The same, where it is the database's.
    database_clock: Option<Arc<DatabaseClock>>,
    ids: Mutex<ContextV7>,
    pub(crate) points: Points,
}

impl Inner {
    /// An id that is greater than all that this store made before, and than those that others made before this
    /// instant (RFC 9562 §5.7).
    pub(crate) fn new_id(&self) -> Uuid {
        let now = self.clock.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        let stamp = Timestamp::from_unix(&self.ids, seconds, now.timestamp_subsec_nanos());
        Uuid::new_v7(stamp)
    }
}

impl Store {
    /// Opens the database, brings its tables up to date and opens (or makes) the data keys.
    ///
    /// # Errors
    /// When the database can't be reached, is of a newer release, or no master key opens its data keys.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let (reader, writer) = connect(&options.database, options.connections).await?;
        Self::open_over(reader, writer, options, None).await
    }

    /// As [`Store::open`], for one node of several: with PostgreSQL the time is the database's, whatever the
    /// machine's clock says, as long as somebody calls [`Store::follow_clock`].
    ///
    /// # Errors
    /// As [`Store::open`], and when the database does not say what time it is.
    pub async fn open_as_node(options: StoreOptions) -> Result<Self, StoreError> {
        let (reader, writer) = connect(&options.database, options.connections).await?;
        let Database::Postgres(_) = options.database else {
            return Self::open_over(reader, writer, options, None).await;
        };
        let clock = Arc::new(DatabaseClock::ask(&reader).await?);
        let options = StoreOptions {
            clock: clock.clone(),
            ..options
        };
        Self::open_over(reader, writer, options, Some(clock)).await
    }

    async fn open_over(
        reader: DatabaseConnection,
        writer: DatabaseConnection,
        options: StoreOptions,
        database_clock: Option<Arc<DatabaseClock>>,
    ) -> Result<Self, StoreError> {
        migrations::run(&writer).await?;
        let sealer = Sealer::load(&writer, options.master_keys, options.clock.as_ref()).await?;
        let inner = Inner {
            reader,
            writer,
            database: options.database,
            sealer,
            clock: options.clock,
            database_clock,
            ids: Mutex::new(ContextV7::new()),
            points: Points::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The time that this store goes by.
    pub fn clock(&self) -> SharedClock {
        Arc::clone(&self.inner.clock)
    }

    /// Asks the database what time it is, where that is the time that counts. Wanted every second: a machine
    /// that slept knows nothing of it.
    ///
    /// # Errors
    /// When the database does not answer; the time goes on meanwhile.
    pub async fn follow_clock(&self) -> Result<(), StoreError> {
        match &self.inner.database_clock {
            Some(clock) => clock.ask_again(&self.inner.reader).await,
            None => Ok(()),
        }
    }

    /// A new id for a row. Ids grow with the time that all nodes share, so they say which came first.
    pub fn new_id(&self) -> Uuid {
        self.inner.new_id()
    }

    /// Names of the migrations that [`Store::open`] would run.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn pending_migrations(database: &Database) -> Result<Vec<String>, StoreError> {
        if let Database::Sqlite(path) = database
            && !path.exists()
        {
            return Ok(Migrator::migrations()
                .iter()
                .map(|m| m.name().to_owned())
                .collect());
        }
        let (_, writer) = connect(database, 1).await?;
        migrations::pending(&writer).await
    }

    /// Begins a unit of work that may write.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn begin<S: Scope>(&self, scope: &S) -> Result<Unit<S>, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.inner.writer.begin_with_options(options).await?;
        Ok(Unit::new(
            transaction,
            scope.clone(),
            Arc::clone(&self.inner),
        ))
    }

    /// Begins a unit of work that only reads, from one consistent state. Dropping it is enough.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn read<S: Scope>(&self, scope: &S) -> Result<Unit<S>, StoreError> {
        let transaction = self.inner.reader.begin().await?;
        Ok(Unit::new(
            transaction,
            scope.clone(),
            Arc::clone(&self.inner),
        ))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.inner.reader.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Puts SQLite's log back into the file, as far as nobody still reads what is older, without keeping the
    /// writer waiting. Nothing with PostgreSQL.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_log_back(&self) -> Result<(), StoreError> {
        if self.is_sqlite() {
            let log = "PRAGMA wal_checkpoint(PASSIVE)";
            self.inner.reader.execute_unprepared(log).await?;
        }
        Ok(())
    }

    /// Reads the data keys again, for those that another process has made.
    ///
    /// # Errors
    /// When the database can't be reached or a key does not open.
    pub async fn reload_keys(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        self.inner.sealer.reload(&self.inner.reader, now).await
    }

    /// Closes the connections, after everything that runs has ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(self) -> Result<(), StoreError> {
        self.inner.writer.close_by_ref().await?;
        self.inner.reader.close_by_ref().await?;
        Ok(())
    }

    /// Whether there is only one writer, so that what is to be written had better share commits.
    pub fn has_one_writer(&self) -> bool {
        self.is_sqlite()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.inner.database, Database::Sqlite(_))
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.inner.writer
    }
}

/// Reader and writer. PostgreSQL has one pool for both.
async fn connect(
    database: &Database,
    connections: u32,
) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    match database {
        Database::Postgres(url) => {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(10))
                .connect_timeout(Duration::from_secs(10))
                .set_application_name("velodrome")
                .sqlx_logging(false)
                .map_sqlx_postgres_pool_opts(|pool| {
                    pool.after_connect(|connection, _| Box::pin(limit_units(connection)))
                });
            let pool = sea_orm::Database::connect(options).await?;
            debug_assert_eq!(pool.get_database_backend(), DbBackend::Postgres);
            Ok((pool.clone(), pool))
        }
        Database::Sqlite(path) => {
            if let Some(folder) = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                std::fs::create_dir_all(folder).map_err(|cause| StoreError::File {
                    what: format!("creating {}", folder.display()),
                    cause,
                })?;
            }
            let writer = sqlite(path, 1, false).await?;
            let reader = sqlite(path, connections, true).await?;
            Ok((reader, writer))
        }
    }
}

/// Asked for once it is connected: poolers don't take these as parameters of a connection.
async fn limit_units(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let limits = "SELECT set_config('idle_in_transaction_session_timeout', $1, false), \
        set_config('tcp_user_timeout', $2, false)";
    let milliseconds = |time: Duration| time.as_millis().to_string();
    sqlx::query(limits)
        .bind(milliseconds(IDLE_UNIT))
        .bind(milliseconds(DEAF_CLIENT))
        .execute(connection)
        .await?;
    Ok(())
}

async fn sqlite(
    path: &std::path::Path,
    connections: u32,
    read_only: bool,
) -> Result<DatabaseConnection, StoreError> {
    // The path goes in through the options below, so that no character of it is taken for URL syntax.
    let mut options = ConnectOptions::new("sqlite://");
    let path = path.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .filename(&path)
                .create_if_missing(true)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(15))
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("temp_store", "MEMORY");
            if read_only {
                options
                    .pragma("query_only", "ON")
                    .pragma("cache_size", READER_CACHE)
            } else {
                options
                    .pragma("cache_size", WRITER_CACHE)
                    .pragma("wal_autocheckpoint", PAGES_OF_LOG)
            }
        });
    if !read_only {
        // A commit that fails for want of room is rolled back by SQLite itself; the driver then counts a
        // transaction that is gone and would never commit again what comes after it. Such a connection is
        // closed instead of being used again.
        options.map_sqlx_sqlite_pool_opts(|pool| {
            pool.before_acquire(|connection, _| {
                Box::pin(async { Ok(!connection.is_in_transaction()) })
            })
        });
    }
    Ok(sea_orm::Database::connect(options).await?)
}
