//! What Kiosk is about, as plain data and pure functions: no I/O, no clock, no async, and no type of a driver or a client.

pub mod answer;
pub mod coin;
pub mod customer;
pub mod deed;
pub mod goods;
pub mod invoice;
pub mod language;
pub mod money;
pub mod option;
pub mod order;
pub mod policy;
pub mod product;
pub mod quiet;
pub mod settlement;
pub mod spelling;
pub mod zone;
