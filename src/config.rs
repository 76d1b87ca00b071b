//! The environment, read once and checked as a whole.
