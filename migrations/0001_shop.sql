-- The whole ground in one step. Portable SQL only: SQLite and PostgreSQL read this same file.
-- Times are unix seconds UTC. Money is in minor units with its currency; coin amounts are decimals as text. Ids are made by Kiosk.
-- "sealed" columns hold text encrypted with a key that is not in the database.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE customers (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    username TEXT,
    language TEXT NOT NULL,
    last_coin TEXT,
    reachable BOOLEAN NOT NULL DEFAULT TRUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE staff (
    customer_id BIGINT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'support')),
    added_at BIGINT NOT NULL
);

-- Pictures and documents, by the SHA-256 of their bytes. Documents are goods: they are sealed like stock.
CREATE TABLE blobs (
    id TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    bytes_sealed BYTEA NOT NULL
);

-- What Telegram calls a file that was sent once: it is never uploaded again.
CREATE TABLE telegram_files (
    name TEXT PRIMARY KEY,
    file_id TEXT NOT NULL
);

CREATE TABLE categories (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    position BIGINT NOT NULL
);

CREATE TABLE products (
    id TEXT PRIMARY KEY,
    category_id TEXT REFERENCES categories (id),
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    price_minor BIGINT NOT NULL CHECK (price_minor > 0),
    currency TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('keys', 'file', 'invite', 'manual', 'webhook')),
    state TEXT NOT NULL CHECK (state IN ('draft', 'on_sale', 'hidden', 'archived')),
    quantity_max BIGINT NOT NULL CHECK (quantity_max > 0),
    picture TEXT REFERENCES blobs (id),
    text_sealed TEXT NOT NULL,
    questions TEXT NOT NULL
);
CREATE INDEX products_by_category ON products (category_id, position);

CREATE TABLE product_files (
    product_id TEXT NOT NULL REFERENCES products (id),
    position BIGINT NOT NULL,
    blob_id TEXT NOT NULL REFERENCES blobs (id),
    name TEXT NOT NULL,
    PRIMARY KEY (product_id, position)
);

CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    state TEXT NOT NULL CHECK (state IN ('draft', 'open', 'completed', 'cancelled', 'expired')),
    charge TEXT NOT NULL CHECK (charge IN ('none', 'partial', 'full', 'over')),
    total_minor BIGINT NOT NULL CHECK (total_minor > 0),
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    paid_at BIGINT,
    -- The invoice that paid for it, once one did.
    paid_by TEXT,
    card_message BIGINT,
    goods_message BIGINT
);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at);
CREATE INDEX orders_by_time ON orders (created_at);
CREATE INDEX orders_open ON orders (created_at) WHERE state = 'open';
CREATE INDEX orders_paid ON orders (paid_at) WHERE paid_at IS NOT NULL;
-- One order at a time is being put together by one person.
CREATE UNIQUE INDEX orders_one_draft ON orders (customer_id) WHERE state = 'draft';

CREATE TABLE order_lines (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    position BIGINT NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    answers_sealed TEXT,
    delivery TEXT NOT NULL CHECK (delivery IN ('none', 'reserved', 'assigned', 'sent', 'held', 'replaced')),
    -- How many documents of the line have reached the chat, so that a repeat sends only the rest.
    documents_sent BIGINT NOT NULL DEFAULT 0,
    note_sealed TEXT
);
CREATE UNIQUE INDEX order_lines_by_order ON order_lines (order_id, position);
CREATE INDEX order_lines_by_product ON order_lines (product_id);

-- Units of stock: each belongs to at most one order line, and the same unit is never taken in twice.
CREATE TABLE stock_items (
    id TEXT PRIMARY KEY,
    product_id TEXT NOT NULL REFERENCES products (id),
    position BIGINT NOT NULL,
    content_sealed TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    line_id TEXT REFERENCES order_lines (id),
    -- Set once the unit is sold; a unit with a line and without this is only reserved.
    sold_at BIGINT,
    UNIQUE (product_id, fingerprint),
    CHECK (sold_at IS NULL OR line_id IS NOT NULL)
);
CREATE INDEX stock_items_by_position ON stock_items (product_id, position);
CREATE INDEX stock_items_free ON stock_items (product_id, position) WHERE line_id IS NULL;
CREATE INDEX stock_items_by_line ON stock_items (line_id) WHERE line_id IS NOT NULL;

CREATE TABLE invoices (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    coin TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('creating', 'offered', 'superseded', 'expired', 'cancelled', 'refused', 'settled')),
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    number TEXT UNIQUE,
    address TEXT,
    due TEXT,
    received TEXT NOT NULL,
    -- What is still missing by the provider's word, which counts the fees that a payer bears.
    missing TEXT,
    created_at BIGINT NOT NULL,
    offer_ends_at BIGINT NOT NULL,
    watch_ends_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL
);
CREATE INDEX invoices_by_order ON invoices (order_id);
-- At most one offer of an order can be paid at a time.
CREATE UNIQUE INDEX invoices_one_offer ON invoices (order_id) WHERE state IN ('creating', 'offered');

-- What the provider said about money, in the order in which it was learned. Rows are only ever added.
CREATE TABLE payment_facts (
    id TEXT PRIMARY KEY,
    invoice_id TEXT NOT NULL REFERENCES invoices (id),
    status TEXT NOT NULL,
    paid TEXT NOT NULL,
    txs TEXT NOT NULL,
    learned_at BIGINT NOT NULL,
    -- Stands for status, paid and txs: any number of transactions may pay an address, and an index entry has an end.
    digest TEXT NOT NULL,
    UNIQUE (invoice_id, digest)
);

-- Store credit: what a person may still spend is the sum. Rows are only ever added.
CREATE TABLE credits (
    id TEXT PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    invoice_id TEXT REFERENCES invoices (id),
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX credits_by_customer ON credits (customer_id);
CREATE INDEX credits_by_invoice ON credits (invoice_id) WHERE invoice_id IS NOT NULL;

-- What a person of the shop must look at.
CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    invoice_id TEXT REFERENCES invoices (id),
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    resolution TEXT
);
CREATE UNIQUE INDEX cases_once ON cases (order_id, kind, detail);
CREATE INDEX cases_open ON cases (opened_at) WHERE closed_at IS NULL;

-- The one queue. A job is a row before anything is acknowledged.
CREATE TABLE jobs (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    -- Jobs of one lane run one after another, in the order of their ids.
    lane TEXT NOT NULL,
    priority BIGINT NOT NULL,
    -- Holds what people write: answers, and stock on its way in. Empty once the job is done.
    payload_sealed TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    leased_until BIGINT,
    last_error TEXT,
    -- Counts how often it was asked for: a job that was asked for again while it ran, runs again.
    revision BIGINT NOT NULL DEFAULT 0,
    done_at BIGINT,
    failed BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (kind, key)
);
CREATE INDEX jobs_to_claim ON jobs (priority, run_at, id) WHERE done_at IS NULL;
CREATE INDEX jobs_due ON jobs (run_at) WHERE done_at IS NULL;
CREATE INDEX jobs_by_lane ON jobs (lane, id) WHERE done_at IS NULL;
CREATE INDEX jobs_leased ON jobs (lane) WHERE leased_until IS NOT NULL;
CREATE INDEX jobs_failed ON jobs (id) WHERE failed;
CREATE INDEX jobs_done ON jobs (done_at) WHERE done_at IS NOT NULL;

-- What the bot last asked a person for, so that the next text is an answer to it.
CREATE TABLE dialogues (
    chat_id BIGINT PRIMARY KEY,
    state_sealed TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
