-- Where an invite leads, and for how long: a private channel or group that the bot administers.
ALTER TABLE products ADD COLUMN invite_chat BIGINT;
ALTER TABLE products ADD COLUMN invite_title TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN invite_days BIGINT;
-- The seller's system that is asked for goods, and the secret that signs what it is asked.
ALTER TABLE products ADD COLUMN webhook_url TEXT;
ALTER TABLE products ADD COLUMN webhook_secret_sealed TEXT;
-- Fewest units in one order, and prices from a quantity on, as JSON.
ALTER TABLE products ADD COLUMN quantity_min BIGINT NOT NULL DEFAULT 1;
ALTER TABLE products ADD COLUMN volume TEXT NOT NULL DEFAULT '[]';

-- Ways in which a product is sold, each with a price and, for keys, a stock of its own.
CREATE TABLE product_options (
    product_id TEXT NOT NULL REFERENCES products (id),
    id TEXT NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    price_minor BIGINT NOT NULL CHECK (price_minor > 0),
    volume TEXT NOT NULL,
    days BIGINT,
    PRIMARY KEY (product_id, id)
);

-- Empty: of a product without options.
ALTER TABLE stock_items ADD COLUMN option_id TEXT NOT NULL DEFAULT '';
CREATE INDEX stock_items_free_of_option ON stock_items (product_id, option_id, position) WHERE line_id IS NULL;

-- What was chosen, as it was when it was ordered; `goods_sealed` is what the seller's system answered.
ALTER TABLE order_lines ADD COLUMN option_id TEXT NOT NULL DEFAULT '';
ALTER TABLE order_lines ADD COLUMN days BIGINT;
ALTER TABLE order_lines ADD COLUMN goods_sealed TEXT;

-- Who may be in which channel or group, and until when. One row for a person and a chat: its link lets this person in and nobody else.
CREATE TABLE memberships (
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    chat_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    link_sealed TEXT NOT NULL,
    -- Recognises the link in what Telegram tells of somebody who asks to be let in.
    link_mark TEXT NOT NULL,
    -- None: for good.
    ends_at BIGINT,
    remind_at BIGINT,
    joined_at BIGINT,
    ended_at BIGINT,
    PRIMARY KEY (customer_id, chat_id)
);
CREATE INDEX memberships_by_link ON memberships (link_mark);

-- Which line of an order gave how much of a membership: each counts once.
CREATE TABLE membership_lines (
    line_id TEXT PRIMARY KEY REFERENCES order_lines (id),
    customer_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    given_at BIGINT NOT NULL
);
CREATE INDEX membership_lines_by_person ON membership_lines (customer_id, chat_id, given_at);
