//! Trace recorder, trace IR, optimisation passes and Cranelift lowering: the interface the runtime calls.
