//! Variables of a cycle (cycles.md §3).

use chrono_tz::Tz;
use velodrome_model::{
    AccountActor, CycleId,
    cycle::{CycleDocument, Variable},
    definition::DataType,
    value::DateFormat,
};

use super::{CycleError, Cycles, Part, tidy};
use crate::{
    Invalid,
    invalid::{bounded_option, bounded_text, required_text},
};

/// The most variables of a cycle, and values of a list.
const MAX_VARIABLES: usize = 500;
const MAX_VALUES: usize = 1_000;
/// The most characters of a name, a help text and a value.
const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 4_000;
const MAX_VALUE: usize = 20_000;

/// A variable to be made, or a change of one. Outer none: keep, or the default; inner none: clear.
#[derive(Clone, Debug, Default)]
pub struct VariableChange {
    /// What people see.
    pub display_name: Option<String>,
    /// What scripts and mappings name it by.
    pub system_name: Option<String>,
    /// Help text.
    pub description: Option<Option<String>>,
    /// The value.
    pub value: Option<Option<String>>,
    /// Whether the value is one of a list.
    pub is_list: Option<bool>,
    /// Type of the value.
    pub data_type: Option<DataType>,
    /// The list.
    pub values: Option<Option<Vec<String>>>,
    /// Must have a value before activation.
    pub is_required: Option<bool>,
    /// Shown masked.
    pub is_sensitive: Option<bool>,
    /// Set by the customer during installation.
    pub is_launch_visible: Option<bool>,
}

impl Cycles {
    /// The variables of a cycle, in the order in which they were made.
    ///
    /// # Errors
    /// [`CycleError::NotFound`] when the account has no such cycle.
    pub async fn variables(
        &self,
        actor: &AccountActor,
        of: CycleId,
    ) -> Result<Vec<Variable>, CycleError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let rows = unit.cycles();
        let cycle = rows.get(of).await?.ok_or(CycleError::NotFound)?;
        Ok(rows.document(of, cycle.version).await?.document.variables)
    }

    /// A variable by its system name or display name.
    ///
    /// # Errors
    /// [`CycleError::NotFound`], [`CycleError::NoPart`].
    pub async fn variable(
        &self,
        actor: &AccountActor,
        of: CycleId,
        name: &str,
    ) -> Result<Variable, CycleError> {
        let all = self.variables(actor, of).await?;
        let at = place(&all, name).ok_or(CycleError::NoPart(Part::Variable))?;
        Ok(all[at].clone())
    }

    /// Makes a variable.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is made then.
    pub async fn add_variable(
        &self,
        actor: &AccountActor,
        of: CycleId,
        new: VariableChange,
    ) -> Result<Variable, CycleError> {
        new.check(true)?;
        let mut edit = self.edit(actor, of).await?;
        let added = add(&mut edit.revision.document, new)?;
        edit.save(actor, "cycle.variable_added").await?;
        Ok(added)
    }

    /// Makes or changes variables, all of them or none. Those that exist are found by name.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn save_variables(
        &self,
        actor: &AccountActor,
        of: CycleId,
        items: Vec<VariableChange>,
    ) -> Result<Vec<Variable>, CycleError> {
        for item in &items {
            item.check(true)?;
        }
        let mut edit = self.edit(actor, of).await?;
        let document = &mut edit.revision.document;
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            let name = item.system_name.as_ref().or(item.display_name.as_ref());
            let known = name.and_then(|name| place(&document.variables, name));
            let saved = match known {
                Some(at) => change(document, at, item)?,
                None => add(document, item)?,
            };
            names.push(saved.system_name);
        }
        let saved = names
            .iter()
            .filter_map(|name| document.variable(name).cloned())
            .collect();
        edit.save(actor, "cycle.variables_saved").await?;
        Ok(saved)
    }

    /// Changes a variable that is named by its system name or display name.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn change_variable(
        &self,
        actor: &AccountActor,
        of: CycleId,
        name: &str,
        wanted: VariableChange,
    ) -> Result<Variable, CycleError> {
        wanted.check(false)?;
        let mut edit = self.edit(actor, of).await?;
        let document = &mut edit.revision.document;
        let at = place(&document.variables, name);
        let at = at.ok_or(CycleError::NoPart(Part::Variable))?;
        let changed = change(document, at, wanted)?;
        edit.save(actor, "cycle.variable_changed").await?;
        Ok(changed)
    }

    /// Takes a variable away; mappings that used it become Ignore.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn remove_variable(
        &self,
        actor: &AccountActor,
        of: CycleId,
        name: &str,
    ) -> Result<(), CycleError> {
        let mut edit = self.edit(actor, of).await?;
        let document = &mut edit.revision.document;
        let at = place(&document.variables, name);
        let removed = document
            .variables
            .remove(at.ok_or(CycleError::NoPart(Part::Variable))?);
        tidy::forget_variable(document, &removed.system_name);
        edit.save(actor, "cycle.variable_deleted").await
    }
}

