//! Inline scripts of mappings (scripting.md §6).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Map, Value};
use velodrome_connector::call::{
    ScriptEngine, script,
    script::{
        Fault as Thrown, Host, HttpAnswer, HttpRequest, Level, Run, Script, ScriptError,
        StoreOperation, Stored, inline::merge_braced,
    },
};
use velodrome_model::{
    AccountScope, SecretString,
    cycle::mapping::{Cell, ScriptText},
    definition::DataType,
};

/// Runs the scripts of one step's mappings.
pub(super) struct Inline<'a> {
    pub engine: &'a ScriptEngine,
    pub scope: AccountScope,
    pub secrets: Vec<SecretString>,
}

/// A script that failed, and the target that it was for.
#[derive(Debug)]
pub(super) struct InlineFault {
    pub target: String,
    pub error: ScriptError,
}

/// A mapping reaches nothing outside.
struct Nowhere;

#[async_trait]
impl Host for Nowhere {
    async fn http_request(&self, _: HttpRequest) -> Result<HttpAnswer, Thrown> {
        Err(Thrown::new("NotHere", "a mapping makes no requests"))
    }

    async fn storage(&self, _: script::Store, _: StoreOperation) -> Result<Stored, Thrown> {
        Err(Thrown::new("NotHere", "a mapping has no stores"))
    }
}

impl Inline<'_> {
    /// The values of cells; those that are nothing are left out. `data_type` knows the type of a target.
    pub(super) async fn values(
        &self,
        cells: &BTreeMap<String, Cell>,
        data_type: impl Fn(&str) -> DataType,
    ) -> Result<Map<String, Value>, InlineFault> {
        let mut values = Map::new();
        for (target, cell) in cells {
            let fault = |error| InlineFault {
                target: target.clone(),
                error,
            };
            let value = self.value(cell, data_type(target)).await.map_err(fault)?;
            let value = match value {
                // An element of a plain list is there or not.
                Value::Array(elements)
                    if target.ends_with(']') && matches!(cell, Cell::List(_)) =>
                {
                    elements.into_iter().filter(|one| !one.is_null()).collect()
                }
                value => value,
            };
            if !velodrome_model::cycle::mapping::is_nothing(Some(&value)) {
                values.insert(target.clone(), value);
            }
        }
        Ok(values)
    }

    async fn value(&self, cell: &Cell, data_type: DataType) -> Result<Value, ScriptError> {
        match cell {
            Cell::Value(value) => Ok(value.clone()),
            Cell::Script(script) => self.run(script, data_type).await,
            Cell::List(cells) => {
                let mut values = Vec::with_capacity(cells.len());
                for cell in cells {
                    values.push(match cell {
                        Some(cell) => Box::pin(self.value(cell, data_type)).await?,
                        None => Value::Null,
                    });
                }
                Ok(values.into())
            }
        }
    }

    /// Runs a script; objects become JSON unless the target takes whatever it is given.
    pub(super) async fn run(
        &self,
        script: &ScriptText,
        data_type: DataType,
    ) -> Result<Value, ScriptError> {
        let known = |inner: &str| {
            let found = script.values.iter().find(|(name, _)| name == inner);
            found.map(|(_, value)| value.clone())
        };
        let text = merge_braced(&script.text, known);
        let compiled = Script::compile(Level::Inline, &text)?;
        let mut run = Run::inline(self.scope.account.0.as_u64_pair().0, compiled);
        run.secrets.clone_from(&self.secrets);
        let outcome = self.engine.pool().run(run, &Nowhere).await?;
        Ok(match outcome.result {
            value @ (Value::Object(_) | Value::Array(_))
                if !matches!(data_type, DataType::Undefined | DataType::File) =>
            {
                value.to_string().into()
            }
            value => value,
        })
    }
}
