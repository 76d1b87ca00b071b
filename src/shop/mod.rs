//! What people can do in a shop, one verb a file.

pub mod catalog_file;
