//! The `_signal` module.
//!
//! The C handler only notes the signal, writes to the wakeup descriptor and raises the main
//! thread's eval breaker; Python handlers run from [`run_pending_signals`] at a safepoint.

mod delivery;
mod module;
mod sets;

pub use delivery::{init, run_pending_signals};
pub use module::signal_module;
