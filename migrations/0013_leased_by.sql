-- Which program has claimed a job, by a number that it drew at its start. One that was not told what became of a claim gives back what it does
-- not run.
ALTER TABLE jobs ADD COLUMN leased_by BIGINT;
