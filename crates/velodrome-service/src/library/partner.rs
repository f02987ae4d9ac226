//! The partner's side of the library: setup, guide, and who uses what.

use std::sync::Arc;

use velodrome_connector::catalogue::Release;
use velodrome_model::{
    AnyActor, ConnectorId, ExposeSecret, PartnerActor, PartnerScope, Problem, SecretString,
};
use velodrome_store::{Deed, StoreError};

use crate::Viewer;

use super::{
    Input, Library, LibraryConnector, LibraryError, SetupError, entry,
    setup::{CLIENT_ID, CLIENT_SECRET, SCOPES, Setup, setup_inputs, setup_required, uses_callback},
};

/// A connector as the partner sees it.
#[derive(Clone, Debug)]
pub struct PartnerConnector {
    /// The connector.
    pub connector: LibraryConnector,
    /// Has values that can be set for all accounts.
    pub supports_setup: bool,
    /// Has a guide.
    pub has_guide: bool,
    /// Accounts that use it.
    pub account_count: u64,
}

/// A setup with what its form needs.
#[derive(Clone, Debug)]
pub struct SetupForm {
    /// The connector release.
    pub connector: ConnectorId,
    /// Name of the connector.
    pub name: String,
    /// The stored values.
    pub setup: Setup,
    /// What can be set, with the stored values of what is not sensitive.
    pub values: Vec<SetupValue>,
    /// The address to register with the provider; none when no browser comes back from it.
    pub callback_url: String,
    /// Whether the connector sends browsers to the provider and back.
    pub uses_callback: bool,
    /// Something required is blank.
    pub required: bool,
}

/// One value of a setup.
#[derive(Clone, Debug)]
pub struct SetupValue {
    /// The input.
    pub input: Input,
    /// Has a value.
    pub is_set: bool,
    /// The value; none when sensitive or not set.
    pub value: Option<String>,
}

/// A change of a setup. Outer none: keep; inner none: clear.
#[derive(Clone, Debug, Default)]
pub struct SetupChange {
    /// OAuth client id.
    pub client_id: Option<Option<SecretString>>,
    /// OAuth client secret.
    pub client_secret: Option<Option<SecretString>>,
    /// Scopes.
    pub scopes: Option<Option<SecretString>>,
    /// Partner properties by name; those not named are kept.
    pub properties: Vec<(String, Option<SecretString>)>,
}

/// A setup guide.
#[derive(Clone, Debug)]
pub struct Guide {
    /// The connector release.
    pub connector: ConnectorId,
    /// Title.
    pub title: String,
    /// Markdown, merge fields resolved.
    pub markdown: String,
    /// The partner's own words.
    pub is_custom: bool,
    /// Last change of the partner's own words.
    pub updated_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// A guide as the partner writes it.
#[derive(Clone, Debug)]
pub struct GuideText {
    /// Title; that of our guide when absent.
    pub title: Option<String>,
    /// Markdown with merge fields.
    pub markdown: String,
}

/// Most characters of a guide.
const MAX_GUIDE: usize = 200_000;
/// Most characters of a title.
const MAX_TITLE: usize = 200;

impl Library {
    /// Connectors with setup state, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_for_partner(
        &self,
        actor: &PartnerActor,
    ) -> Result<Vec<PartnerConnector>, LibraryError> {
        let view = self
            .bench
            .connectors(Viewer::WholePartner(actor.scope))
            .await?;
        let listed = self.list_of(&view, actor.scope).await?;
        let unit = self.bench.store.read(&actor.scope).await?;
        let counts = unit.account_counts().await?;
        let guides = unit.setups().guide_connectors().await?;
        Ok(listed
            .into_iter()
            .map(|connector| {
                let uid = connector.listed.uid;
                PartnerConnector {
                    supports_setup: !setup_inputs(&connector.listed.outline).is_empty(),
                    has_guide: guides.contains(&uid)
                        || view
                            .release(connector.listed.id)
                            .is_some_and(|release| release.guide().is_some()),
                    account_count: counts.get(&uid).copied().unwrap_or_default(),
                    connector,
                }
            })
            .collect())
    }

    /// The setup of a connector.
    ///
    /// # Errors
    /// [`SetupError::NotFound`] when there is no such connector.
    pub async fn setup(
        &self,
        actor: &PartnerActor,
        connector: ConnectorId,
    ) -> Result<SetupForm, SetupError> {
        let release = self.release(actor, connector).await?;
        let setup = self.setup_of(actor.scope, &release).await?;
        Ok(self.form(&release, setup))
    }

