//! One set of data for each company, store or account, made when it is first touched.

use std::collections::HashMap;

use parking_lot::Mutex;

/// Data by tenant; no tenant sees another's.
pub(crate) struct Tenants<T> {
    data: Mutex<HashMap<String, T>>,
    seed: fn(&str) -> T,
}

impl<T> Tenants<T> {
    pub(crate) fn new(seed: fn(&str) -> T) -> Self {
        Self {
            data: Mutex::new(HashMap::new()),
            seed,
        }
    }

    /// Works on one tenant's data alone.
    pub(crate) fn with<R>(&self, tenant: &str, work: impl FnOnce(&mut T) -> R) -> R {
        let mut data = self.data.lock();
        let own = data
            .entry(tenant.to_owned())
            .or_insert_with(|| (self.seed)(tenant));
        work(own)
    }
}
