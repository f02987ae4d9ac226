//! IP rules: which addresses may call the API, the console and methods.

use std::net::IpAddr;

use ipnet::IpNet;
use velodrome_model::{IpRule, IpRuleId, IpScope, PartnerActor};
use velodrome_store::{Deed, Store, StoreError};

use crate::{
    Access, Invalid,
    access::{contains, parse_net},
    invalid::bounded_option,
};

/// Makes and removes IP rules. Cheap to clone.
#[derive(Clone)]
pub struct IpRules {
    store: Store,
    access: Access,
}

/// A rule to be made.
#[derive(Clone, Debug)]
pub struct NewIpRule {
    /// What it protects.
    pub scope: IpScope,
    /// Address or network.
    pub cidr: String,
    /// What it is for.
    pub description: Option<String>,
}

/// Why a rule can't be made or removed.
#[derive(Debug, thiserror::Error)]
pub enum IpRuleError {
    /// The partner has no such rule.
    #[error("there is no such rule")]
    NotFound,
    /// The scope has this rule already.
    #[error("This rule exists already.")]
    Exists,
    /// The caller would no longer come in.
    #[error("This would lock out the address {0}, from which the call came.")]
    LocksOut(String),
    /// A value breaks a rule; nothing was changed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Rules that one partner may have.
const MOST: usize = 500;

impl IpRules {
    /// Rules in this store, kept at this door.
    pub fn new(store: Store, access: Access) -> Self {
        Self { store, access }
    }

    /// All rules.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, actor: &PartnerActor) -> Result<Vec<IpRule>, IpRuleError> {
        Ok(self
            .store
            .read(&actor.scope)
            .await?
            .ip_rules()
            .all()
            .await?)
    }

    /// Makes a rule. The first one of a scope closes that scope to all other addresses, so it must
    /// include the caller's where the caller needs it.
    ///
    /// # Errors
    /// [`IpRuleError::Invalid`], [`IpRuleError::Exists`] or [`IpRuleError::LocksOut`].
    pub async fn create(
        &self,
        actor: &PartnerActor,
        new: NewIpRule,
    ) -> Result<IpRule, IpRuleError> {
        let shown: String = new.cidr.chars().take(64).collect();
        let invalid = || {
            Invalid::new(
                "ip_rule.cidr_invalid",
                format_args!("Cidr must be an address or a network; it is '{shown}'."),
            )
        };
        let net = parse_net(&new.cidr).ok_or_else(invalid)?;
        bounded_option("Description", new.description.as_deref(), 255)?;
        let unit = self.store.begin(&actor.scope).await?;
        let mut rules = unit.ip_rules().all().await?;
        if rules.len() >= MOST {
            return Err(Invalid::new(
                "ip_rule.too_many",
                format_args!("There can be at most {MOST} rules."),
            )
            .into());
        }
        let rule = match unit
            .ip_rules()
            .insert(new.scope, &net_text(&net), new.description)
            .await
        {
            Err(error) if error.is_conflict() => return Err(IpRuleError::Exists),
            done => done?,
        };
        rules.push(rule.clone());
        refuse_lock_out(&rules, new.scope, actor.principal.address)?;
        unit.audit(&actor.principal, deed("ip_rule.created", &rule))
            .await?;
        unit.commit().await?;
        self.access.forget();
        Ok(rule)
    }

    /// Removes a rule; without rules a scope is open.
    ///
    /// # Errors
    /// [`IpRuleError::NotFound`]; [`IpRuleError::LocksOut`] when the remaining rules keep the caller out.
    pub async fn delete(&self, actor: &PartnerActor, id: IpRuleId) -> Result<(), IpRuleError> {
        let unit = self.store.begin(&actor.scope).await?;
        let mut rules = unit.ip_rules().all().await?;
        let position = rules
            .iter()
            .position(|rule| rule.id == id)
            .ok_or(IpRuleError::NotFound)?;
        let rule = rules.remove(position);
        refuse_lock_out(&rules, rule.scope, actor.principal.address)?;
        unit.ip_rules().delete(id).await?;
        unit.audit(&actor.principal, deed("ip_rule.deleted", &rule))
            .await?;
        unit.commit().await?;
        self.access.forget();
        Ok(())
    }
}

/// Whoever changes the rules of the API or the console must still come in afterwards.
fn refuse_lock_out(
    rules: &[IpRule],
    scope: IpScope,
    address: Option<IpAddr>,
) -> Result<(), IpRuleError> {
    if scope == IpScope::MethodCall {
        return Ok(());
    }
    let mut nets = rules
        .iter()
        .filter(|rule| rule.scope == scope)
        .filter_map(|rule| parse_net(&rule.cidr))
        .peekable();
    let admitted = nets.peek().is_none()
        || address.is_some_and(|address| nets.any(|net| contains(&net, address)));
    match admitted {
        true => Ok(()),
        false => Err(IpRuleError::LocksOut(address.map_or_else(
            || "of unknown callers".into(),
            |address| address.to_canonical().to_string(),
        ))),
    }
}

/// A single address without its prefix length.
fn net_text(net: &IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() {
        net.addr().to_string()
    } else {
        net.to_string()
    }
}

fn deed(action: &'static str, rule: &IpRule) -> Deed {
    Deed {
        action,
        object_type: "IpRule",
        object_id: rule.id.to_string(),
        comment: Some(format!("{} {}", rule.scope.as_str(), rule.cidr)),
        ..Deed::default()
    }
}
