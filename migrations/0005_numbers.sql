-- What the seller learns of the shop, and what goes out to many.

-- Money that the seller has sent back, as written down with a case: nothing but the price of an order that was booked counts here, so
-- that revenue less refunds is what the shop kept. Rows are only ever added.
CREATE TABLE refunds (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL UNIQUE REFERENCES cases (id),
    order_id TEXT NOT NULL REFERENCES orders (id),
    minor BIGINT NOT NULL CHECK (minor > 0),
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX refunds_by_time ON refunds (created_at);
CREATE INDEX refunds_by_order ON refunds (order_id);

-- Products whose low stock was told of, until there is enough again: one notice for each time that it runs low.
CREATE TABLE low_stock_told (
    product_id TEXT PRIMARY KEY,
    told_at BIGINT NOT NULL
);

-- Files that somebody of the staff asked for, until they are sent.
CREATE TABLE exports (
    id TEXT PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    what TEXT NOT NULL,
    format TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    -- The message that shows how far it is, once there is one.
    message BIGINT
);

-- One message to many, and how far it has come: everybody up to the cursor has been dealt with.
CREATE TABLE broadcasts (
    id TEXT PRIMARY KEY,
    owner_id BIGINT NOT NULL REFERENCES customers (id),
    state TEXT NOT NULL CHECK (state IN ('draft', 'running', 'paused', 'done', 'cancelled')),
    text TEXT NOT NULL,
    picture TEXT REFERENCES blobs (id),
    -- The product that its button opens.
    product_id TEXT REFERENCES products (id),
    audience TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    cursor_id BIGINT NOT NULL DEFAULT -1,
    total BIGINT NOT NULL DEFAULT 0,
    sent BIGINT NOT NULL DEFAULT 0,
    gone BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    -- The message that shows how far it is, and when it was changed last.
    message BIGINT,
    shown_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX broadcasts_by_time ON broadcasts (created_at);

-- Looking for an order by what a buyer sends along.
CREATE INDEX invoices_by_address ON invoices (address) WHERE address IS NOT NULL;
CREATE INDEX invoices_by_time ON invoices (created_at);
