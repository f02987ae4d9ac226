//! velodrome-testkit
