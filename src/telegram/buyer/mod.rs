//! What a buyer meets, one conversation a file.

pub(super) mod blocked;
pub(super) mod checkout;
pub(super) mod front;
pub(super) mod orders;
pub(super) mod pages;
pub(super) mod photo;
pub(super) mod product;
pub(super) mod questions;
pub(super) mod support;
