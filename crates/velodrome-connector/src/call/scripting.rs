//! What a call needs to run scripts, beside what every call has.

use async_trait::async_trait;
use serde_json::{Map, Value};
use velodrome_model::SecretString;
use velodrome_script::{Fault, Script, Store, StoreOperation, Stored};

/// Scripts of a call; the connector's and the method's come from the definition.
#[derive(Clone, Copy, Default)]
pub struct Scripting<'a> {
    /// The step's script.
    pub step: Option<&'a Script>,
    /// The stores of the account connector; without them storage functions throw.
    pub storage: Option<&'a dyn ScriptStorage>,
    /// The cycle; outside of cycles its globals are null.
    pub cycle: Option<&'a CycleGlobals>,
}

/// What scripts see of the cycle that they run in.
#[derive(Clone, Debug, Default)]
pub struct CycleGlobals {
    /// `cycle_id`.
    pub cycle_id: String,
    /// `cycle_step_id`.
    pub step_id: String,
    /// `transaction_id`.
    pub transaction_id: String,
    /// `cycle_variables`.
    pub variables: Map<String, Value>,
    /// `method_response_fields_in_use`.
    pub fields_in_use: Vec<String>,
    /// Whether the step is only tried out.
    pub testing: bool,
    /// Variables that nobody may see.
    pub secrets: Vec<SecretString>,
}

/// The stores of one account connector.
#[async_trait]
pub trait ScriptStorage: Send + Sync {
    /// Reads or changes a store; committed when it answers.
    async fn apply(&self, store: Store, operation: StoreOperation) -> Result<Stored, Fault>;
}
