-- Two invoices of one order may have the same trouble: each is a case of its own.
DROP INDEX cases_once;
CREATE UNIQUE INDEX cases_once ON cases (order_id, kind, (COALESCE(invoice_id, '')), detail);
CREATE INDEX cases_by_invoice ON cases (invoice_id, kind) WHERE invoice_id IS NOT NULL;
