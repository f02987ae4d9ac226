//! Inbound requests: whose they are, what they said, and what they are answered (cycles.md §4.3, §7).

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Select, Statement, Value, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, CycleId, InstanceScope, Page, PageRequest, PartnerId, Scope, StepId,
    TransactionId, WebhookRequestId,
    cycle::{CycleStatus, TransactionStatus, WebhookResponse},
};

use super::{RunRows, Sealing, data::open};
use crate::{
    StoreError, Unit,
    entity::{cycle_transaction, webhook_request},
    paged::{self, Orders},
    seal::Place,
};

use webhook_request::Column as W;

/// The step that an address belongs to.
#[derive(Clone, Debug)]
pub struct WebhookTarget {
    /// Whose it is.
    pub scope: AccountScope,
    /// The cycle.
    pub cycle: CycleId,
    /// The step.
    pub step: StepId,
    /// State of the cycle.
    pub status: CycleStatus,
    /// The version of its graph.
    pub version: i32,
    /// It pauses after its first run.
    pub runs_once: bool,
    /// From when on requests begin transactions.
    pub start: Option<DateTime<Utc>>,
    /// Nothing of the account runs.
    pub is_suspended: bool,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestBody {
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Query without the question mark.
    pub query: Option<String>,
    /// Body, base64.
    pub body: String,
}

/// A request to be stored.
#[derive(Clone, Debug)]
pub struct NewWebhookRequest {
    /// Its id.
    pub id: WebhookRequestId,
    /// The cycle.
    pub cycle: CycleId,
    /// The step.
    pub step: StepId,
    /// HTTP method.
    pub method: String,
    /// Media type.
    pub content_type: Option<String>,
    /// Bytes of the body.
    pub size: i64,
    /// HTTP status of the answer, as far as it is known.
    pub status: i32,
    /// Somebody waits for a response.
    pub is_sync: bool,
    /// How many transactions it begins; none when it continues some.
    pub begun: Option<i32>,
    /// When what it said is erased.
    pub erase_at: DateTime<Utc>,
    sealed: Vec<u8>,
}

impl NewWebhookRequest {
    /// A request of a step.
    ///
    /// # Errors
    /// When what it said can't be sealed.
    pub fn new(
        sealing: &impl Sealing,
        (id, cycle, step): (WebhookRequestId, CycleId, StepId),
        said: &RequestBody,
        erase_at: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let json = serde_json::to_string(said).map_err(|_| StoreError::Corrupt {
            what: "webhook request",
        })?;
        Ok(Self {
            id,
            cycle,
            step,
            method: "POST".to_owned(),
            content_type: None,
            size: 0,
            status: 200,
            is_sync: false,
            begun: None,
            erase_at,
            sealed: sealing.sealed(&request_place(id.0), json)?,
        })
    }
}

/// A response of a Synchronous Response step.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredResponse(
    /// The response.
    pub WebhookResponse,
);

/// What somebody who waits for a response is told.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseState {
    /// Nothing yet.
    Open,
    /// A step answered.
    Answered(WebhookResponse),
    /// All transactions of the request have ended without an answer; whether one failed.
    Ended {
        /// One failed.
        is_errored: bool,
    },
}

/// A request as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSummary {
    /// Its id.
    pub id: WebhookRequestId,
    /// The step.
    pub step: StepId,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// HTTP method.
    pub method: String,
    /// Media type.
    pub content_type: Option<String>,
    /// Bytes of the body.
    pub size: i64,
    /// HTTP status of the answer.
    pub status: i32,
    /// What it said; none once it is erased.
    pub said: Option<RequestBody>,
    /// Transactions that it began or continued in children.
    pub transactions: Vec<TransactionId>,
}

pub(super) fn request_place(id: Uuid) -> Place {
    Place::new("webhook_request", "sealed", id)
}

pub(super) fn held_place(id: Uuid) -> Place {
    Place::new("webhook_request", "held", id)
}

fn response_place(id: Uuid) -> Place {
    Place::new("webhook_request", "response", id)
}

#[derive(FromQueryResult)]
struct TargetRow {
    step_id: Uuid,
    cycle_id: Uuid,
    partner_id: Uuid,
    account_id: Uuid,
    status: String,
    version: i32,
    runs_once: bool,
    start_at: Option<DateTime<Utc>>,
    is_suspended: bool,
}

const TARGET: &str = "SELECT s.id AS step_id, c.id AS cycle_id, c.partner_id AS partner_id, c.account_id AS account_id, \
     c.status AS status, c.version AS version, c.runs_once AS runs_once, c.start_at AS start_at, \
     a.is_suspended AS is_suspended \
     FROM cycle_step s JOIN cycle c ON c.id = s.cycle_id JOIN account a ON a.id = c.account_id \
     WHERE s.webhook_key = $1 AND c.deleted_at IS NULL";

