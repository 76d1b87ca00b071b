-- Messages that were the payment card of an order until another message became it. They may show an address, and are taken out of the chat
-- by whatever writes the card next; a crash in between leaves them here.
CREATE TABLE left_cards (
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    message BIGINT NOT NULL,
    -- The order had ended, and the message told it: no new card is due.
    was_final BOOLEAN NOT NULL,
    PRIMARY KEY (order_id, message)
);
