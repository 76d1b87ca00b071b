-- A unit of stock may be a file: `content_sealed` is its name then, and its bytes are a blob that is this unit's alone. Its id tells nothing
-- about the bytes.
ALTER TABLE stock_items ADD COLUMN blob_id TEXT REFERENCES blobs (id);
-- What brought the unit in, a message in a chat: when it is handled again, its units are known as its own.
ALTER TABLE stock_items ADD COLUMN intake TEXT NOT NULL DEFAULT '';
CREATE INDEX stock_items_sold ON stock_items (product_id, sold_at) WHERE sold_at IS NOT NULL;

-- The message that shows how much of a file with units is in, until all of it is.
CREATE TABLE stock_intakes (
    name TEXT PRIMARY KEY,
    message BIGINT NOT NULL
);
