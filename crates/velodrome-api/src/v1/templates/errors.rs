//! From the errors of templates to answers.

use velodrome_service::{cycles::CycleError, templates::TemplateError};

use crate::ApiError;

impl From<TemplateError> for ApiError {
    fn from(error: TemplateError) -> Self {
        use TemplateError as E;
        match error {
            E::NotFound => Self::not_found("template.not_found"),
            E::NoRelease => Self::not_found("template.release_not_found"),
            E::NoFolder => Self::not_found("folder.not_found"),
            E::NoCycle => Self::not_found("cycle.not_found"),
            E::NoItem => Self::not_found("recycle_bin.not_found"),
            E::Unknown(_) => Self::bad_request("request.unknown_id", error),
            E::Request(invalid) => invalid.into(),
            E::NothingLive => Self::bad_request("template.nothing_live", error),
            E::FolderInItself => Self::bad_request("folder.in_itself", error),
            E::FolderNotEmpty(_) => Self::conflict("folder.not_empty", error),
            E::TooMany { .. } => Self::bad_request("template.too_many", error),
            E::IsLive(_) => Self::conflict("template.release_live", error),
            E::NoDraft(_) => Self::conflict("template.no_draft", error),
            E::NotConnected(_) => Self::conflict("template.not_connected", error),
            E::NoTemplate => Self::conflict("cycle.no_template", error),
            E::UpToDate => Self::conflict("cycle.up_to_date", error),
            E::NothingNewer => Self::conflict("cycle.nothing_newer", error),
            E::ForeignConnector { .. } => {
                Self::bad_request("template.foreign_account_connector", error)
            }
            E::NoDocument(_) => Self::bad_request("import.unreadable", error),
            E::Incompatible(_) => Self::bad_request("import.incompatible", error),
            E::AccountGone => Self::conflict("recycle_bin.account_deleted", error),
            E::Changed => Self::conflict("template.changed", error),
            E::Cycle(CycleError::NoPart(part)) => Self::bad_request(
                "template.foreign_part",
                format_args!("The template has no such {part}."),
            ),
            E::Cycle(cause) => cause.into(),
            E::Undefined(_) | E::Content(_) => Self::unexpected(error),
            E::Store(cause) => Self::unexpected(cause),
        }
    }
}
