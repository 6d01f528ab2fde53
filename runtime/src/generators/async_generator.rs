//! The `async_generator` type, and the awaitables its methods return.
