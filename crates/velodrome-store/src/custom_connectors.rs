//! Connectors that the unit's partner and its accounts made, and their releases (connectors.md §1).
//!
//! Every row names its partner, and everything here starts from the unit's. What belongs to one account
//! is asked for with its [`ConnectorOwner`], and another owner's connector is not found.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, DerivePartialModel, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, OnConflict},
};
use serde_json::Value;
use uuid::Uuid;
use velodrome_model::{
    AccountConnectorId, AccountId, ConnectorId, ConnectorOwner, ConnectorUid, CustomConnector,
    CustomRelease, PartnerScope, ReleaseVersion,
    definition::{ReleaseLevel, ReleaseStatus},
};

use crate::{
    StoreError, Unit,
    entity::{
        account_connector, custom_connector, custom_connector_change, custom_connector_release,
    },
    releases::{block_size, forget_custom, number_custom},
};

/// What a release holds.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomContent {
    /// The packed definition, with icon.
    pub content: Vec<u8>,
    /// Its hash.
    pub hash: String,
    /// Members of the JSON form that mean nothing to us.
    pub extra: Option<Value>,
    /// How many integers it takes.
    pub ids: i32,
}

/// A draft to be made.
#[derive(Clone, Debug)]
pub struct NewDraft {
    /// Number of the release.
    pub number: u32,
    /// What people see of it, until it goes Live as something else.
    pub version: ReleaseVersion,
    /// What it holds.
    pub content: CustomContent,
}

/// How a draft goes Live.
#[derive(Clone, Debug)]
pub struct Publication {
    /// What it means for installed connectors.
    pub level: ReleaseLevel,
    /// Major and minor number.
    pub version: ReleaseVersion,
    /// What changed.
    pub notes: Option<String>,
}

/// A release without its content.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "custom_connector_release::Entity")]
struct ReleaseRow {
    id: i32,
    custom_connector_id: Uuid,
    number: i32,
    status: String,
    level: Option<String>,
    major: i32,
    minor: i32,
    notes: Option<String>,
    hash: String,
    created_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
    published_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Custom connectors of the unit's partner.
pub struct CustomConnectorRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Connectors that this partner and its accounts made.
    pub fn custom_connectors(&self) -> CustomConnectorRows<'_> {
        CustomConnectorRows { unit: self }
    }
}

