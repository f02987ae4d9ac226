//! What each v2 collection takes and may be asked for.

use super::api::Needs;
use crate::validation::Kind::{Array, Boolean, Date, Integer, Number, Object, OneOf, Text};
use crate::validation::{Field, optional, required};

/// One v2 collection.
pub(super) struct Resource {
    /// The path segment.
    pub(super) path: &'static str,
    /// One record, for messages.
    pub(super) noun: &'static str,
    pub(super) fields: &'static [Field],
    /// Members that hold the id of another collection's record.
    pub(super) references: &'static [(&'static str, &'static str)],
    /// Query parameters that must equal a member.
    pub(super) filters: &'static [(&'static str, &'static str)],
    pub(super) sorts: &'static [&'static str],
    pub(super) read: Needs,
    pub(super) write: Needs,
    /// Search parameter `fields`: name, and the members searched.
    pub(super) searched: &'static [(&'static str, &'static [&'static str])],
    pub(super) followed: bool,
}

pub(super) fn find(path: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.path == path)
}

const USUAL_SORTS: &[&str] = &["id", "update_time", "add_time"];

pub(super) static RESOURCES: [Resource; 6] = [
    Resource {
        path: "deals",
        noun: "Deal",
        fields: &[
            required("title", Text),
            optional("owner_id", Integer),
            optional("person_id", Integer),
            optional("org_id", Integer),
            optional("pipeline_id", Integer),
            optional("stage_id", Integer),
            optional("value", Number),
            optional("currency", Text),
            optional("is_deleted", Boolean),
            optional("is_archived", Boolean),
            optional("archive_time", Text),
            optional("status", OneOf(&["open", "won", "lost"])),
            optional("probability", Number),
            optional("lost_reason", Text),
            optional("visible_to", Integer),
            optional("close_time", Text),
            optional("won_time", Text),
            optional("lost_time", Text),
            optional("expected_close_date", Date),
            optional("label_ids", Array),
            optional("custom_fields", Object),
        ],
        references: &[
            ("owner_id", "users"),
            ("person_id", "persons"),
            ("org_id", "organizations"),
            ("pipeline_id", "pipelines"),
            ("stage_id", "stages"),
        ],
        filters: &[
            ("owner_id", "owner_id"),
            ("person_id", "person_id"),
            ("org_id", "org_id"),
            ("pipeline_id", "pipeline_id"),
            ("stage_id", "stage_id"),
        ],
        sorts: USUAL_SORTS,
        read: Needs(&["deals:read", "deals:full"]),
        write: Needs(&["deals:full"]),
        searched: &[
            ("title", &["title"]),
            ("custom_fields", &["custom_fields"]),
            ("notes", &[]),
        ],
        followed: true,
    },
    Resource {
        path: "persons",
        noun: "Person",
        fields: &[
            required("name", Text),
            optional("owner_id", Integer),
            optional("org_id", Integer),
            optional("add_time", Text),
            optional("update_time", Text),
            optional("emails", Array),
            optional("phones", Array),
            optional("visible_to", Integer),
            optional("label_ids", Array),
            optional(
                "marketing_status",
                OneOf(&["no_consent", "unsubscribed", "subscribed", "archived"]),
            ),
            optional("custom_fields", Object),
        ],
        references: &[("owner_id", "users"), ("org_id", "organizations")],
        filters: &[("owner_id", "owner_id"), ("org_id", "org_id")],
        sorts: USUAL_SORTS,
        read: Needs(&["contacts:read", "contacts:full"]),
        write: Needs(&["contacts:full"]),
        searched: &[
            ("name", &["name"]),
            ("email", &["emails"]),
            ("phone", &["phones"]),
            ("custom_fields", &["custom_fields"]),
            ("notes", &[]),
        ],
        followed: true,
    },
    Resource {
        path: "organizations",
        noun: "Organization",
        fields: &[
            required("name", Text),
            optional("owner_id", Integer),
            optional("add_time", Text),
            optional("update_time", Text),
            optional("visible_to", Integer),
            optional("label_ids", Array),
            optional("address", Object),
            optional("custom_fields", Object),
        ],
        references: &[("owner_id", "users")],
        filters: &[("owner_id", "owner_id")],
        sorts: USUAL_SORTS,
        read: Needs(&["contacts:read", "contacts:full"]),
        write: Needs(&["contacts:full"]),
        searched: &[
            ("name", &["name"]),
            ("address", &["address"]),
            ("custom_fields", &["custom_fields"]),
            ("notes", &[]),
        ],
        followed: true,
    },
    Resource {
        path: "activities",
        noun: "Activity",
        fields: &[
            optional("subject", Text),
            optional("type", Text),
            optional("owner_id", Integer),
            optional("deal_id", Integer),
            optional("lead_id", Text),
            optional("person_id", Integer),
            optional("org_id", Integer),
            optional("project_id", Integer),
            optional("due_date", Date),
            optional("due_time", Text),
            optional("duration", Text),
            optional("busy", Boolean),
            optional("done", Boolean),
            optional("location", Object),
            optional("participants", Array),
            optional("attendees", Array),
            optional("public_description", Text),
            optional("priority", Integer),
            optional("note", Text),
        ],
        references: &[
            ("owner_id", "users"),
            ("deal_id", "deals"),
            ("person_id", "persons"),
            ("org_id", "organizations"),
        ],
        filters: &[
            ("owner_id", "owner_id"),
            ("deal_id", "deal_id"),
            ("lead_id", "lead_id"),
            ("person_id", "person_id"),
            ("org_id", "org_id"),
            ("done", "done"),
        ],
        sorts: &["id", "update_time", "add_time", "due_date"],
        read: Needs(&["activities:read", "activities:full"]),
        write: Needs(&["activities:full"]),
        searched: &[],
        followed: false,
    },
    Resource {
        path: "pipelines",
        noun: "Pipeline",
        fields: &[
            required("name", Text),
            optional("is_deal_probability_enabled", Boolean),
        ],
        references: &[],
        filters: &[],
        sorts: USUAL_SORTS,
        read: Needs(&["deals:read", "deals:full", "admin"]),
        write: Needs(&["admin"]),
        searched: &[],
        followed: false,
    },
    Resource {
        path: "stages",
        noun: "Stage",
        fields: &[
            required("name", Text),
            required("pipeline_id", Integer),
            optional("deal_probability", Number),
            optional("is_deal_rot_enabled", Boolean),
            optional("days_to_rotten", Integer),
        ],
        references: &[("pipeline_id", "pipelines")],
        filters: &[("pipeline_id", "pipeline_id")],
        sorts: &["id", "update_time", "add_time", "order_nr"],
        read: Needs(&["deals:read", "deals:full", "admin"]),
        write: Needs(&["admin"]),
        searched: &[],
        followed: false,
    },
];
