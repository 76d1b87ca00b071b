-- A person may have decided about money with a credit or with words, too: such invoices are marked as those whose money was sent back. What an
-- older release knew of them is written down for those that are still watched.
UPDATE invoices SET refunded_at = created_at WHERE refunded_at IS NULL AND (
    id IN (SELECT invoice_id FROM credits WHERE case_id IS NOT NULL)
    OR (id IN (SELECT invoice_id FROM cases WHERE closed_at IS NOT NULL AND kind IN ('unclear_amount', 'unknown_status', 'mismatch'))
        AND id NOT IN (SELECT invoice_id FROM credits WHERE invoice_id IS NOT NULL)));
