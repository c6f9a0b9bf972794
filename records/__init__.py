"""Rules: people, documents, registers, circulation, and the log that remembers every act."""
