//! Decimal arithmetic after the General Decimal Arithmetic specification, without any Python.

pub mod add;
pub mod coeff;
pub mod compare;
pub mod context;
pub mod convert;
pub mod decimal;
pub mod divide;
mod fixed;
pub mod format;
pub mod limbs;
pub mod logical;
mod multiply;
mod ntt;
pub mod parse;
pub mod power;
pub mod product;
pub mod quantize;
pub mod round;
pub mod text;
pub mod transcendental;
