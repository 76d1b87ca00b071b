-- The page of an order, and deciding about its cases, read what was credited in them.
CREATE INDEX credits_by_case ON credits (case_id) WHERE case_id IS NOT NULL;
