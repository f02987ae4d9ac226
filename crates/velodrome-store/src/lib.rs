//! velodrome-store
