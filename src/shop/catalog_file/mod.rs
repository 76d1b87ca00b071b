//! The catalog as a file: one YAML document, pictures beside it.
