//! The API document against the project's specification (`spec/openapi.yaml`): what we serve is there,
//! under the same names; what is there is served, or named in [`NOT_YET`].

mod documents;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use documents::{Documents, Operation};

/// The tags that this stage of the product serves.
const TAGS: &[&str] = &[
    "OAuth",
    "Accounts",
    "Users",
    "Connectors",
    "Account connectors",
    "Data on Demand",
    "Custom connectors",
    "Templates",
    "Cycles",
    "Steps",
    "Edges",
    "Cycle variables",
    "Step setup",
    "Transactions",
    "Incidents",
    "Inbound webhooks",
    "Partner",
    "Partner connectors",
    "Partner credentials",
    "Partner settings",
    "Operations",
];

/// Operations of those tags that are not served yet, and why.
const NOT_YET: &[(&str, &str)] = &[
    ("launchForAccount", "LAUNCH"),
    ("orbitForAccount", "ORBIT"),
    ("marketplaceForAccount", "Marketplace"),
    ("launchForUser", "LAUNCH"),
    ("orbitForUser", "ORBIT"),
    ("marketplaceForUser", "Marketplace"),
    (
        "receivePartnerWebhook",
        "the setup that would show its address has no place for it",
    ),
    ("listServiceDomains", "service domains need certificates"),
    ("addServiceDomain", "service domains need certificates"),
    ("removeServiceDomain", "service domains need certificates"),
];

/// Differences that stay, as this test prints them up to the colon, and why.
const ALLOWED: &[(&str, &str)] = &[
    (
        "InvitedAdministrator",
        "the invitation's answer carries the link, for which the specification has no property",
    ),
    (
        "OneOrVersions",
        "the specification writes this choice inline",
    ),
    (
        "TestResult.Response",
        "any JSON value; the generator writes no list of all types",
    ),
    (
        "ScriptTestResult.Result",
        "any JSON value; the generator writes no list of all types",
    ),
    (
        "callTrigger statuses",
        "a third party that is silent is 504 for lookups as for methods (api.md 16.4)",
    ),
    (
        "lookupStepParameter statuses",
        "a third party that is silent is 504 for lookups as for methods (api.md 16.4)",
    ),
    (
        "lookupStepField statuses",
        "a third party that is silent is 504 for lookups as for methods (api.md 16.4)",
    ),
    (
        "lookupCustomFields statuses",
        "a third party that is silent is 504 for lookups as for methods (api.md 16.4)",
    ),
    (
        "getCustomConnector query parameter",
        "ours: the form of the answer, and which release",
    ),
    (
        "discardCustomConnectorDraft",
        "ours: a draft that nobody wants",
    ),
    (
        "listCustomConnectorReleases",
        "ours: the console's list of releases",
    ),
    (
        "compareCustomConnectorReleases",
        "ours: the difference to the live release",
    ),
    (
        "validateCustomConnector",
        "ours: checking a definition as it is typed",
    ),
    (
        "importIntoCustomConnector",
        "ours: bringing a connector up to date with its document",
    ),
    ("OpenApiUpdate", "of an operation of ours"),
    (
        "resumeTransaction",
        "ours: a transaction that waits for a time goes on now",
    ),
    (
        "rerunTransaction",
        "ours: a new transaction for what began another",
    ),
    (
        "retryTransactionFromStep",
        "ours: a new transaction that begins at a step of another",
    ),
    (
        "getTransactionStepMapping",
        "ours: how a step was mapped when it ran",
    ),
    ("StepMapping", "of an operation of ours"),
    (
        "skipTransactionStep",
        "ours: a transaction goes on behind the step that failed",
    ),
    (
        "listTransactions query parameter",
        "ours: the filters of cycles.md §9",
    ),
    (
        "listCycleTransactions query parameter",
        "ours: the filters of cycles.md §9",
    ),
    (
        "AccountConnector properties",
        "ours: UpdateAvailable, as steps have it",
    ),
    (
        "getAccountConnectorReleaseUpdate",
        "ours: what the newest release changes",
    ),
    (
        "updateAccountConnectorRelease",
        "ours: moving an account connector to the newest release",
    ),
    ("ConnectorReleaseUpdate", "of an operation of ours"),
    (
        "testCustomConnectorDraft",
        "ours: trying a draft, which can't be installed",
    ),
    ("DraftTest", "of an operation of ours"),
    (
        "OpenApiImport properties",
        "ours: ConfirmPaging, for which connectors.md 11 asks and the specification has no property",
    ),
    ("CustomConnectorRelease", "of an operation of ours"),
    ("ReleaseDifference", "of an operation of ours"),
    ("ComparedRelease", "of an operation of ours"),
    ("DefinitionChange", "of an operation of ours"),
    ("DefinitionCheck", "of an operation of ours"),
    ("DefinitionVerdict", "of an operation of ours"),
    ("DefinitionFault", "of an operation of ours"),
    (
        "listCycleIncidents query parameter",
        "ours: the incidents of one cause",
    ),
    (
        "listCycleIncidentsByLevel query parameter",
        "ours: the incidents of one cause",
    ),
    (
        "listIncidentCauses",
        "ours: incidents grouped by cause (console.md 7)",
    ),
    ("IncidentCause", "of an operation of ours"),
    (
        "getLedger",
        "ours: whether everything that was accepted is there",
    ),
    ("listLedgerAlarms", "ours: what the ledger misses"),
    (
        "acknowledgeLedgerAlarm",
        "ours: what the ledger misses, and is known",
    ),
    ("LedgerLine", "of an operation of ours"),
    ("LedgerAlarm", "of an operation of ours"),
    ("reportRuns", "ours: the reports of cycles.md §12"),
    ("reportAccounts", "ours: the reports of cycles.md §12"),
    ("reportCycles", "ours: the reports of cycles.md §12"),
    ("reportIncidents", "ours: the reports of cycles.md §12"),
    ("reportCalls", "ours: the reports of cycles.md §12"),
    ("RunReportPoint", "of an operation of ours"),
    ("CycleReportLine", "of an operation of ours"),
    ("IncidentReportLine", "of an operation of ours"),
    ("CallReportLine", "of an operation of ours"),
    ("Durations", "of an operation of ours"),
    (
        "listTemplateInstallations",
        "ours: what an upgrade would move, over all accounts",
    ),
    ("TemplateInstallation", "of an operation of ours"),
    (
        "listTemplates query parameter",
        "ours: the console's library has folders and unpublished templates",
    ),
    (
        "TemplateWrite properties",
        "ours: Connectors with their InstallMode, for which cycles.md 3 asks and the specification has no property",
    ),
    ("TemplateConnectorWrite", "of a property of ours"),
    (
        "importTemplate query parameter",
        "ours: templates that are kept in Git are applied in one call",
    ),
    (
        "getTemplateUpgrade",
        "ours: cycles.md 2 makes upgrades a background job, whose state can be read",
    ),
    ("TemplateUpgrade", "of an operation of ours"),
    (
        "previewCycleUpgrade",
        "ours: what an upgrade would change, before it is made",
    ),
    ("UpgradePreview", "of an operation of ours"),
    ("UpgradeChange", "of an operation of ours"),
    (
        "ParameterMapping properties",
        "ours: Suggested, for which cycles.md 2 asks and the specification has no property",
    ),
    (
        "FieldMapping properties",
        "ours: Suggested, for which cycles.md 2 asks and the specification has no property",
    ),
    ("SuggestedSource", "of a property of ours"),
    (
        "deleteFolder statuses",
        "a malformed id is 400 there as everywhere",
    ),
    (
        "deleteCategoryCopy statuses",
        "a malformed id is 400 there as everywhere",
    ),
];

