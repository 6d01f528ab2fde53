//! `list.sort` and `sorted`.
//!
//! Keys of one kind (ints, floats without NaN, strs, tuples of such) have a total order that runs
//! no Python code: they are compared unboxed by the standard library's stable sort. Everything
//! else goes through [`super::timsort`] with `<`.

use std::cmp::Ordering;

use krait_object::prelude::*;

use super::timsort;

/// What is being sorted: bare keys, or keys with the items they stand for.
trait Entry: Copy {
    fn key(&self) -> Value;
}
impl Entry for Value {
    #[inline(always)]
    fn key(&self) -> Value {
        *self
    }
}
impl Entry for (Value, Value) {
    #[inline(always)]
    fn key(&self) -> Value {
        self.0
    }
}

/// `list.sort(key=..., reverse=...)`. The list is empty while keys and comparisons run.
pub fn sort_list(vm: &Vm, list: &PyList, key: Option<Ref<'_>>, reverse: bool) -> PyResult<()> {
    let mut items = list.take();
    let result = sort_items(vm, &mut items, key, reverse);
    let modified = list.capacity() != 0;
    drop(list.install(items));
    result?;
    if modified { Err(vm.value_error("list modified during sort")) } else { Ok(()) }
}

/// Sorts owned items. They are a permutation of what they were even if this fails.
pub fn sort_items(vm: &Vm, items: &mut [Obj], key: Option<Ref<'_>>, reverse: bool) -> PyResult<()> {
    let Some(key) = key else {
        // SAFETY: an `Obj` is its word; the sort permutes the words.
        let words = unsafe { &mut *(items as *mut [Obj] as *mut [Value]) };
        return sort_entries(vm, words, reverse);
    };
    let mut keys = Vec::with_capacity(items.len());
    for item in items.iter() {
        keys.push(vm.call1(key, item.r())?);
    }
    let mut entries: Vec<(Value, Value)> = keys.iter().zip(items.iter()).map(|(k, v)| (k.value(), v.value())).collect();
    let result = sort_entries(vm, &mut entries, reverse);
    for (item, e) in items.iter_mut().zip(&entries) {
        // SAFETY: the entries hold each item's word exactly once; overwriting without dropping
        // moves the references around.
        unsafe { std::ptr::write(item, Obj::from_value(e.1)) };
    }
    result
}

fn sort_entries<E: Entry>(vm: &Vm, v: &mut [E], reverse: bool) -> PyResult<()> {
    if v.len() < 2 {
        return Ok(());
    }
    // Reversing before and after keeps equal items in their order.
    if reverse {
        v.reverse();
    }
    let result = sort_ascending(vm, v);
    if reverse {
        v.reverse();
    }
    result
}

/// Kinds of keys that compare without running Python code.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Kind {
    /// Immediate ints.
    Int,
    /// Floats without NaN and ints a double holds exactly.
    Number,
    /// Strs of one byte a character.
    Bytes,
    Str,
    /// Exact tuples.
    Tuple,
    Other,
}

impl Kind {
    fn of(vm: &Vm, v: Value) -> Kind {
        if v.is_int() {
            return Kind::Int;
        }
        if v.is_flonum() {
            return Kind::Number;
        }
        // SAFETY: sorted values are bound and owned by the caller.
        let r = unsafe { Ref::from_value_unchecked(v) };
        if let Some(s) = r.as_exact_str(vm) {
            return if s.kind() == 1 { Kind::Bytes } else { Kind::Str };
        }
        if r.is_exact::<PyTuple>(vm) {
            return Kind::Tuple;
        }
        match r.as_float(vm) {
            Some(f) if !f.is_nan() && r.is_exact_float(vm) => Kind::Number,
            _ => Kind::Other,
        }
    }
    /// The kind that covers both.
    fn join(self, vm: &Vm, v: Value) -> Kind {
        let k = Kind::of(vm, v);
        match (self, k) {
            (a, b) if a == b => a,
            (Kind::Int, Kind::Number) | (Kind::Number, Kind::Int) => Kind::Number,
            (Kind::Bytes, Kind::Str) | (Kind::Str, Kind::Bytes) => Kind::Str,
            _ => Kind::Other,
        }
    }
}

/// The kind of all values together.
fn common_kind(vm: &Vm, mut values: impl Iterator<Item = Value> + Clone) -> Kind {
    let all = values.clone();
    let Some(first) = values.next() else { return Kind::Other };
    let mut kind = Kind::of(vm, first);
    for v in values {
        kind = kind.join(vm, v);
        if kind == Kind::Other {
            return kind;
        }
    }
    // Mixed numbers compare as doubles only if no int loses digits.
    let exact = |v: Value| v.as_int().is_none_or(|i| i.unsigned_abs() <= 1 << 53);
    if kind == Kind::Number && !all.into_iter().all(exact) { Kind::Other } else { kind }
}

/// The double of a key of kind `Number`.
#[inline(always)]
fn number(v: Value) -> f64 {
    if v.is_flonum() {
        return v.flonum_unchecked();
    }
    if v.is_int() {
        return v.int_unchecked() as f64;
    }
    // SAFETY: what is neither immediate is an exact heap float, owned by the caller.
    unsafe { Ref::from_value_unchecked(v).downcast_unchecked::<PyFloat>() }.value()
}

