//! Where state lives, and what seals its secrets.

use std::{fs::DirBuilder, io, os::unix::fs::DirBuilderExt, path::PathBuf};

use velodrome_model::SecretString;
use velodrome_store::Database;

use super::{
    faults::Faults,
    master_key::MasterKeySource,
    setting::{Default::Otherwise, Default::Text, Value, settings},
};

settings! {
    /// Where state lives, and what seals its secrets.
    Storage, "Storage" {
        /// Folder of the embedded database and of generated keys. Made when it does not exist.
        data_dir: PathBuf = "VELODROME_DATA_DIR", Text("./data");
        /// The database: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/NAME` (version 15 or later).
        database_url: Option<DatabaseUrl> = "VELODROME_DATABASE_URL", Otherwise("the SQLite file `velodrome.db` in the data folder");
        /// 32 bytes in base64 that encrypt the stored secrets. While rotating: several, comma-separated,
        /// newest first.
        master_key: Option<SecretString> = "VELODROME_MASTER_KEY", Otherwise("made at the first start, in `master.key` of the data folder, readable by its owner only");
        /// A file that holds the master key, instead of `VELODROME_MASTER_KEY`.
        master_key_file: Option<PathBuf> = "VELODROME_MASTER_KEY_FILE", Otherwise("none");
    }
}

/// The generated master key's file in the data folder.
const GENERATED_KEY: &str = "master.key";

/// A database's address, which may hold a password.
#[derive(Clone)]
pub struct DatabaseUrl(Database);

impl Value for DatabaseUrl {
    const IS_SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Database::parse(text)
            .map(Self)
            .map_err(|fault| fault.to_string())
    }
}

impl Storage {
    /// The database in use.
    pub fn database(&self) -> Database {
        match &self.database_url {
            Some(url) => url.0.clone(),
            None => Database::Sqlite(self.data_dir.join("velodrome.db")),
        }
    }

    /// Makes the data folder where there is none, for nobody but us.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn make_data_dir(&self) -> io::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.data_dir)
    }

    /// Where the master key comes from.
    pub fn master_key(&self) -> MasterKeySource {
        match (&self.master_key, &self.master_key_file) {
            (Some(key), _) => MasterKeySource::Given(key.clone()),
            (None, Some(file)) => MasterKeySource::File(file.clone()),
            (None, None) => MasterKeySource::Generated(self.data_dir.join(GENERATED_KEY)),
        }
    }

    pub(super) fn check(&self, faults: &mut Faults) {
        if self.master_key.is_some() && self.master_key_file.is_some() {
            faults.add(
                "VELODROME_MASTER_KEY_FILE",
                "the key is given by VELODROME_MASTER_KEY too; remove one of them",
            );
        }
    }
}
