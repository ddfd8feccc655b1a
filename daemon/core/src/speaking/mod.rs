//! From a shown sentence to words that a voice can read.
