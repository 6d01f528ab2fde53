//! The tracing compiler: trace recorder, trace IR, optimisation passes and Cranelift lowering. Empty so far.
