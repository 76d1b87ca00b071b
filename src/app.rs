//! Wiring: opens the store, starts the edges, stops all of them in order.