/// # Safety
/// `v` is an exact str that outlives `'a`.
#[inline(always)]
unsafe fn as_str<'a>(v: Value) -> &'a PyStr {
    // SAFETY: by contract.
    unsafe { Ref::from_value_unchecked(v).downcast_unchecked() }
}

/// # Safety
/// `v` is a tuple that outlives `'a`.
#[inline(always)]
unsafe fn as_tuple<'a>(v: Value) -> &'a [Obj] {
    // SAFETY: by contract.
    unsafe { Ref::from_value_unchecked(v).downcast_unchecked::<PyTuple>() }.as_slice()
}

/// Orders two keys of a kind other than `Tuple` and `Other`.
#[inline(always)]
fn cmp_keys(kind: Kind, a: Value, b: Value) -> Ordering {
    match kind {
        // The tag is the same in both words.
        Kind::Int => (a.0 as i64).cmp(&(b.0 as i64)),
        Kind::Number => number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal),
        // SAFETY: keys of this kind are exact strs, owned by the caller during the sort.
        Kind::Bytes => unsafe { as_str(a).raw_bytes().cmp(as_str(b).raw_bytes()) },
        // SAFETY: as above.
        _ => unsafe { as_str(a).cmp(as_str(b)) },
    }
}

fn sort_ascending<E: Entry>(vm: &Vm, v: &mut [E]) -> PyResult<()> {
    match common_kind(vm, v.iter().map(E::key)) {
        Kind::Int => v.sort_by_key(|e| e.key().0 as i64),
        Kind::Number => {
            sort_decorated(v, |e| number(e.key()), |a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
        }
        Kind::Bytes => sort_decorated(
            v,
            // SAFETY: keys of this kind are exact strs, owned by the caller.
            |e| prefix(unsafe { as_str(e.key()) }.raw_bytes()),
            |a, b| a.0.cmp(&b.0).then_with(|| cmp_keys(Kind::Bytes, a.1.key(), b.1.key())),
        ),
        Kind::Str => v.sort_by(|a, b| cmp_keys(Kind::Str, a.key(), b.key())),
        Kind::Tuple => return sort_tuples(vm, v),
        Kind::Other => return timsort::sort(v, |a: E, b: E| less(vm, a.key(), b.key())),
    }
    Ok(())
}

/// Sorts with a copy of each key beside its entry.
fn sort_decorated<E: Entry, K: Copy>(v: &mut [E], key: impl Fn(&E) -> K, cmp: impl Fn(&(K, E), &(K, E)) -> Ordering) {
    let mut pairs: Vec<(K, E)> = v.iter().map(|e| (key(e), *e)).collect();
    pairs.sort_by(cmp);
    for (e, p) in v.iter_mut().zip(&pairs) {
        *e = p.1;
    }
}

/// The first eight bytes as a number that orders as they do.
#[inline]
fn prefix(b: &[u8]) -> u64 {
    let mut word = [0u8; 8];
    let n = b.len().min(8);
    word[..n].copy_from_slice(&b[..n]);
    u64::from_be_bytes(word)
}

/// `a < b` in general.
fn less(vm: &Vm, a: Value, b: Value) -> PyResult<bool> {
    // SAFETY: the keys are owned by the caller during the sort, where no Python code reaches them.
    unsafe { vm.lt(Ref::from_value_unchecked(a), Ref::from_value_unchecked(b)) }
}

/// Sorts exact tuples: unboxed throughout if every column is of one simple kind, else with the
/// first column unboxed if that is.
fn sort_tuples<E: Entry>(vm: &Vm, v: &mut [E]) -> PyResult<()> {
    // SAFETY: here and below all keys are exact tuples, owned by the caller during the sort.
    let items = |e: &E| unsafe { as_tuple(e.key()) };
    let width = v.iter().map(|e| items(e).len()).max().unwrap_or(0);
    let mut kinds = Vec::new();
    for col in 0..width.min(16) {
        let kind = common_kind(vm, v.iter().filter_map(|e| items(e).get(col).map(|o| o.value())));
        if matches!(kind, Kind::Other | Kind::Tuple) {
            break;
        }
        kinds.push(kind);
    }
    if kinds.len() == width {
        v.sort_by(|a, b| cmp_columns(&kinds, items(a), items(b)));
        return Ok(());
    }
    let Some(&first) = kinds.first() else {
        return timsort::sort(v, |a: E, b: E| less(vm, a.key(), b.key()));
    };
    timsort::sort(v, |a: E, b: E| {
        let (x, y) = (items(&a), items(&b));
        let (Some(p), Some(q)) = (x.first(), y.first()) else { return Ok(x.len() < y.len()) };
        match cmp_keys(first, p.value(), q.value()) {
            Ordering::Less => Ok(true),
            Ordering::Greater => Ok(false),
            Ordering::Equal => {
                for (p, q) in x.iter().zip(y).skip(1) {
                    if !vm.eq(p.r(), q.r())? {
                        return vm.lt(p.r(), q.r());
                    }
                }
                Ok(x.len() < y.len())
            }
        }
    })
}

fn cmp_columns(kinds: &[Kind], a: &[Obj], b: &[Obj]) -> Ordering {
    for ((kind, p), q) in kinds.iter().zip(a).zip(b) {
        let o = cmp_keys(*kind, p.value(), q.value());
        if o.is_ne() {
            return o;
        }
    }
    a.len().cmp(&b.len())
}
