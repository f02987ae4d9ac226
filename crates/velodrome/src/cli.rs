//! The words that people and scripts type.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// An embedded integration platform in one program.
///
/// Without a command the server is started. Settings come from the environment and velodrome.toml;
/// `velodrome config` prints them.
#[derive(Parser)]
#[command(
    name = "velodrome",
    version,
    after_help = "Results go to standard output, logs to standard error.\n\
                  Exit codes: 0 done; 1 failed, or faults were found; 2 wrong usage or configuration;\n\
                  3 the database can't be reached or used; 4 the master key is missing or wrong."
)]
pub struct Arguments {
    /// Configuration file [default: velodrome.toml in the working directory, where it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do; `serve` when nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program can do.
#[derive(Subcommand)]
pub enum Command {
    /// Start the server
    Serve(ServeOptions),
    /// Bring the database's tables up to date; `serve` does so too
    Migrate(MigrateOptions),
    /// Check and list connector definitions
    #[command(subcommand)]
    Connector(ConnectorCommand),
    /// Keep templates as files under version control
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Manage console administrators when nobody can sign in
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Manage the keys that seal secrets
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Write a consistent copy of the embedded database, while the server runs
    ///
    /// The copy does not hold the master key: keep that apart. For PostgreSQL use pg_dump.
    Backup {
        /// File to write; must not exist
        file: PathBuf,
    },
    /// Put a copy made by `backup` in the place of the embedded database, while the server is stopped
    Restore {
        /// The copy
        file: PathBuf,
        /// Replace the database that is there
        #[arg(long)]
        replace: bool,
    },
    /// Start only the simulated providers, for another server to use
    Sandbox(SandboxOptions),
    /// Print the OpenAPI document of the REST API
    Openapi,
    /// Print the settings in force, secrets masked
    Config(ConfigOptions),
}

/// How to serve.
#[derive(Args, Clone, Copy, Default)]
pub struct ServeOptions {
    /// Let built-in simulators answer in the seed providers' place
    ///
    /// A database is of the sandbox or not, from its first start on: real client secrets must not be
    /// sent to a simulator, nor simulated ones to a provider.
    #[arg(long)]
    pub sandbox: bool,
}

/// How to migrate.
#[derive(Args)]
pub struct MigrateOptions {
    /// Only print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What can be done with definitions.
#[derive(Subcommand)]
pub enum ConnectorCommand {
    /// Check definitions; exit code 1 when one can't be used
    Check {
        /// Files, definitions' folders, or folders of such folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Exit code 1 for warnings too
        #[arg(long)]
        strict: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the definitions in use: built in, and those of VELODROME_CONNECTORS_DIR
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a definition to begin with: definition, guide, icon and an example exchange
    New {
        /// Slug: lower-case letters, digits and hyphens; never changes
        slug: String,
        /// Folder in which the definition's folder is made
        #[arg(long, default_value = ".")]
        dir: PathBuf,
    },
    /// Make a definition of an OpenAPI document, or bring one up to date
    ///
    /// Reads Swagger 2.0, OpenAPI 3.0 and 3.1 in JSON or YAML. Says on standard error what was left out.
    ImportOpenapi(ImportOptions),
    /// Check a definition, replay its example exchanges, and try it out; exit code 1 on faults
    ///
    /// Without --twin and --credentials no network is used.
    Test(TestOptions),
}

/// What can be done with templates as files.
#[derive(Subcommand)]
pub enum TemplateCommand {
    /// Write the newest release of every template as a file
    ///
    /// A file that says the same already is left as it is, with its comments.
    Export(TemplateExport),
    /// Show what `apply` would change
    ///
    /// Exit codes: 0 nothing; 2 something; 1 a file is wrong, or the instance refuses it.
    Plan(TemplateApply),
    /// Make the templates of an instance what the files say
    ///
    /// A changed template gets a new Draft release; each changes as a whole or not at all.
    Apply(TemplateApply),
    /// Check files without an instance; exit code 1 when one can't be used
    Check {
        /// Files, or folders of files
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of the files, for editors
    Schema,
}

/// An instance, as a partner's program calls it.
#[derive(Args)]
pub struct InstanceOptions {
    /// Address of the instance [default: VELODROME_URL]
    ///
    /// The partner's API client is named by VELODROME_CLIENT_ID and VELODROME_CLIENT_SECRET.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// What is exported.
#[derive(Args)]
pub struct TemplateExport {
    /// Folder of the files
    pub folder: PathBuf,
    /// The instance
    #[command(flatten)]
    pub instance: InstanceOptions,
    /// Only these templates, by the names of their files
    #[arg(long, value_name = "KEY")]
    pub only: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What is applied.
#[derive(Args)]
pub struct TemplateApply {
    /// Folder of the files
    pub folder: PathBuf,
    /// The instance
    #[command(flatten)]
    pub instance: InstanceOptions,
    /// Make what is applied live at once
    #[arg(long)]
    pub promote: bool,
    /// Move templates that have no file into the recycle bin
    #[arg(long)]
    pub prune: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How a definition is tested.
#[derive(Args)]
pub struct TestOptions {
    /// The definition's folder
    pub folder: PathBuf,
    /// How much must be right
    #[arg(long, value_enum, default_value_t)]
    pub level: Level,
    /// Call the methods at the definition's own twin, a provider that is simulated from it
    #[arg(long, conflicts_with = "credentials")]
    pub twin: bool,
    /// Call the methods at the provider, with credentials from this JSON or TOML file
    ///
    /// Its members: authentication (a key of the definition), values (ApiKey, Username, ClientId, AccessToken,
    /// RefreshToken… by name), properties (by targetName), methods.KEY.parameters and methods.KEY.fields.
    /// None of the values is ever printed.
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// Call methods that create, change and delete too
    ///
    /// At the provider only records that the test itself has made are changed and deleted.
    #[arg(long)]
    pub write: bool,
    /// Pages after which a list is not read any further
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_pages: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Where a definition comes from and goes to.
#[derive(Args)]
pub struct ImportOptions {
    /// File, or http(s) address, which is fetched through the egress guard
    pub document: String,
    /// Folder in which the definition's folder is made
    #[arg(long, required_unless_present = "into", conflicts_with = "into")]
    pub out: Option<PathBuf>,
    /// Slug of the new definition; made of the name when absent
    #[arg(long, conflicts_with = "into")]
    pub slug: Option<String>,
    /// Name of the new definition; the document's title when absent
    #[arg(long, conflicts_with = "into")]
    pub name: Option<String>,
    /// Folder of a definition to bring up to date; keys, ids and edited texts stay
    #[arg(long)]
    pub into: Option<PathBuf>,
    /// Switch paging on where parameters look like it
    #[arg(long)]
    pub confirm_paging: bool,
    /// Print the report as JSON on standard output
    #[arg(long)]
    pub json: bool,
}

/// How much must be right about a definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    /// The definition passes the check, the examples that are there replay, credentials work and methods
    /// answer
    Basic,
    /// Every Action has an example too, wrong credentials are refused, lists page to their end, lookups
    /// answer and required fields appear
    #[default]
    Careful,
    /// No warnings either, optional fields appear too, and nothing is left unjudged
    Strict,
}

/// What can be done with administrators.
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Make an administrator of the default partner
    Create(AdminOptions),
    /// Give an administrator a new password, and end its sessions and its second factor
    ResetPassword(AdminOptions),
}

/// Which administrator.
#[derive(Args)]
pub struct AdminOptions {
    /// Email address
    pub email: String,
    /// Read the password from standard input instead of making one up
    #[arg(long)]
    pub password_stdin: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What can be done with keys.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Make a new data key and seal every secret again under it, while servers run
    ///
    /// To replace the master key itself: set VELODROME_MASTER_KEY to the new and the old one, newest
    /// first, restart the servers, then remove the old one.
    Rotate {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the key that signs the webhooks which Velodrome sends, for whoever checks their signatures
    Webhook {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// How to simulate.
#[derive(Args)]
pub struct SandboxOptions {
    /// Loopback address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How to print settings.
#[derive(Args)]
pub struct ConfigOptions {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print the reference of all settings, docs/reference/configuration.md
    #[arg(long, hide = true, conflicts_with = "json")]
    pub markdown: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_command_means_serve() {
        let arguments = Arguments::parse_from(["velodrome"]);

        assert!(arguments.command.is_none());
    }
}
