//! The library's categories.

/// Categories of the facts, and what the library calls them.
const LABELS: &[(&str, &str)] = &[
    ("accounting", "Accounting"),
    ("analytics", "Analytics"),
    ("ats", "Recruiting"),
    ("banking", "Banking"),
    ("cms", "Content Management"),
    ("communication", "Communication"),
    ("crm", "CRMs"),
    ("design", "Design"),
    ("dev-tools", "Developer Tools"),
    ("e-commerce", "eCommerce"),
    ("erp", "ERP"),
    ("gaming", "Gaming"),
    ("hr", "Human Resources"),
    ("iam", "Identity"),
    ("invoicing", "Invoicing"),
    ("knowledge-base", "Knowledge Bases"),
    ("legal", "Legal"),
    ("marketing", "Marketing"),
    ("mcp", "Model Context Protocol"),
    ("other", "Other"),
    ("payment", "Payments"),
    ("productivity", "Productivity"),
    ("search", "Search"),
    ("social", "Social Media"),
    ("sports", "Sports"),
    ("storage", "Storage"),
    ("support", "Support"),
    ("surveys", "Surveys and Forms"),
    ("ticketing", "Ticketing"),
    ("video", "Video"),
];

/// The library's names of these categories.
pub fn labels(categories: &[String]) -> Vec<String> {
    categories
        .iter()
        .map(|category| {
            LABELS
                .iter()
                .find(|(known, _)| known == category)
                .map_or(category.as_str(), |(_, label)| label)
                .to_owned()
        })
        .collect()
}
