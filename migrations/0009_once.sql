-- What brought a deed about, and which of its deeds it is: an update that is handled again after a crash writes nothing down twice. It stands
-- beside what the hash of a row is for, which stays as it was.
ALTER TABLE audit ADD COLUMN cause TEXT;
CREATE UNIQUE INDEX audit_by_cause ON audit (cause) WHERE cause IS NOT NULL;

-- The last documents that came as one album in a chat, and what became of each: they are answered in one message.
CREATE TABLE albums (
    chat_id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    message BIGINT NOT NULL,
    parts_sealed TEXT NOT NULL
);
