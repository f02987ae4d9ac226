//! Scripts are JavaScript (V011).

use velodrome_model::FaultCode;
use velodrome_script::{Level, Script, ScriptError};

use super::{Subject, parts::method_pointer};
use crate::catalogue::findings::{Findings, Pointer};

pub(super) fn check(subject: Subject<'_>, findings: &mut Findings) {
    let own = subject
        .definition
        .script
        .as_deref()
        .map(|text| (Level::Connector, Pointer::root(), text));
    let of_methods = subject
        .definition
        .methods
        .iter()
        .enumerate()
        .filter_map(|(at, method)| {
            let text = method.script.as_deref()?;
            Some((Level::Method, method_pointer(at), text))
        });
    for (level, owner, text) in own.into_iter().chain(of_methods) {
        if let Err(error) = Script::compile(level, text) {
            let message = format!("the script is no JavaScript: {}", place(&error));
            findings.error(FaultCode::V011, owner.then("script"), message);
        }
    }
}

/// Where in the script the fault is, and what it is.
pub fn place(error: &ScriptError) -> String {
    match (error.line, error.column) {
        (Some(line), Some(column)) => {
            format!("line {line}, column {column} of it: {}", error.message)
        }
        _ => error.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::errors;

    #[test]
    fn a_script_that_is_no_javascript_is_named_with_its_line() {
        let found = errors("script: |\n  var a = 1;\n  function (\n");

        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("V011 the script is no JavaScript: line 2, column"),
            "{found:?}"
        );
        assert_eq!(
            errors("script: 'function before_action() { return true }'\n"),
            Vec::<String>::new()
        );
    }
}
