//! What the kiosk says, from Fluent files that the shell loads and hands over.
