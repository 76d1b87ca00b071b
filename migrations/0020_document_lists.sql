-- Of which list the documents of a line are that were counted: the seller may have put other files into the product since, and then none of the
-- new list has come. None: it was counted before this was kept, or nothing was.
ALTER TABLE order_lines ADD COLUMN documents_of TEXT;
