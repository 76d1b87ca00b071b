-- What a buyer sees above the products of a category.
ALTER TABLE categories ADD COLUMN picture TEXT REFERENCES blobs (id);

-- Options of which it was told that they run low, until there is enough of them again: beside low_stock_told, which is of products without
-- options.
CREATE TABLE low_options_told (
    product_id TEXT NOT NULL,
    option_id TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (product_id, option_id)
);
