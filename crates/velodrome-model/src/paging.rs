//! Pages of lists (api.md §8).

/// Which part of a list, in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    page: u64,
    size: u64,
    /// Property to sort by, in any case; an unknown one means the list's default order.
    pub order_by: Option<String>,
    /// Ascending or descending; the list's default when left out.
    pub ascending: Option<bool>,
}

impl PageRequest {
    /// Items of a page unless asked otherwise.
    pub const DEFAULT_SIZE: u64 = 100;
    /// Most items of a page.
    pub const MAX_SIZE: u64 = 1000;

    /// Unusable values fall back to the defaults.
    pub fn new(page: Option<i64>, size: Option<i64>) -> Self {
        let positive = |number: Option<i64>| {
            number
                .and_then(|n| u64::try_from(n).ok())
                .filter(|n| *n > 0)
        };
        Self {
            page: positive(page).unwrap_or(1),
            size: positive(size)
                .unwrap_or(Self::DEFAULT_SIZE)
                .min(Self::MAX_SIZE),
            order_by: None,
            ascending: None,
        }
    }

    /// Items of a page.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Items before this page.
    pub fn offset(&self) -> u64 {
        // Databases count with signed numbers; a page out there is empty either way.
        (self.page - 1)
            .saturating_mul(self.size)
            .min(i64::MAX as u64)
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::new(None, None)
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// Items on all pages.
    pub total: u64,
    /// Items of a page.
    pub size: u64,
}

impl<T> Page<T> {
    /// The asked for part of a list that is in memory.
    pub fn cut(all: Vec<T>, request: &PageRequest) -> Self {
        let total = all.len() as u64;
        let skipped = usize::try_from(request.offset()).unwrap_or(usize::MAX);
        let shown = usize::try_from(request.size()).unwrap_or(usize::MAX);
        Self {
            items: all.into_iter().skip(skipped).take(shown).collect(),
            total,
            size: request.size(),
        }
    }

    /// Number of pages.
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(self.size.max(1))
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            total: self.total,
            size: self.size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_values_fall_back_to_the_defaults() {
        for (page, size, offset, items) in [
            (None, None, 0, 100),
            (Some(3), Some(20), 40, 20),
            (Some(0), Some(-1), 0, 100),
            (Some(-4), Some(5000), 0, 1000),
        ] {
            let request = PageRequest::new(page, size);
            assert_eq!((request.offset(), request.size()), (offset, items));
        }
        assert_eq!(
            PageRequest::new(Some(i64::MAX), Some(1000)).offset(),
            i64::MAX as u64
        );
    }
}