    /// Changes the setup of a connector. A new client id makes the credentials that the old one obtained
    /// useless, so their account connectors need re-authentication (connectors.md §9.1).
    ///
    /// # Errors
    /// [`SetupError::NotFound`] when there is no such connector; [`SetupError::UnknownProperty`] and
    /// [`SetupError::Invalid`] leave everything as it was.
    pub async fn change_setup(
        &self,
        actor: &PartnerActor,
        connector: ConnectorId,
        change: SetupChange,
    ) -> Result<SetupForm, SetupError> {
        let release = self.release(actor, connector).await?;
        let inputs = setup_inputs(&release.listed().outline);
        let unit = self.bench.store.begin(&actor.scope).await?;
        let uid = release.listed().uid;
        let mut setup = match unit.setups().get(uid).await? {
            Some(stored) => Setup::from_stored(&stored)?,
            None => Setup::default(),
        };
        let former_client = setup.get(CLIENT_ID).map(|id| id.expose_secret().to_owned());
        let client = [
            (CLIENT_ID, change.client_id),
            (CLIENT_SECRET, change.client_secret),
            (SCOPES, change.scopes),
        ];
        let client = client
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)));
        for (name, value) in client.chain(change.properties) {
            let input = inputs.iter().find(|input| input.name == name);
            let Some(input) = input else {
                // Clearing what the connector does not have is what it is already.
                if value
                    .as_ref()
                    .is_none_or(|value| value.expose_secret().is_empty())
                {
                    continue;
                }
                return Err(SetupError::UnknownProperty(name));
            };
            self.check(input, value.as_ref())?;
            setup.set(&name, value);
        }
        unit.setups().put(uid, &setup.to_sealed_text()).await?;
        let new_client = setup.get(CLIENT_ID).map(|id| id.expose_secret().to_owned());
        if former_client.is_some() && former_client != new_client {
            let reason =
                Problem::NeedsReauthentication("the partner's client id was changed".to_owned());
            for installation in unit
                .installations_of(uid)
                .await?
                .iter()
                .filter(|one| one.has_credential)
            {
                unit.mark_installation(installation.id, &reason).await?;
            }
        }
        unit.audit(&actor.principal, deed("connector.setup_changed", connector))
            .await?;
        unit.commit().await?;
        self.installations.forget_all();
        self.setup(actor, connector).await
    }

    /// Clears the setup of a connector. Account connectors that rely on it keep their tokens and can't
    /// renew them.
    ///
    /// # Errors
    /// [`SetupError::NotFound`] when there is no such connector.
    pub async fn clear_setup(
        &self,
        actor: &PartnerActor,
        connector: ConnectorId,
    ) -> Result<(), SetupError> {
        let release = self.release(actor, connector).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        unit.setups().delete(release.listed().uid).await?;
        unit.audit(&actor.principal, deed("connector.setup_cleared", connector))
            .await?;
        unit.commit().await?;
        self.installations.forget_all();
        Ok(())
    }

    /// The setup guide of a connector: the partner's own, else ours.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`] when there is no such connector or it has no guide.
    pub async fn guide(
        &self,
        actor: &AnyActor,
        connector: ConnectorId,
    ) -> Result<Guide, LibraryError> {
        let viewer = match actor {
            AnyActor::Partner(actor) => Viewer::WholePartner(actor.scope),
            AnyActor::Account(actor) => actor.into(),
        };
        let view = self.bench.connectors(viewer).await?;
        let release = view.release(connector).ok_or(LibraryError::NotFound)?;
        let unit = self.bench.store.read(&actor.partner()).await?;
        let own = unit.setups().guide(release.listed().uid).await?;
        drop(unit);
        let regions = self.settings.region_table(actor.partner()).await?;
        let resolve = |markdown: &str| {
            markdown
                .replace("{{CallbackUrl}}", &self.bench.callback_url())
                .replace(
                    "{{ServiceDomain}}",
                    self.bench.public_url.as_str().trim_end_matches('/'),
                )
                .replace("{{RegionTable}}", &regions)
        };
        match own {
            Some(own) => Ok(Guide {
                connector,
                title: own.title,
                markdown: resolve(&own.body),
                is_custom: true,
                updated_at: Some(own.updated_at),
            }),
            None => Ok(Guide {
                connector,
                title: guide_title(release),
                markdown: resolve(release.guide().ok_or(LibraryError::NotFound)?),
                is_custom: false,
                updated_at: None,
            }),
        }
    }

    /// Puts the partner's own words in the place of our guide.
    ///
    /// # Errors
    /// [`SetupError::NotFound`] when there is no such connector; [`SetupError::BlankGuide`] without text.
    pub async fn write_guide(
        &self,
        actor: &PartnerActor,
        connector: ConnectorId,
        text: GuideText,
    ) -> Result<(), SetupError> {
        let release = self.release(actor, connector).await?;
        if text.markdown.trim().is_empty() {
            return Err(SetupError::BlankGuide);
        }
        let title = text.title.unwrap_or_else(|| guide_title(&release));
        for (what, text, limit) in [
            ("Markdown", &text.markdown, MAX_GUIDE),
            ("Title", &title, MAX_TITLE),
        ] {
            if text.chars().count() > limit {
                return Err(SetupError::TooLong { what, limit });
            }
        }
        let unit = self.bench.store.begin(&actor.scope).await?;
        unit.setups()
            .put_guide(release.listed().uid, &title, &text.markdown)
            .await?;
        unit.audit(&actor.principal, deed("connector.guide_changed", connector))
            .await?;
        Ok(unit.commit().await?)
    }

    /// Goes back to our guide.
    ///
    /// # Errors
    /// [`SetupError::NotFound`] when there is no such connector.
    pub async fn reset_guide(
        &self,
        actor: &PartnerActor,
        connector: ConnectorId,
    ) -> Result<(), SetupError> {
        let release = self.release(actor, connector).await?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        unit.setups().delete_guide(release.listed().uid).await?;
        unit.audit(&actor.principal, deed("connector.guide_reset", connector))
            .await?;
        Ok(unit.commit().await?)
    }

    async fn release(
        &self,
        actor: &PartnerActor,
        connector: ConnectorId,
    ) -> Result<Arc<Release>, SetupError> {
        let view = self
            .bench
            .connectors(Viewer::WholePartner(actor.scope))
            .await?;
        view.release(connector).cloned().ok_or(SetupError::NotFound)
    }

    pub(crate) async fn setup_of(
        &self,
        scope: PartnerScope,
        release: &Release,
    ) -> Result<Setup, StoreError> {
        let unit = self.bench.store.read(&scope).await?;
        let stored = unit.setups().get(release.listed().uid).await?;
        stored.map_or_else(
            || Ok(Setup::default()),
            |stored| Setup::from_stored(&stored),
        )
    }

    fn form(&self, release: &Release, setup: Setup) -> SetupForm {
        let outline = &release.listed().outline;
        let value = |input: Input| {
            let stored = setup.get(&input.name);
            SetupValue {
                is_set: stored.is_some() || input.default.is_some(),
                value: stored
                    .filter(|_| !input.is_sensitive)
                    .map(|value| value.expose_secret().to_owned())
                    .or_else(|| input.default.clone().filter(|_| !input.is_sensitive)),
                input,
            }
        };
        SetupForm {
            connector: release.listed().shown,
            name: outline.name.clone(),
            values: setup_inputs(outline).into_iter().map(value).collect(),
            callback_url: self.bench.callback_url(),
            uses_callback: uses_callback(outline),
            required: setup_required(outline, &setup),
            setup,
        }
    }

    fn check(&self, input: &Input, value: Option<&SecretString>) -> Result<(), SetupError> {
        let Some(value) = value else { return Ok(()) };
        input
            .check(value.expose_secret())
            .map_err(|fault| SetupError::Invalid {
                label: input.label.clone(),
                message: fault.to_string(),
            })?;
        let real = self
            .bench
            .real_secret_kind
            .and_then(|kind| kind(value.expose_secret()));
        if let Some(kind) = real {
            return Err(SetupError::RealSecretInSandbox {
                label: input.label.clone(),
                kind,
            });
        }
        Ok(())
    }
}

impl Library {
    /// A connector as lists show it to the owner of this scope.
    pub(crate) async fn listed(
        &self,
        scope: PartnerScope,
        release: &Release,
    ) -> Result<LibraryConnector, StoreError> {
        let setup = self.setup_of(scope, release).await?;
        Ok(entry(release, Some(&setup)))
    }
}

fn guide_title(release: &Release) -> String {
    format!("{} Authentication Setup Guide", release.listed().name)
}

fn deed(action: &'static str, connector: ConnectorId) -> Deed {
    Deed {
        action,
        object_type: "Connector",
        object_id: connector.to_string(),
        ..Deed::default()
    }
}
