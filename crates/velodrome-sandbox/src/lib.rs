//! velodrome-sandbox