impl VariableChange {
    /// Judges what can be judged without anything that is stored.
    fn check(&self, must_be_named: bool) -> Result<(), Invalid> {
        if must_be_named && self.display_name.is_none() && self.system_name.is_none() {
            return Err(Invalid::new(
                "variable.name_required",
                "DisplayName is required.",
            ));
        }
        if let Some(name) = &self.display_name {
            required_text("DisplayName", name, MAX_NAME)?;
        }
        if let Some(name) = &self.system_name {
            bounded_text("SystemName", name, MAX_NAME)?;
            if !is_system_name(name) {
                let text = "SystemName must consist of letters, digits and underscores and must not begin with a digit.";
                return Err(Invalid::new("variable.system_name", text));
            }
        }
        let text = |change: &Option<Option<String>>| change.clone().flatten();
        bounded_option(
            "Description",
            text(&self.description).as_deref(),
            MAX_DESCRIPTION,
        )?;
        bounded_option("Value", text(&self.value).as_deref(), MAX_VALUE)?;
        let values = self.values.iter().flatten().flatten();
        if values.clone().count() > MAX_VALUES {
            let text = format_args!("Values may hold at most {MAX_VALUES} values.");
            return Err(Invalid::new("variable.too_many_values", text));
        }
        for value in values {
            bounded_text("Every value", value, MAX_VALUE)?;
        }
        Ok(())
    }

    fn apply(self, to: &mut Variable) -> Result<(), Invalid> {
        if let Some(name) = self.display_name {
            name.trim().clone_into(&mut to.display_name);
        }
        if let Some(description) = self.description {
            to.description = description;
        }
        if let Some(value) = self.value {
            to.value = value;
        }
        if let Some(values) = self.values {
            to.values = values.filter(|values| !values.is_empty());
        }
        match self.is_list {
            Some(false) => to.values = None,
            Some(true) if to.values.is_none() => {
                let text = "Values are required with MappingType ValueList.";
                return Err(Invalid::new("variable.values_required", text));
            }
            Some(true) | None => {}
        }
        to.data_type = self.data_type.unwrap_or(to.data_type);
        to.is_required = self.is_required.unwrap_or(to.is_required);
        to.is_sensitive = self.is_sensitive.unwrap_or(to.is_sensitive);
        to.is_launch_visible = self.is_launch_visible.unwrap_or(to.is_launch_visible);
        let set = to.value.as_ref().filter(|value| !value.is_empty());
        for value in set.into_iter().chain(to.values.iter().flatten()) {
            check_type(to.data_type, value, &to.display_name)?;
        }
        if let (Some(value), Some(values)) = (set, &to.values)
            && !values.contains(value)
        {
            let text = format_args!("The value of {} is none of its Values.", to.display_name);
            return Err(Invalid::new("variable.foreign_value", text));
        }
        Ok(())
    }
}

fn add(document: &mut CycleDocument, new: VariableChange) -> Result<Variable, CycleError> {
    if document.variables.len() >= MAX_VARIABLES {
        let text = format_args!("A cycle may have at most {MAX_VARIABLES} variables.");
        return Err(CycleError::invalid("variable.too_many", text));
    }
    let display = new.display_name.clone().or(new.system_name.clone());
    let display_name = display.unwrap_or_default().trim().to_owned();
    let system_name = match &new.system_name {
        Some(name) => name.clone(),
        None => system_name(&display_name)?,
    };
    let mut variable = Variable {
        display_name,
        system_name,
        description: None,
        value: None,
        values: None,
        data_type: DataType::Text,
        is_required: false,
        is_sensitive: false,
        is_launch_visible: false,
    };
    new.apply(&mut variable)?;
    check_free(&document.variables, &variable, None)?;
    document.variables.push(variable.clone());
    Ok(variable)
}

fn change(
    document: &mut CycleDocument,
    at: usize,
    wanted: VariableChange,
) -> Result<Variable, CycleError> {
    let former = document.variables[at].clone();
    let mut variable = former.clone();
    if let Some(name) = &wanted.system_name {
        variable.system_name.clone_from(name);
    }
    wanted.apply(&mut variable)?;
    check_free(&document.variables, &variable, Some(at))?;
    if variable.system_name != former.system_name {
        tidy::rename_variable(document, &former.system_name, &variable.system_name);
    }
    document.variables[at] = variable.clone();
    Ok(variable)
}

/// Gives a variable of the document, which is named by its system name or display name, a value; what else
/// the change says is not for whoever installs.
pub(super) fn set_value(
    document: &mut CycleDocument,
    wanted: VariableChange,
) -> Result<(), CycleError> {
    let name = wanted.system_name.as_ref().or(wanted.display_name.as_ref());
    let at = name.and_then(|name| place(&document.variables, name));
    let at = at.ok_or(CycleError::NoPart(Part::Variable))?;
    let value = VariableChange {
        value: wanted.value,
        ..VariableChange::default()
    };
    value.check(false)?;
    change(document, at, value)?;
    Ok(())
}

