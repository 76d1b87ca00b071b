-- The lists of orders that are over, the newest first: there are the more of them the longer a shop is open.
CREATE INDEX orders_delivered ON orders (created_at DESC, id) WHERE state = 'completed';
CREATE INDEX orders_closed ON orders (created_at DESC, id) WHERE state IN ('cancelled', 'expired');
