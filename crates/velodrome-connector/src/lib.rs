//! velodrome-connector
