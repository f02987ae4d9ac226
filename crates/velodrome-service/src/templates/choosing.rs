//! Which account connectors an installed graph calls (cycles.md §2, Install).

use std::collections::{HashMap, HashSet};

use velodrome_model::{
    AccountConnector, AccountConnectorId, ConnectorId, ConnectorUid, cycle::CycleDocument,
};

/// An account connector that a graph needs: one of the template's, or any where it has chosen none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// The template's own.
    pub template: Option<AccountConnectorId>,
    /// The connector.
    pub uid: ConnectorUid,
    /// The release that is installed where the account has none.
    pub connector: ConnectorId,
}

/// What becomes of a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The account has it.
    Use(AccountConnectorId),
    /// It is installed.
    Install,
}

/// What the account has, and what is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Offer {
    /// Account connectors of the account and its parent, the best first.
    pub installed: Vec<(AccountConnectorId, ConnectorUid)>,
    /// Chosen by the caller, by connector.
    pub chosen: HashMap<ConnectorUid, AccountConnectorId>,
    /// In use already in the place of the template's.
    pub in_use: HashMap<AccountConnectorId, AccountConnectorId>,
    /// Installed anew whatever the account has.
    pub fresh: Vec<ConnectorUid>,
}

/// What a graph needs, each once, in the order of its steps. Steps without account connector share the
/// first one of their connector.
pub(super) fn needs(
    document: &CycleDocument,
    uid: impl Fn(ConnectorId) -> Option<ConnectorUid>,
) -> Result<Vec<Need>, ConnectorId> {
    let mut needs: Vec<Need> = Vec::new();
    let methods = || document.steps.iter().filter_map(|step| step.method());
    let chosen = methods().filter(|method| method.account_connector.is_some());
    let unchosen = methods().filter(|method| method.account_connector.is_none());
    for method in chosen.chain(unchosen) {
        let uid = uid(method.connector).ok_or(method.connector)?;
        let template = method.account_connector;
        let is_met = needs
            .iter()
            .any(|need| need.uid == uid && (template.is_none() || need.template == template));
        if !is_met {
            needs.push(Need {
                template,
                uid,
                connector: method.connector,
            });
        }
    }
    Ok(needs)
}

/// A choice for each need: what the caller chose, what is in use, what the account has, or a new
/// installation. Two of the template's account connectors of one connector become two of the account's,
/// unless the caller chose one for both.
pub(super) fn choose(needs: &[Need], offer: &Offer) -> Vec<Choice> {
    let mut taken: HashSet<AccountConnectorId> = offer.in_use.values().copied().collect();
    needs
        .iter()
        .map(|need| {
            let in_use = need.template.and_then(|id| offer.in_use.get(&id));
            if let Some(id) = offer.chosen.get(&need.uid).or(in_use) {
                return Choice::Use(*id);
            }
            if offer.fresh.contains(&need.uid) {
                return Choice::Install;
            }
            let free = offer
                .installed
                .iter()
                .find(|(id, uid)| *uid == need.uid && !taken.contains(id));
            match free {
                Some((id, _)) => {
                    taken.insert(*id);
                    Choice::Use(*id)
                }
                None => Choice::Install,
            }
        })
        .collect()
}

/// Account connectors, the best first: the account's own before its parent's, those with a credential that
/// is good before others, and of those the one that was authenticated last.
pub(super) fn best_first(
    mut connectors: Vec<(bool, AccountConnector)>,
) -> Vec<(AccountConnectorId, ConnectorUid)> {
    connectors.sort_by_key(|(is_own, one)| {
        let is_good = one.has_credential && one.problem.is_none();
        (!is_good, !is_own, std::cmp::Reverse(one.updated_at), one.id)
    });
    connectors
        .into_iter()
        .map(|(_, one)| (one.id, one.connector_uid))
        .collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn uid(number: u128) -> ConnectorUid {
        ConnectorUid(Uuid::from_u128(number))
    }

    fn need(template: Option<i32>, connector: u128) -> Need {
        Need {
            template: template.map(AccountConnectorId),
            uid: uid(connector),
            connector: ConnectorId(connector as i32),
        }
    }

    #[test]
    fn what_the_account_has_is_used_and_the_rest_installed() {
        use Choice::{Install, Use};
        let ac = AccountConnectorId;
        let offer = |change: &dyn Fn(&mut Offer)| {
            let mut offer = Offer {
                installed: vec![(ac(51), uid(1)), (ac(52), uid(1)), (ac(53), uid(2))],
                ..Offer::default()
            };
            change(&mut offer);
            offer
        };
        let plain = offer(&|_| ());
        for (says, needs, offer, choices) in [
            (
                "the best is taken",
                vec![need(Some(1), 1)],
                plain.clone(),
                vec![Use(ac(51))],
            ),
            (
                "two stay two",
                vec![need(Some(1), 1), need(Some(2), 1), need(Some(3), 1)],
                plain.clone(),
                vec![Use(ac(51)), Use(ac(52)), Install],
            ),
            (
                "a missing one is installed",
                vec![need(Some(1), 3), need(None, 2)],
                plain,
                vec![Install, Use(ac(53))],
            ),
            (
                "fresh is fresh",
                vec![need(Some(1), 1), need(Some(2), 1)],
                offer(&|offer| offer.fresh = vec![uid(1)]),
                vec![Install, Install],
            ),
            (
                "the caller's word counts",
                vec![need(Some(1), 1), need(Some(2), 1)],
                offer(&|offer| {
                    offer.fresh = vec![uid(1)];
                    offer.chosen = HashMap::from([(uid(1), ac(52))]);
                }),
                vec![Use(ac(52)), Use(ac(52))],
            ),
            (
                "what is in use stays in use, and is nobody else's",
                vec![need(Some(1), 1), need(Some(2), 1)],
                offer(&|offer| offer.in_use = HashMap::from([(ac(2), ac(51))])),
                vec![Use(ac(52)), Use(ac(51))],
            ),
        ] {
            assert_eq!(choose(&needs, &offer), choices, "{says}");
        }
    }
}
