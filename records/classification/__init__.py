"""Classification: the file plan, and filing, which freezes a document into one class."""