/// Names are unique, whatever the case; one that is another's system name would be ambiguous too.
fn check_free(all: &[Variable], variable: &Variable, own: Option<usize>) -> Result<(), CycleError> {
    for name in [&variable.system_name, &variable.display_name] {
        let mut others = all.iter().enumerate().filter(|(at, _)| Some(*at) != own);
        if others.any(|(_, other)| is_named(other, name)) {
            let text = format_args!("Variable name {name} is in use.");
            return Err(CycleError::invalid("variable.name_in_use", text));
        }
    }
    Ok(())
}

fn is_named(variable: &Variable, name: &str) -> bool {
    let name = name.trim().to_lowercase();
    variable.system_name.to_lowercase() == name || variable.display_name.to_lowercase() == name
}

/// The variable of a name: a system name first.
fn place(all: &[Variable], name: &str) -> Option<usize> {
    let name = name.trim();
    let by_system = all
        .iter()
        .position(|one| one.system_name.eq_ignore_ascii_case(name));
    by_system.or_else(|| all.iter().position(|one| is_named(one, name)))
}

/// A display name without characters other than letters, digits and underscores.
fn system_name(display_name: &str) -> Result<String, Invalid> {
    let mut name: String = display_name
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .collect();
    if name.starts_with(|letter: char| letter.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if name.is_empty() {
        let text = "DisplayName must have a letter or digit that a SystemName can be made of; give SystemName else.";
        return Err(Invalid::new("variable.system_name_required", text));
    }
    Ok(name)
}

fn is_system_name(name: &str) -> bool {
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    name.starts_with(is_first)
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn check_type(data_type: DataType, value: &str, name: &str) -> Result<(), Invalid> {
    let value = value.trim();
    let (is_right, what) = match data_type {
        DataType::Integer => (value.parse::<i128>().is_ok(), "a whole number"),
        DataType::Float | DataType::Decimal => {
            (value.parse::<f64>().is_ok_and(f64::is_finite), "a number")
        }
        DataType::Boolean => {
            let is_truth = ["true", "false"]
                .iter()
                .any(|word| value.eq_ignore_ascii_case(word));
            (is_truth, "true or false")
        }
        DataType::DateTime => (
            DateFormat::ISO.read(value, Tz::UTC).is_some(),
            "a date and time, such as 2026-03-04T09:30:00Z",
        ),
        DataType::Text | DataType::Undefined | DataType::File => (true, ""),
    };
    if is_right {
        return Ok(());
    }
    let text = format_args!("A value of {name} must be {what}.");
    Err(Invalid::new("variable.value_type", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_name_is_what_scripts_can_write() {
        for (display, expected) in [
            ("Mailing list", Some("Mailinglist")),
            ("2nd list", Some("_2ndlist")),
            ("a-b_c", Some("ab_c")),
            ("¡!", None),
        ] {
            assert_eq!(system_name(display).ok().as_deref(), expected, "{display}");
        }
        for (name, is_good) in [("_a1", true), ("1a", false), ("a b", false), ("", false)] {
            assert_eq!(is_system_name(name), is_good, "{name}");
        }
    }

    #[test]
    fn values_are_of_the_type() {
        use DataType::{Boolean, DateTime, Decimal, Integer, Text};
        for (data_type, value, is_right) in [
            (Text, "anything", true),
            (Integer, "12", true),
            (Integer, "1.5", false),
            (Decimal, "1.5", true),
            (Decimal, "inf", false),
            (Boolean, "TRUE", true),
            (Boolean, "yes", false),
            (DateTime, "2026-03-04T09:30:00Z", true),
            (DateTime, "tomorrow", false),
        ] {
            assert_eq!(
                check_type(data_type, value, "x").is_ok(),
                is_right,
                "{value}"
            );
        }
    }

    #[test]
    fn names_are_unique_and_renames_reach_mappings() {
        let named = |name: &str| VariableChange {
            display_name: Some(name.to_owned()),
            ..VariableChange::default()
        };
        let mut document = CycleDocument::default();
        add(&mut document, named("Mailing list")).unwrap();

        assert!(add(&mut document, named("mailingLIST")).is_err());
        assert!(add(&mut document, named("MAILING list")).is_err());
        let other = add(&mut document, named("Other")).unwrap();
        assert_eq!(other.system_name, "Other");
        assert_eq!(place(&document.variables, "mailing LIST"), Some(0));
        let renamed = VariableChange {
            system_name: Some("list".into()),
            ..VariableChange::default()
        };
        let renamed = change(&mut document, 0, renamed).unwrap();
        assert_eq!(
            (renamed.system_name.as_str(), renamed.display_name.as_str()),
            ("list", "Mailing list")
        );
    }
}