impl Unit<InstanceScope> {
    /// The step of an address.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn webhook_target(&self, key: &str) -> Result<Option<WebhookTarget>, StoreError> {
        use sea_orm::ConnectionTrait as _;
        let db = self.db();
        let statement = Statement::from_sql_and_values(
            db.get_database_backend(),
            TARGET,
            [Value::from(key.to_owned())],
        );
        let row = TargetRow::find_by_statement(statement).one(db).await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(WebhookTarget {
            scope: AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.account_id),
            },
            cycle: CycleId(row.cycle_id),
            step: StepId(row.step_id),
            status: CycleStatus::from_word(&row.status).ok_or(StoreError::Corrupt {
                what: "cycle status",
            })?,
            version: row.version,
            runs_once: row.runs_once,
            start: row.start_at,
            is_suspended: row.is_suspended,
        }))
    }
}

impl RunRows<'_> {
    fn requests(&self, cycle: Option<CycleId>) -> Select<webhook_request::Entity> {
        let scope = self.unit.scope();
        let mut found = webhook_request::Entity::find()
            .filter(W::PartnerId.eq(scope.partner.0))
            .filter(W::AccountId.eq(scope.account.0));
        if let Some(cycle) = cycle {
            found = found.filter(W::CycleId.eq(cycle.0));
        }
        found
    }

    /// Stores a request.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert_request(&self, new: NewWebhookRequest) -> Result<(), StoreError> {
        self.unit.purpose.note("accept");
        let row = request_row(self.unit.now(), *self.unit.scope(), new);
        webhook_request::Entity::insert(row)
            .exec_without_returning(self.unit.db())
            .await?;
        Ok(())
    }

    /// What whoever sent a request is told by now.
    ///
    /// # Errors
    /// When the database refuses or the response does not open.
    pub async fn response_state(
        &self,
        request: WebhookRequestId,
    ) -> Result<ResponseState, StoreError> {
        use cycle_transaction::Column as C;
        let row = self
            .requests(None)
            .filter(W::Id.eq(request.0))
            .one(self.unit.db())
            .await?;
        if let Some(sealed) = row.and_then(|row| row.response) {
            let json = open(self.unit, &response_place(request.0), sealed)?;
            let response = serde_json::from_str(&json).map_err(|_| StoreError::Corrupt {
                what: "webhook response",
            })?;
            return Ok(ResponseState::Answered(response));
        }
        let scope = self.unit.scope();
        let of = cycle_transaction::Entity::find()
            .select_only()
            .column(C::Id)
            .filter(C::PartnerId.eq(scope.partner.0))
            .filter(C::AccountId.eq(scope.account.0))
            .filter(C::RequestId.eq(request.0))
            .limit(1);
        let one = |filter: sea_orm::sea_query::SimpleExpr| of.clone().filter(filter);
        let open: Option<Uuid> = one(C::EndedAt.is_null())
            .into_tuple()
            .one(self.unit.db())
            .await?;
        if open.is_some() {
            return Ok(ResponseState::Open);
        }
        let failed: Option<Uuid> = one(C::Status.ne(TransactionStatus::Completed.as_str()))
            .into_tuple()
            .one(self.unit.db())
            .await?;
        Ok(ResponseState::Ended {
            is_errored: failed.is_some(),
        })
    }

    /// Notes how a request was answered in the end. Nobody waits for a response any more.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close_request(
        &self,
        request: WebhookRequestId,
        status: i32,
    ) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        webhook_request::Entity::update_many()
            .set(webhook_request::ActiveModel {
                status: Set(status),
                closed_at: Set(Some(self.unit.now())),
                ..Default::default()
            })
            .filter(W::PartnerId.eq(scope.partner.0))
            .filter(W::AccountId.eq(scope.account.0))
            .filter(W::Id.eq(request.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// A stored request of a cycle.
    ///
    /// # Errors
    /// When the database refuses or it does not open.
    pub async fn request(
        &self,
        cycle: CycleId,
        id: WebhookRequestId,
    ) -> Result<Option<RequestSummary>, StoreError> {
        let row = self
            .requests(Some(cycle))
            .filter(W::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        match row {
            Some(row) => Ok(self.summaries(vec![row]).await?.pop()),
            None => Ok(None),
        }
    }

    /// A page of a cycle's requests, the newest first unless asked otherwise.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn request_page(
        &self,
        cycle: CycleId,
        (after, before): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        request: &PageRequest,
    ) -> Result<Page<RequestSummary>, StoreError> {
        let mut query = self.requests(Some(cycle));
        if let Some(after) = after {
            query = query.filter(W::ReceivedAt.gte(after));
        }
        if let Some(before) = before {
            query = query.filter(W::ReceivedAt.lt(before));
        }
        let by = [
            ("ReceivedOnUtc", Expr::col(W::ReceivedAt)),
            ("Id", Expr::col(W::Id)),
            ("StepId", Expr::col(W::StepId)),
            ("Method", Expr::col(W::Method)),
            ("ContentType", Expr::col(W::ContentType)),
            ("SizeBytes", Expr::col(W::Size)),
            ("ResponseStatus", Expr::col(W::Status)),
        ];
        let orders = Orders {
            by: &by,
            default: ("ReceivedOnUtc", false),
            tie: Expr::col(W::Id),
            ties_follow: true,
        };
        let page = paged::page(self.unit.db(), query, request, orders).await?;
        Ok(Page {
            items: self.summaries(page.items).await?,
            total: page.total,
            size: page.size,
        })
    }

    async fn summaries(
        &self,
        rows: Vec<webhook_request::Model>,
    ) -> Result<Vec<RequestSummary>, StoreError> {
        use cycle_transaction::Column as C;
        let scope = self.unit.scope();
        let begun: Vec<(Uuid, Option<Uuid>)> = cycle_transaction::Entity::find()
            .select_only()
            .column(C::Id)
            .column(C::RequestId)
            .filter(C::PartnerId.eq(scope.partner.0))
            .filter(C::AccountId.eq(scope.account.0))
            .filter(C::RequestId.is_in(rows.iter().map(|row| row.id)))
            // Those that it began itself, not what they were split into.
            .filter(
                sea_orm::Condition::any()
                    .add(C::ParentId.is_null())
                    .add(C::SplitIndex.lt(0)),
            )
            .order_by_asc(C::Id)
            .into_tuple()
            .all(self.unit.db())
            .await?;
        let summary = |row: webhook_request::Model| {
            let said = match row.sealed {
                Some(sealed) => {
                    let json = open(self.unit, &request_place(row.id), sealed)?;
                    Some(
                        serde_json::from_str(&json).map_err(|_| StoreError::Corrupt {
                            what: "webhook request",
                        })?,
                    )
                }
                None => None,
            };
            let of = begun.iter().filter(|(_, of)| *of == Some(row.id));
            Ok(RequestSummary {
                id: WebhookRequestId(row.id),
                step: StepId(row.step_id),
                received_at: row.received_at,
                method: row.method,
                content_type: row.content_type,
                size: row.size,
                status: row.status,
                said,
                transactions: of.map(|(id, _)| TransactionId(*id)).collect(),
            })
        };
        rows.into_iter().map(summary).collect()
    }
}

pub(super) fn request_row(
    now: DateTime<Utc>,
    scope: AccountScope,
    new: NewWebhookRequest,
) -> webhook_request::ActiveModel {
    webhook_request::ActiveModel {
        id: Set(new.id.0),
        partner_id: Set(scope.partner.0),
        account_id: Set(scope.account.0),
        cycle_id: Set(new.cycle.0),
        step_id: Set(new.step.0),
        received_at: Set(now),
        method: Set(new.method),
        content_type: Set(new.content_type),
        size: Set(new.size),
        status: Set(new.status),
        is_sync: Set(new.is_sync),
        closed_at: Set(None),
        held_until: Set(None),
        key_hash: Set(None),
        erase_at: Set(Some(new.erase_at)),
        sealed: Set(Some(new.sealed)),
        held: Set(None),
        response: Set(None),
        begun: Set(new.begun),
    }
}

/// Stores the first response of a request; false when nobody waits for it any more. Nobody ever waited
/// where the request was answered at once, which is well.
pub(super) async fn save_response<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    request: WebhookRequestId,
    response: StoredResponse,
) -> Result<bool, StoreError> {
    let row = webhook_request::Entity::find_by_id(request.0)
        .filter(W::PartnerId.eq(scope.partner.0))
        .filter(W::AccountId.eq(scope.account.0))
        .one(unit.db())
        .await?;
    let Some(row) = row.filter(|row| row.is_sync && row.response.is_none()) else {
        return Ok(true);
    };
    if row.closed_at.is_some() {
        return Ok(false);
    }
    let json = serde_json::to_string(&response.0).map_err(|_| StoreError::Corrupt {
        what: "webhook response",
    })?;
    let sealed = unit.sealed(&response_place(request.0), json)?;
    webhook_request::Entity::update_many()
        .set(webhook_request::ActiveModel {
            status: Set(response.0.status.into()),
            response: Set(Some(sealed)),
            ..Default::default()
        })
        .filter(W::Id.eq(request.0))
        .filter(W::Response.is_null())
        .exec(unit.db())
        .await?;
    Ok(true)
}
