-- To whom messages of a broadcast are on their way: the cursor is behind these people, and how it ended with them is not kept yet. Their
-- ids between commas, `,5,7,`; a comma alone when there are none.
ALTER TABLE broadcasts ADD COLUMN under_way TEXT NOT NULL DEFAULT ',';
