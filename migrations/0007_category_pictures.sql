-- What a buyer sees above the products of a category.
ALTER TABLE categories ADD COLUMN picture TEXT REFERENCES blobs (id);