/// The console's own operations are not part of the published contract.
fn is_published(path: &str) -> bool {
    !path.starts_with("/console/")
}

#[test]
fn what_is_served_is_what_the_specification_says() {
    let documents = Documents::load();
    let specified = documents.specified_operations();
    let mut differences = Vec::new();
    for served in documents
        .served_operations()
        .iter()
        .filter(|operation| is_published(&operation.path))
    {
        match specified
            .iter()
            .find(|known| (&known.path, &known.method) == (&served.path, &served.method))
        {
            None => differences.push(format!(
                "{}: {} {} is not specified",
                served.id, served.method, served.path
            )),
            Some(known) => compare(known, served, &mut differences),
        }
    }
    differences.extend(schemas::differences(&documents));
    differences.retain(|difference| {
        !ALLOWED
            .iter()
            .any(|(start, _)| difference.starts_with(start))
    });

    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn every_specified_operation_of_our_tags_is_served() {
    let documents = Documents::load();
    let served: BTreeSet<_> = documents
        .served_operations()
        .into_iter()
        .map(|operation| operation.id)
        .collect();
    let specified = documents.specified_operations();
    let ours = specified
        .iter()
        .filter(|operation| TAGS.contains(&operation.tag.as_str()));
    let missing: Vec<_> = ours
        .filter(|operation| !served.contains(&operation.id))
        .filter(|operation| !NOT_YET.iter().any(|(id, _)| *id == operation.id))
        .map(|operation| format!("{}: {} {}", operation.id, operation.method, operation.path))
        .collect();
    let needless: Vec<_> = NOT_YET
        .iter()
        .filter(|(id, _)| served.contains(*id))
        .collect();

    assert!(
        missing.is_empty(),
        "{} operations are missing:\n{}",
        missing.len(),
        missing.join("\n")
    );
    assert!(
        needless.is_empty(),
        "served although listed as not yet: {needless:?}"
    );
}

fn compare(known: &Operation, served: &Operation, differences: &mut Vec<String>) {
    let id = &known.id;
    let mut say = |what: &str, right: String, ours: String| {
        if right != ours {
            differences.push(format!("{id} {what}: should be {right}, is {ours}"));
        }
    };
    say("operation id", known.id.clone(), served.id.clone());
    say("tag", known.tag.clone(), served.tag.clone());
    say("statuses", list(&known.statuses), list(&served.statuses));
    let names: BTreeSet<_> = known
        .parameters
        .keys()
        .chain(served.parameters.keys())
        .collect();
    for name in names {
        let shown = |parameters: &BTreeMap<(String, String), bool>| match parameters.get(name) {
            None => "absent",
            Some(true) => "required",
            Some(false) => "optional",
        };
        say(
            &format!("{} parameter {}", name.0, name.1),
            shown(&known.parameters).into(),
            shown(&served.parameters).into(),
        );
    }
}

fn list(words: &BTreeSet<String>) -> String {
    words
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}
