"""Tables of rules of filing, what was learned, what is suggested."""
