//! Inline scripts of mappings (scripting.md §6).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Map, Value};
use velodrome_connector::call::{
    ScriptEngine, script,
    script::{
        Fault as Thrown, Host, HttpAnswer, HttpRequest, Run, ScriptError, StoreOperation, Stored,
        inline::merge_braced,
    },
};
use velodrome_model::{
    AccountScope, SecretString,
    cycle::mapping::{Cell, ScriptText},
    definition::DataType,
};

/// Scripts of a mapping that run together at most.
const TEXTS_TOGETHER: usize = 1_000;
/// Bytes of their texts after which no more run together.
const BYTES_TOGETHER: usize = 8 << 20;

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
    /// The values of the cells of one request; those that are nothing are left out. `data_type` knows the type
    /// of a target.
    pub(super) async fn values(
        &self,
        cells: &BTreeMap<String, Cell>,
        data_type: impl Fn(&str) -> DataType,
    ) -> Result<Map<String, Value>, InlineFault> {
        let mut all = self.values_of(&[cells], data_type).await?;
        Ok(all.pop().unwrap_or_default())
    }

    /// The same of several requests at once: what one mapping has to run for them runs together.
    pub(super) async fn values_of(
        &self,
        requests: &[&BTreeMap<String, Cell>],
        data_type: impl Fn(&str) -> DataType,
    ) -> Result<Vec<Map<String, Value>>, InlineFault> {
        let mut scripts: BTreeMap<&str, Vec<&ScriptText>> = BTreeMap::new();
        for (target, cell) in requests.iter().copied().flatten() {
            gather(cell, target, &mut scripts);
        }
        let mut results = BTreeMap::new();
        for (target, scripts) in scripts {
            let ran = self.run_all(&scripts, data_type(target)).await;
            let ran = ran.map_err(|error| InlineFault {
                target: target.to_owned(),
                error,
            })?;
            results.insert(target, ran.into_iter());
        }
        let values = requests.iter().map(|cells| {
            let mut values = Map::new();
            for (target, cell) in *cells {
                let value = value(cell, results.entry(target.as_str()).or_default());
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
            values
        });
        Ok(values.collect())
    }

    /// Runs a script; objects become JSON unless the target takes whatever it is given.
    pub(super) async fn run(
        &self,
        script: &ScriptText,
        data_type: DataType,
    ) -> Result<Value, ScriptError> {
        let mut results = self.run_all(&[script], data_type).await?;
        Ok(results.pop().unwrap_or_default())
    }

    async fn run_all(
        &self,
        scripts: &[&ScriptText],
        data_type: DataType,
    ) -> Result<Vec<Value>, ScriptError> {
        let mut results = Vec::with_capacity(scripts.len());
        let mut scripts = scripts.iter().peekable();
        while scripts.peek().is_some() {
            let (mut texts, mut bytes) = (Vec::new(), 0);
            while texts.len() < TEXTS_TOGETHER
                && bytes < BYTES_TOGETHER
                && let Some(script) = scripts.next()
            {
                let text = merged(script);
                bytes += text.len();
                texts.push(text);
            }
            let mut run = Run::mapping(self.scope.account.0.as_u64_pair().0, texts);
            run.secrets.clone_from(&self.secrets);
            let outcome = self.engine.pool().run(run, &Nowhere).await?;
            if let Value::Array(values) = outcome.result {
                results.extend(values.into_iter().map(|value| fitting(value, data_type)));
            }
        }
        Ok(results)
    }
}

/// The scripts of a cell, in the order in which [`value`] takes their results.
fn gather<'c>(
    cell: &'c Cell,
    target: &'c str,
    scripts: &mut BTreeMap<&'c str, Vec<&'c ScriptText>>,
) {
    match cell {
        Cell::Value(_) => {}
        Cell::Script(script) => scripts.entry(target).or_default().push(script),
        Cell::List(cells) => {
            for cell in cells.iter().flatten() {
                gather(cell, target, scripts);
            }
        }
    }
}

/// The value of a cell, with the results of its scripts.
fn value(cell: &Cell, results: &mut impl Iterator<Item = Value>) -> Value {
    match cell {
        Cell::Value(value) => value.clone(),
        Cell::Script(_) => results.next().unwrap_or_default(),
        Cell::List(cells) => cells
            .iter()
            .map(|cell| {
                cell.as_ref()
                    .map_or(Value::Null, |cell| value(cell, results))
            })
            .collect(),
    }
}

/// The text of a script with what its mergefields stand for.
fn merged(script: &ScriptText) -> String {
    merge_braced(&script.text, |inner| {
        let found = script.values.iter().find(|(name, _)| name == inner);
        found.map(|(_, value)| value.clone())
    })
}

/// What a target of a type takes of a result.
fn fitting(result: Value, data_type: DataType) -> Value {
    match result {
        value @ (Value::Object(_) | Value::Array(_))
            if !matches!(data_type, DataType::Undefined | DataType::File) =>
        {
            value.to_string().into()
        }
        value => value,
    }
}
