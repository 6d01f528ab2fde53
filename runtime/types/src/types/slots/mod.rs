//! Slots and special methods: which method stands for which slot, wrappers that show native slots
//! to Python, and slot functions that call methods written in Python.

mod attributes;
mod buffers;
mod calls;
mod containers;
pub mod lookup;
mod new;
mod numbers;
pub mod rows;
pub mod table;
mod text;
pub mod update;
pub mod wrap;

pub use attributes::only_adds_getattr;
pub use lookup::{call_maybe, call_method};
pub use new::NEW_DEF;
pub use rows::{SlotFn, SlotId, SlotRow, Wrap};
pub use update::{fixup_slots, update_slot};
