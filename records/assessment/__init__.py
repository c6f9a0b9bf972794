"""The four checks 四性: whether a document is authentic, complete, usable and safe."""
