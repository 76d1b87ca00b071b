-- Credit that is spent. Entries with an order pay for it or give back what had paid for it: what of its price is paid by credit is their
-- sum, turned round. Entries with a case were made by the seller.
ALTER TABLE credits ADD COLUMN order_id TEXT REFERENCES orders (id);
ALTER TABLE credits ADD COLUMN case_id TEXT REFERENCES cases (id);
CREATE INDEX credits_by_order ON credits (order_id) WHERE order_id IS NOT NULL;

-- Whether the buyer wants credit to pay for a part, once an address is asked for.
ALTER TABLE orders ADD COLUMN use_credit BOOLEAN NOT NULL DEFAULT FALSE;