impl CustomConnectorRows<'_> {
    /// The functions that name the tenant.
    fn scoped(&self) -> Select<custom_connector::Entity> {
        custom_connector::Entity::find()
            .filter(custom_connector::Column::PartnerId.eq(self.partner()))
    }

    fn scoped_releases(&self) -> Select<custom_connector_release::Entity> {
        custom_connector_release::Entity::find()
            .filter(custom_connector_release::Column::PartnerId.eq(self.partner()))
    }

    fn partner(&self) -> Uuid {
        self.unit.scope().partner.0
    }

    /// A number that is another one after every change.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        let row = custom_connector_change::Entity::find_by_id(self.partner())
            .one(self.unit.db())
            .await?;
        Ok(row.map_or(0, |row| row.revision))
    }

    /// Announces a change, and lets the partner's changes happen one after the other: call it first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn announce_change(&self) -> Result<(), StoreError> {
        use custom_connector_change::Column;
        let next = Expr::col((custom_connector_change::Entity, Column::Revision)).add(1);
        let grow = OnConflict::column(Column::PartnerId)
            .value(Column::Revision, next)
            .to_owned();
        custom_connector_change::Entity::insert(custom_connector_change::ActiveModel {
            partner_id: Set(self.partner()),
            revision: Set(1),
        })
        .on_conflict(grow)
        .exec_without_returning(self.unit.db())
        .await?;
        Ok(())
    }

    /// Whether the release is Live; it stays so until this unit ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold_live(&self, release: ConnectorId) -> Result<bool, StoreError> {
        // SQLite has one writer at a time, which is this unit.
        let changes = custom_connector_change::Entity::find_by_id(self.partner());
        let changes = if self.unit.is_sqlite() {
            changes
        } else {
            changes.lock_exclusive()
        };
        changes.one(self.unit.db()).await?;
        let live = self
            .scoped_releases()
            .filter(custom_connector_release::Column::Id.eq(release.0))
            .filter(is_in(ReleaseStatus::Live));
        Ok(live.count(self.unit.db()).await? > 0)
    }

    /// All, by number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<CustomConnector>, StoreError> {
        let rows = self
            .scoped()
            .order_by_asc(custom_connector::Column::Number)
            .all(self.unit.db())
            .await?;
        Ok(rows.into_iter().map(CustomConnector::from).collect())
    }

    /// The owner's connector that has this integer, or whose release begins its block with it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(
        &self,
        owner: ConnectorOwner,
        number: ConnectorId,
    ) -> Result<Option<CustomConnector>, StoreError> {
        let of_release = self
            .scoped_releases()
            .filter(custom_connector_release::Column::Id.eq(number.0))
            .select_only()
            .column(custom_connector_release::Column::CustomConnectorId)
            .into_tuple::<Uuid>()
            .one(self.unit.db())
            .await?;
        let mut wanted = custom_connector::Column::Number.eq(number.0);
        if let Some(id) = of_release {
            wanted = wanted.or(custom_connector::Column::Id.eq(id));
        }
        let owned = match owner {
            ConnectorOwner::Partner => custom_connector::Column::AccountId.is_null(),
            ConnectorOwner::Account(account) => custom_connector::Column::AccountId.eq(account.0),
        };
        let row = self
            .scoped()
            .filter(owned)
            .filter(wanted)
            .one(self.unit.db())
            .await?;
        Ok(row.map(CustomConnector::from))
    }

    /// The connector of this stable id, whoever owns it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn by_uid(&self, uid: ConnectorUid) -> Result<Option<CustomConnector>, StoreError> {
        let row = self
            .scoped()
            .filter(custom_connector::Column::Uid.eq(uid.0))
            .one(self.unit.db())
            .await?;
        Ok(row.map(CustomConnector::from))
    }

    /// How many the owner has.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count(&self, owner: ConnectorOwner) -> Result<u64, StoreError> {
        let owned = match owner {
            ConnectorOwner::Partner => custom_connector::Column::AccountId.is_null(),
            ConnectorOwner::Account(account) => custom_connector::Column::AccountId.eq(account.0),
        };
        Ok(self.scoped().filter(owned).count(self.unit.db()).await?)
    }

    /// Makes a connector without release.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the partner has one of this stable id.
    pub async fn insert(
        &self,
        owner: ConnectorOwner,
        uid: ConnectorUid,
    ) -> Result<CustomConnector, StoreError> {
        let number = number_custom(self.unit, uid, "", 1).await?;
        let now = self.unit.now();
        let connector = CustomConnector {
            id: self.unit.new_id(),
            number,
            owner,
            uid,
            created_at: now,
            updated_at: now,
        };
        custom_connector::Entity::insert(custom_connector::ActiveModel {
            id: Set(connector.id),
            partner_id: Set(self.partner()),
            account_id: Set(match owner {
                ConnectorOwner::Partner => None,
                ConnectorOwner::Account(account) => Some(account.0),
            }),
            number: Set(number.0),
            uid: Set(uid.0),
            created_at: Set(now),
            updated_at: Set(now),
        })
        .exec_without_returning(self.unit.db())
        .await?;
        Ok(connector)
    }

    /// Removes a connector with all its releases.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, connector: &CustomConnector) -> Result<(), StoreError> {
        custom_connector::Entity::delete_many()
            .filter(custom_connector::Column::PartnerId.eq(self.partner()))
            .filter(custom_connector::Column::Id.eq(connector.id))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Every release of every connector, oldest first, without their contents.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all_releases(&self) -> Result<Vec<CustomRelease>, StoreError> {
        self.read_releases(self.scoped_releases()).await
    }

    /// The releases of a connector, oldest first, without their contents.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn releases(
        &self,
        connector: &CustomConnector,
    ) -> Result<Vec<CustomRelease>, StoreError> {
        let own = custom_connector_release::Column::CustomConnectorId.eq(connector.id);
        self.read_releases(self.scoped_releases().filter(own)).await
    }

    async fn read_releases(
        &self,
        query: Select<custom_connector_release::Entity>,
    ) -> Result<Vec<CustomRelease>, StoreError> {
        let rows: Vec<ReleaseRow> = query
            .order_by_asc(custom_connector_release::Column::CustomConnectorId)
            .order_by_asc(custom_connector_release::Column::Number)
            .into_partial_model()
            .all(self.unit.db())
            .await?;
        rows.into_iter().map(CustomRelease::try_from).collect()
    }

    /// Packed contents of releases.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn contents(
        &self,
        releases: &[ConnectorId],
    ) -> Result<HashMap<ConnectorId, Vec<u8>>, StoreError> {
        let mut found = HashMap::with_capacity(releases.len());
        for chunk in releases.chunks(100) {
            let rows: Vec<(i32, Vec<u8>)> = self
                .scoped_releases()
                .filter(
                    custom_connector_release::Column::Id
                        .is_in(chunk.iter().map(|release| release.0)),
                )
                .select_only()
                .column(custom_connector_release::Column::Id)
                .column(custom_connector_release::Column::Content)
                .into_tuple()
                .all(self.unit.db())
                .await?;
            found.extend(rows.into_iter().map(|(id, bytes)| (ConnectorId(id), bytes)));
        }
        Ok(found)
    }

    /// Members of a release's JSON form that mean nothing to us.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn extra(&self, release: ConnectorId) -> Result<Option<Value>, StoreError> {
        let row: Option<Option<Value>> = self
            .scoped_releases()
            .filter(custom_connector_release::Column::Id.eq(release.0))
            .select_only()
            .column(custom_connector_release::Column::Extra)
            .into_tuple()
            .one(self.unit.db())
            .await?;
        Ok(row.flatten())
    }

    /// Begins a release.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the connector has a release of this number.
    pub async fn insert_draft(
        &self,
        connector: &CustomConnector,
        draft: NewDraft,
    ) -> Result<(), StoreError> {
        let content = draft.content;
        let id = number_custom(self.unit, connector.uid, &content.hash, content.ids).await?;
        let now = self.unit.now();
        custom_connector_release::Entity::insert(custom_connector_release::ActiveModel {
            id: Set(id.0),
            custom_connector_id: Set(connector.id),
            partner_id: Set(self.partner()),
            number: Set(draft.number.cast_signed()),
            status: Set(status_word(ReleaseStatus::Draft).to_owned()),
            level: Set(None),
            major: Set(draft.version.major.cast_signed()),
            minor: Set(draft.version.minor.cast_signed()),
            notes: Set(None),
            hash: Set(content.hash),
            content: Set(content.content),
            extra: Set(content.extra),
            created_at: Set(now),
            updated_at: Set(now),
            published_at: Set(None),
        })
        .exec_without_returning(self.unit.db())
        .await?;
        self.touch(connector).await
    }

    /// Replaces what a draft holds. It keeps its integers while they suffice.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no draft any more.
    pub async fn replace_draft(
        &self,
        connector: &CustomConnector,
        draft: ConnectorId,
        content: CustomContent,
    ) -> Result<(), StoreError> {
        let mut id = draft;
        if block_size(self.unit, draft).await? < content.ids {
            forget_custom(self.unit, draft).await?;
            id = number_custom(self.unit, connector.uid, &content.hash, content.ids).await?;
        }
        let change = custom_connector_release::ActiveModel {
            id: Set(id.0),
            hash: Set(content.hash),
            content: Set(content.content),
            extra: Set(content.extra),
            updated_at: Set(self.unit.now()),
            ..Default::default()
        };
        self.change_draft(connector, draft, change).await
    }

    /// Discards a draft.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no draft any more.
    pub async fn delete_draft(
        &self,
        connector: &CustomConnector,
        draft: ConnectorId,
    ) -> Result<(), StoreError> {
        let deleted = custom_connector_release::Entity::delete_many()
            .filter(self.is_draft_of(connector, draft))
            .exec(self.unit.db())
            .await?;
        if deleted.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        forget_custom(self.unit, draft).await?;
        self.touch(connector).await
    }

    /// Makes a draft Live and the release that was Live Deprecated.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no draft any more.
    pub async fn publish(
        &self,
        connector: &CustomConnector,
        draft: ConnectorId,
        publication: Publication,
    ) -> Result<(), StoreError> {
        let now = self.unit.now();
        custom_connector_release::Entity::update_many()
            .set(custom_connector_release::ActiveModel {
                status: Set(status_word(ReleaseStatus::Deprecated).to_owned()),
                updated_at: Set(now),
                ..Default::default()
            })
            .filter(self.is_of(connector))
            .filter(is_in(ReleaseStatus::Live))
            .exec(self.unit.db())
            .await?;
        let change = custom_connector_release::ActiveModel {
            status: Set(status_word(ReleaseStatus::Live).to_owned()),
            level: Set(Some(level_word(publication.level).to_owned())),
            major: Set(publication.version.major.cast_signed()),
            minor: Set(publication.version.minor.cast_signed()),
            notes: Set(publication.notes),
            updated_at: Set(now),
            published_at: Set(Some(now)),
            ..Default::default()
        };
        self.change_draft(connector, draft, change).await
    }

    /// Changes a draft of this connector of the unit's partner, and notes the time. Nothing else changes
    /// what a release holds or is.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no draft any more.
    async fn change_draft(
        &self,
        connector: &CustomConnector,
        draft: ConnectorId,
        change: custom_connector_release::ActiveModel,
    ) -> Result<(), StoreError> {
        let changed = custom_connector_release::Entity::update_many()
            .set(change)
            .filter(self.is_draft_of(connector, draft))
            .exec(self.unit.db())
            .await?;
        if changed.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        self.touch(connector).await
    }

    /// Holds for the releases of this connector of the unit's partner.
    fn is_of(&self, connector: &CustomConnector) -> Condition {
        Condition::all()
            .add(custom_connector_release::Column::PartnerId.eq(self.partner()))
            .add(custom_connector_release::Column::CustomConnectorId.eq(connector.id))
    }

    fn is_draft_of(&self, connector: &CustomConnector, draft: ConnectorId) -> Condition {
        self.is_of(connector)
            .add(custom_connector_release::Column::Id.eq(draft.0))
            .add(is_in(ReleaseStatus::Draft))
    }

    /// How often each release of the connector is installed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn installation_counts(
        &self,
        uid: ConnectorUid,
    ) -> Result<HashMap<ConnectorId, u64>, StoreError> {
        let rows: Vec<(i32, i64)> = account_connector::Entity::find()
            .select_only()
            .column(account_connector::Column::ConnectorId)
            .column_as(account_connector::Column::Id.count(), "installed")
            .filter(account_connector::Column::PartnerId.eq(self.partner()))
            .filter(account_connector::Column::ConnectorUid.eq(uid.0))
            .group_by(account_connector::Column::ConnectorId)
            .into_tuple()
            .all(self.unit.db())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, count)| (ConnectorId(id), count.cast_unsigned()))
            .collect())
    }

    /// Moves installed connectors to another release.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn move_installations(
        &self,
        installations: &[AccountConnectorId],
        release: ConnectorId,
    ) -> Result<(), StoreError> {
        for chunk in installations.chunks(200) {
            account_connector::Entity::update_many()
                .set(account_connector::ActiveModel {
                    connector_id: Set(release.0),
                    updated_at: Set(self.unit.now()),
                    ..Default::default()
                })
                .filter(account_connector::Column::PartnerId.eq(self.partner()))
                .filter(account_connector::Column::Id.is_in(chunk.iter().map(|id| id.0)))
                .exec(self.unit.db())
                .await?;
        }
        Ok(())
    }

    /// Notes the time of a change.
    async fn touch(&self, connector: &CustomConnector) -> Result<(), StoreError> {
        let touched = custom_connector::Entity::update_many()
            .set(custom_connector::ActiveModel {
                updated_at: Set(self.unit.now()),
                ..Default::default()
            })
            .filter(custom_connector::Column::PartnerId.eq(self.partner()))
            .filter(custom_connector::Column::Id.eq(connector.id))
            .exec(self.unit.db())
            .await?;
        if touched.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        Ok(())
    }
}

