//! Native types: from a [`TypeDef`] to a type object.
