-- People: customers who are blocked, what the staff notes about them, invitations to the staff, what the staff did, and conversations.
ALTER TABLE customers ADD COLUMN blocked_at BIGINT;
ALTER TABLE customers ADD COLUMN blocked_why_sealed TEXT;
ALTER TABLE customers ADD COLUMN note_sealed TEXT;
CREATE INDEX customers_by_time ON customers (created_at);

-- Who of the staff made an entry by hand, and why.
ALTER TABLE credits ADD COLUMN made_by BIGINT;
ALTER TABLE credits ADD COLUMN why_sealed TEXT;

-- One-time links into the staff: only the digest of a code is kept.
CREATE TABLE invitations (
    digest TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'support')),
    made_by BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- What the staff changed, one row for each change. Rows are only ever added; each carries a keyed hash over itself and the hash before it.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    -- 0: nobody in a chat, but the program's own settings or command line.
    who BIGINT NOT NULL,
    what TEXT NOT NULL,
    order_id TEXT,
    customer_id BIGINT,
    product_id TEXT,
    words_sealed TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_by_order ON audit (order_id, number) WHERE order_id IS NOT NULL;
CREATE INDEX audit_by_customer ON audit (customer_id, number) WHERE customer_id IS NOT NULL;

-- The newest of these rows; whoever adds one holds this row until the change is written.
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '');

-- What customers and staff write to each other. The id is made of the chat and the message, so that an update handled twice is one row.
CREATE TABLE support_messages (
    id TEXT PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    -- Who of the staff wrote it; none: the customer.
    written_by BIGINT,
    content_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX support_messages_by_customer ON support_messages (customer_id, created_at);

-- Messages of the bot that belong to a conversation: a reply to one of them goes to its other side.
CREATE TABLE support_relays (
    chat_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    PRIMARY KEY (chat_id, message_id)
);

-- The topic of a customer in the group of the staff.
CREATE TABLE support_topics (
    group_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    topic_id BIGINT NOT NULL,
    PRIMARY KEY (group_id, customer_id)
);
CREATE UNIQUE INDEX support_topics_by_topic ON support_topics (group_id, topic_id);
