-- The message into which the next document of a line is put. It is sent before as words and its number is kept: so a document whose arrival nobody
-- heard of is put into the same message again, and there is one.
ALTER TABLE order_lines ADD COLUMN document_message BIGINT;
