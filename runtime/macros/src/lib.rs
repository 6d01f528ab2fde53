//! Derive macros for native modules, classes and functions.
