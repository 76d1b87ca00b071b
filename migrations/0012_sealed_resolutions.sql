-- How a case ended is told in a person's own words: a name, a transaction, what was agreed. They are sealed like all that people write. What
-- stands in `resolution` from before is sealed by the next start, which has the key; nothing is written there any more.
ALTER TABLE cases ADD COLUMN resolution_sealed TEXT;
