//! velodrome-service
