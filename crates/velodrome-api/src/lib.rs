//! velodrome-api
