//! The one page: buyer chat, seller chat, blockchain panel.
