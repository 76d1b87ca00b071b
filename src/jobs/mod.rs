//! The one durable queue: claims what is due and runs it.
