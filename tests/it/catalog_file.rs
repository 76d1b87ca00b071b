//! catalog_file
