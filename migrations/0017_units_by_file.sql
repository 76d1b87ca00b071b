-- Whoever takes out a unit that is a file deletes its bytes, and the database looks whether another unit has them.
CREATE INDEX stock_items_by_blob ON stock_items (blob_id) WHERE blob_id IS NOT NULL;
