//! Arguments of a call to native code.

use crate::obj::{Obj, Ref};
use crate::str::PyStr;
use crate::tuple::PyTuple;
use crate::vm::Vm;

/// Positional arguments followed by keyword values, and the tuple of keyword names.
///
/// Invariant: `names` is `None` or a tuple of `all.len() - npos` strs.
#[derive(Copy, Clone)]
pub struct Args<'a> {
    all: &'a [Ref<'a>],
    npos: usize,
    names: Option<&'a PyTuple>,
}

impl<'a> Args<'a> {
    /// No arguments.
    pub const EMPTY: Args<'static> = Args { all: &[], npos: 0, names: None };

    #[inline(always)]
    pub fn positional(all: &'a [Ref<'a>]) -> Args<'a> {
        Args { all, npos: all.len(), names: None }
    }
    /// `all` ends with one value for each of `names`.
    #[inline(always)]
    pub fn new(all: &'a [Ref<'a>], names: Option<&'a PyTuple>) -> Args<'a> {
        let nkw = names.map_or(0, |n| n.len());
        debug_assert!(nkw <= all.len());
        Args { all, npos: all.len() - nkw, names: if nkw == 0 { None } else { names } }
    }
    /// The positional arguments.
    #[inline(always)]
    pub fn pos(&self) -> &'a [Ref<'a>] {
        &self.all[..self.npos]
    }
    #[inline(always)]
    pub fn npos(&self) -> usize {
        self.npos
    }
    /// The values of the keyword arguments.
    #[inline(always)]
    pub fn kw_values(&self) -> &'a [Ref<'a>] {
        &self.all[self.npos..]
    }
    #[inline(always)]
    pub fn names(&self) -> Option<&'a PyTuple> {
        self.names
    }
    #[inline(always)]
    pub fn has_kw(&self) -> bool {
        self.names.is_some()
    }
    /// Everything: positional, then keyword values.
    pub fn all(&self) -> &'a [Ref<'a>] {
        self.all
    }
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
    /// Keyword arguments as pairs.
    pub fn kwargs(&self) -> impl Iterator<Item = (&'a PyStr, Ref<'a>)> + use<'a> {
        let names: &'a [Obj] = self.names.map_or(&[], |n| n.as_slice());
        // SAFETY: names are strs by the invariant.
        names.iter().zip(self.kw_values()).map(|(n, v)| (unsafe { n.r().downcast_unchecked::<PyStr>() }, *v))
    }
    /// The keyword argument called `name`.
    pub fn kw(&self, _vm: &Vm, name: &str) -> Option<Ref<'a>> {
        self.kwargs().find(|(n, _)| n.eq_str(name)).map(|(_, v)| v)
    }
    /// Without the first positional argument (must exist).
    pub fn skip_first(&self) -> Args<'a> {
        Args { all: &self.all[1..], npos: self.npos - 1, names: self.names }
    }
}
