//! What an empty installation needs before anybody can use it.

use chrono::Months;
use url::Url;
use uuid::Uuid;
use velodrome_model::{
    Account, AccountErrorWebhook, AccountId, AppearanceSettings, GeneralSettings, InstanceScope,
    Membership, Partner, PartnerId, Principal, PrincipalKind, RetentionSettings, Role,
    SecretString, SecuritySettings, SharedClock,
};
use velodrome_store::{Deed, Store, StoreError};

use crate::{
    Invalid,
    clients::new_password_client_id,
    invalid::{email, required_text},
    passwords::{self, HashingFailed, Passwords, WeakPassword},
};

/// What the operator says about the first start.
#[derive(Debug)]
pub struct Bootstrap {
    /// Where users and providers reach the installation.
    pub public_url: Url,
    /// The first administrator, made only while there is none.
    pub administrator: FirstAdministrator,
    /// First client credentials of the default partner, made only while they are absent.
    pub client: Option<(String, SecretString)>,
}

/// The first administrator.
#[derive(Debug)]
pub struct FirstAdministrator {
    /// E-mail address.
    pub email: String,
    /// Password; one is made up when there is none.
    pub password: Option<SecretString>,
}

/// What the first start has made.
#[derive(Debug)]
pub struct Bootstrapped {
    /// The default partner.
    pub partner: PartnerId,
    /// E-mail and made-up password of the first administrator, to be shown once.
    pub made_up_password: Option<(String, SecretString)>,
}

/// Why the installation can't be prepared.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// A value breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The first administrator's password breaks a rule.
    #[error("the first administrator's password: {0}")]
    WeakPassword(#[from] WeakPassword),
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes what is missing: the default partner with its template account, the first administrator, the
/// first client. Running it at every start changes nothing that is there.
///
/// # Errors
/// When a value breaks a rule or the store fails; nothing is made then.
pub async fn bootstrap(
    store: &Store,
    passwords: &Passwords,
    clock: &SharedClock,
    options: Bootstrap,
) -> Result<Bootstrapped, BootstrapError> {
    // Hashing takes long, so it is done before the unit, and only where it may be needed.
    let unit = store.read(&InstanceScope).await?;
    let has_administrator = unit.administrators().any().await?;
    drop(unit);
    let mut made_up_password = None;
    let mut hashed = None;
    if !has_administrator {
        let address = email("The first administrator", &options.administrator.email)?;
        let password = match options.administrator.password {
            Some(password) => password,
            None => {
                let password = crate::tokens::mint("");
                made_up_password = Some((address.clone(), password.clone()));
                password
            }
        };
        if made_up_password.is_none() {
            passwords::check_administrator_password(&password, 10)?;
        }
        hashed = Some((address, passwords.hash(&password).await?));
    }
    let unit = store.begin(&InstanceScope).await?;
    // Nodes that start together on an empty database make everything once.
    unit.one_at_a_time().await?;
    if unit.administrators().any().await? {
        hashed = None;
        made_up_password = None;
    }
    let partner = match unit.default_partner().await? {
        Some(partner) => partner,
        None => {
            let partner = default_partner(&options.public_url, clock);
            unit.insert_partner(&partner, true).await?;
            partner
        }
    };
    if let Some((address, hash)) = hashed {
        let id = unit
            .administrators()
            .insert(&address, Some(hash), true)
            .await?;
        let membership = Membership {
            partner: partner.id,
            role: Role::Administrator,
            notifications: false,
        };
        unit.administrators().join(id, &membership).await?;
    }
    let unit = unit.into_partner(partner.id);
    if unit.accounts().template_account().await?.is_none() {
        unit.accounts().insert(&template_account(clock)).await?;
    }
    if let Some((client_id, secret)) = options.client {
        let client_id = required_text("The bootstrap client id", &client_id, 128)?;
        if unit.oauth_clients().reveal(&client_id).await?.is_none() {
            unit.oauth_clients()
                .insert(&client_id, "Made at the first start", &secret)
                .await?;
            let system = Principal {
                kind: PrincipalKind::System,
                name: "Velodrome".into(),
                address: None,
            };
            let deed = Deed {
                action: "oauth_client.created",
                object_type: "OAuthClient",
                object_id: client_id,
                ..Deed::default()
            };
            unit.audit(&system, deed).await?;
        }
    }
    unit.commit().await?;
    Ok(Bootstrapped {
        partner: partner.id,
        made_up_password,
    })
}

fn default_partner(public_url: &Url, clock: &SharedClock) -> Partner {
    let general = GeneralSettings {
        application_user_agent: format!(
            "Velodrome ({})",
            public_url.as_str().trim_end_matches('/')
        ),
        ..GeneralSettings::default()
    };
    Partner {
        id: PartnerId(Uuid::new_v4()),
        name: "Velodrome".into(),
        contact_name: None,
        contact_email: None,
        share_details_with_group: false,
        general,
        security: SecuritySettings::default(),
        appearance: AppearanceSettings::default(),
        retention: RetentionSettings::default(),
        regions: None,
        password_client: (new_password_client_id(), clock.now()),
    }
}

fn template_account(clock: &SharedClock) -> Account {
    let id = AccountId(Uuid::new_v4());
    let now = clock.now();
    Account {
        id,
        key: id.into(),
        name: "Templates".into(),
        description: None,
        audit_info: None,
        task_audit_info: None,
        timezone: "UTC".into(),
        next_bill_at: now.checked_add_months(Months::new(1)).unwrap_or(now),
        success_retention_hours: None,
        errored_retention_hours: None,
        error_webhook: AccountErrorWebhook::default(),
        concurrent_limit: None,
        parent: None,
        is_template_account: true,
        is_suspended: false,
        created_at: now,
    }
}
