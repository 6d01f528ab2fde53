//! Keeping the slots of a class in step with its special methods.

use std::cell::OnceCell;
use std::collections::HashMap;

use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::function::{PyBuiltinFunction, PyMethodDescr};
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::slots::{GetBufferFn, HashFn};
use krait_object::str::PyStr;
use krait_object::ty::{PyType, TypeDef, TypeFlags};
use krait_object::typedef;
use krait_object::vm::Vm;

use super::buffers;
use super::new::NEW_DEF;
use super::rows::{SlotFn, SlotId, SlotRow, Wrap};
use super::table::ROWS;
use crate::types::descriptors::wrapper::PySlotWrapper;

/// The table's names as interned strings.
struct SlotNames {
    /// In step with the rows.
    names: Vec<&'static PyStr>,
    /// First rows of the groups each name takes part in.
    groups: HashMap<*const PyStr, Vec<usize>>,
    /// First row of every group.
    starts: Vec<usize>,
}

#[derive(Default)]
struct Shared(OnceCell<SlotNames>);

fn slot_names(vm: &Vm) -> &'static SlotNames {
    vm.interp.state::<Shared>().0.get_or_init(|| {
        let names: Vec<_> = ROWS.iter().map(|r| vm.intern_static(r.name)).collect();
        let mut groups: HashMap<*const PyStr, Vec<usize>> = HashMap::new();
        let mut starts = Vec::new();
        for (i, row) in ROWS.iter().enumerate() {
            let start = match starts.last() {
                Some(&s) if i > 0 && ROWS[i - 1].slot == row.slot => s,
                _ => {
                    starts.push(i);
                    i
                }
            };
            let of_name = groups.entry(names[i]).or_default();
            if !of_name.contains(&start) {
                of_name.push(start);
            }
        }
        SlotNames { names, groups, starts }
    })
}

/// Fills in the special methods of a native type: one wrapper for each slot it declares itself.
pub fn add_slot_wrappers(vm: &Vm, ty: &'static PyType, def: &'static TypeDef, dict: &PyDict) -> PyResult<()> {
    let table = slot_names(vm);
    let n = vm.names();
    if def.slots.new.is_some() && !ty.has_flag(TypeFlags::DISALLOW_INSTANTIATION) {
        let f = PyBuiltinFunction::new(vm, &NEW_DEF, Some(ty.to_obj()), None);
        dict.set_str(vm, n.__new__, f.into_obj())?;
    }
    for (row, name) in ROWS.iter().zip(&table.names) {
        if row.wrap == Wrap::None {
            continue;
        }
        let Some(f) = row.slot.declared(&def.slots) else { continue };
        if dict.get_str(vm, name)?.is_some() {
            continue;
        }
        let value = if is_unhashable(f) { Obj::none() } else { PySlotWrapper::new(vm, row, f, ty).into_obj() };
        dict.set_str(vm, name, value)?;
    }
    let adds_attrs = ty.has_flag(TypeFlags::ATTRS) && !ty.base_type().is_some_and(|b| b.has_flag(TypeFlags::ATTRS));
    let own = def.getset.iter().any(|g| g.name == "__dict__") || def.members.iter().any(|m| m.name == "__dict__");
    if adds_attrs && !own {
        let getset = krait_object::typedef::descr::PyGetSet::new(vm, &crate::types::object::dict_getset::NATIVE_DICT, ty);
        dict.set_str(vm, n.__dict__, getset.into_obj())?;
    }
    Ok(())
}

fn is_unhashable(f: SlotFn) -> bool {
    matches!(f, SlotFn::HashFn(f) if std::ptr::fn_addr_eq(f, krait_object::unpack::hash_not_implemented as HashFn))
}

/// The one slot among those of equally named rows that the type fills in.
fn only_filled(table: &SlotNames, ty: &PyType, name: &PyStr) -> Option<SlotId> {
    let groups = table.groups.get(&(name as *const PyStr))?;
    let mut filled = groups.iter().map(|&g| ROWS[g].slot).filter(|s| s.get(&ty.slots).is_some());
    let found = filled.next();
    if filled.next().is_some() { None } else { found }
}

