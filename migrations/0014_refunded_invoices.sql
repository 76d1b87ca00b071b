-- When the money of an invoice was sent back by hand (unix seconds UTC): what comes to it later is decided about by hand as well, also when a
-- part of it has become credit.
ALTER TABLE invoices ADD COLUMN refunded_at BIGINT;
