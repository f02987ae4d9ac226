//! velodrome-engine