/// Recomputes the slot whose rows begin at `start` from what the MRO says.
fn update_group(vm: &Vm, ty: &PyType, start: usize) {
    let table = slot_names(vm);
    let slot = ROWS[start].slot;
    let mut generic: Option<SlotFn> = None;
    let mut specific: Option<SlotFn> = None;
    let mut use_generic = false;
    for (row, name) in ROWS[start..].iter().zip(&table.names[start..]).take_while(|(r, _)| r.slot == slot) {
        let Some(descr) = ty.lookup(vm, name) else { continue };
        let d = descr.r();
        if let Some(w) = d.downcast_exact::<PySlotWrapper>(vm).filter(|w| w.row.name == row.name) {
            if only_filled(table, ty, name).is_none_or(|s| s == slot) {
                generic = row.generic;
            }
            let fits = specific.is_none_or(|s| s.addr() == w.func.addr());
            if fits && w.row.wrap == row.wrap && ty.is_subtype(w.objclass) {
                specific = Some(w.func);
            } else {
                use_generic = true;
            }
        } else if let Some(m) = coexisting(vm, d) {
            // The method does what its class's slot does.
            let Some(f) = row.slot.get(&m.objclass.slots) else { continue };
            if specific.is_none_or(|s| s.addr() == f.addr()) {
                specific = Some(f);
            } else {
                use_generic = true;
                generic = row.generic;
            }
        } else if slot == SlotId::new && is_native_new(vm, d) {
            // The layout decides how memory is set up, not which native `__new__` was found.
            specific = typedef::native_ancestor(ty).slots.new.get().map(SlotFn::NewFn);
        } else if slot == SlotId::hash && d.is_none() {
            specific = Some(SlotFn::HashFn(krait_object::unpack::hash_not_implemented));
        } else {
            use_generic = true;
            generic = row.generic;
        }
    }
    slot.set(&ty.slots, if use_generic { generic } else { specific.or(generic) });
    finish_group(ty, slot);
}

/// A native method that stands in a type's dict in place of a slot wrapper.
fn coexisting<'a>(vm: &Vm, d: Ref<'a>) -> Option<&'a PyMethodDescr> {
    d.downcast_exact::<PyMethodDescr>(vm).filter(|m| m.def.coexist)
}

fn is_native_new(vm: &Vm, d: Ref<'_>) -> bool {
    d.downcast_exact::<PyBuiltinFunction>(vm).is_some_and(|f| std::ptr::eq(f.def, &NEW_DEF))
}

/// What depends on the slot just set.
fn finish_group(ty: &PyType, slot: SlotId) {
    match slot {
        SlotId::getattro | SlotId::setattro | SlotId::finalize => typedef::update_slot_flags(ty),
        SlotId::getbuffer | SlotId::releasebuffer => {
            // A buffer that `__buffer__` made must be released by its counterpart.
            let get = ty.slots.getbuffer.get();
            if get.is_some_and(|f| std::ptr::fn_addr_eq(f, buffers::slot_getbuffer as GetBufferFn)) {
                ty.slots.releasebuffer.set(Some(buffers::slot_releasebuffer));
            }
        }
        _ => {}
    }
}

/// Gives a new class its slots. With a single base only the methods of its own dict matter.
pub fn fixup_slots(vm: &Vm, ty: &PyType) -> PyResult<()> {
    let table = slot_names(vm);
    let Some(bases) = ty.bases_ref() else { return Ok(()) };
    if let ([base], Some(dict)) = (bases.as_slice(), ty.dict_ref()) {
        if let Some(base) = base.r().downcast::<PyType>(vm) {
            ty.slots.inherit(&base.slots);
        }
        let mut pos = 0;
        let mut due: Vec<usize> = Vec::new();
        while let Some((key, _)) = dict.next_entry(&mut pos) {
            let Some(name) = key.r().as_exact_str(vm) else { continue };
            let groups = table.groups.get(&(vm.intern_str(name.to_py()).as_ptr()));
            due.extend(groups.into_iter().flatten().filter(|g| !due.contains(g)).copied().collect::<Vec<_>>());
        }
        for start in due {
            update_group(vm, ty, start);
        }
    } else if let Some(mro) = ty.mro_ref() {
        for t in mro.as_slice().iter().skip(1) {
            if let Some(t) = t.r().downcast::<PyType>(vm) {
                ty.slots.inherit(&t.slots);
            }
        }
        for &start in &table.starts {
            update_group(vm, ty, start);
        }
    }
    typedef::update_slot_flags(ty);
    Ok(())
}

/// Recomputes all slots of a class and its subclasses, after its bases changed.
pub fn update_all_slots(vm: &Vm, ty: &PyType) {
    for &start in &slot_names(vm).starts {
        update_recursively(vm, ty, start, None);
    }
}

/// Brings slots up to date after the class attribute `name` (interned) was set or deleted.
pub fn update_slot(vm: &Vm, ty: &PyType, name: &PyStr) {
    let Some(groups) = slot_names(vm).groups.get(&(name as *const PyStr)) else { return };
    for &start in groups {
        update_recursively(vm, ty, start, Some(name));
    }
}

fn update_recursively(vm: &Vm, ty: &PyType, start: usize, name: Option<&PyStr>) {
    update_group(vm, ty, start);
    for sub in typedef::subclasses(ty) {
        // A subclass that has the attribute itself does not see the change.
        let hides = match (name, sub.dict_ref()) {
            (Some(n), Some(d)) => matches!(d.get_str(vm, n), Ok(Some(_))),
            _ => false,
        };
        if !hides {
            update_recursively(vm, &sub, start, name);
        }
    }
}

/// Is `name` a special method with a slot?
pub fn is_slot_name(vm: &Vm, name: &PyStr) -> bool {
    slot_names(vm).groups.contains_key(&(name as *const PyStr))
}

/// The row of a special method, by name.
pub fn row_of(name: &str) -> Option<&'static SlotRow> {
    ROWS.iter().find(|r| r.name == name)
}
