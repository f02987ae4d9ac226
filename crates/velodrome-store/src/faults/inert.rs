//! Nothing goes wrong on purpose.

use std::sync::Arc;

use chrono::TimeDelta;
use velodrome_model::{AccountScope, Scope, TransactionId};

use super::{Mistake, Side};
use crate::{NewOutput, StoreError, Unit, connect::Inner};

/// Never.
#[inline]
pub const fn has(_: Mistake) -> bool {
    false
}

/// As long as it is meant to be.
#[inline]
pub const fn lease(meant: TimeDelta) -> TimeDelta {
    meant
}

#[derive(Default)]
pub(crate) struct Points;

impl Points {
    #[inline]
    pub async fn reach(&self, _: &'static str, _: Side) {}
}

#[derive(Default)]
pub(crate) struct Purpose;

impl Purpose {
    #[inline]
    pub fn note(&self, _: &'static str) {}

    #[inline]
    pub fn point(&self) -> &'static str {
        ""
    }

    #[inline]
    pub fn put_off(
        &self,
        _: (AccountScope, TransactionId, i32),
        outputs: Vec<NewOutput>,
    ) -> Vec<NewOutput> {
        outputs
    }

    #[inline]
    pub async fn catch_up(self, _: &Arc<Inner>) -> Result<(), StoreError> {
        Ok(())
    }
}

#[inline]
pub(crate) fn mishandle<S: Scope>(unit: Unit<S>) -> Option<Unit<S>> {
    Some(unit)
}