fn is_in(status: ReleaseStatus) -> sea_orm::sea_query::SimpleExpr {
    custom_connector_release::Column::Status.eq(status_word(status))
}

pub(crate) fn status_word(status: ReleaseStatus) -> &'static str {
    match status {
        ReleaseStatus::Draft => "Draft",
        ReleaseStatus::Live => "Live",
        ReleaseStatus::Deprecated => "Deprecated",
    }
}

pub(crate) fn status_of(word: &str) -> Option<ReleaseStatus> {
    let all = [
        ReleaseStatus::Draft,
        ReleaseStatus::Live,
        ReleaseStatus::Deprecated,
    ];
    all.into_iter().find(|status| status_word(*status) == word)
}

fn level_word(level: ReleaseLevel) -> &'static str {
    match level {
        ReleaseLevel::Major => "Major",
        ReleaseLevel::Minor => "Minor",
    }
}

impl From<custom_connector::Model> for CustomConnector {
    fn from(row: custom_connector::Model) -> Self {
        Self {
            id: row.id,
            number: ConnectorId(row.number),
            owner: row.account_id.map_or(ConnectorOwner::Partner, |account| {
                ConnectorOwner::Account(AccountId(account))
            }),
            uid: ConnectorUid(row.uid),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl TryFrom<ReleaseRow> for CustomRelease {
    type Error = StoreError;

    fn try_from(row: ReleaseRow) -> Result<Self, StoreError> {
        let corrupt = StoreError::Corrupt {
            what: "custom connector release",
        };
        let Some(status) = status_of(&row.status) else {
            return Err(corrupt);
        };
        let level = match row.level.as_deref() {
            None => None,
            Some("Major") => Some(ReleaseLevel::Major),
            Some("Minor") => Some(ReleaseLevel::Minor),
            Some(_) => return Err(corrupt),
        };
        Ok(Self {
            connector: row.custom_connector_id,
            id: ConnectorId(row.id),
            number: row.number.cast_unsigned(),
            status,
            level,
            version: ReleaseVersion {
                major: row.major.cast_unsigned(),
                minor: row.minor.cast_unsigned(),
            },
            notes: row.notes,
            hash: row.hash,
            created_at: row.created_at,
            updated_at: row.updated_at,
            published_at: row.published_at,
        })
    }
}
